"""Measures how busy this machine's cores are."""

import time
from collections.abc import Callable

import psutil

_WINDOW_S = 0.25  # shorter ones are mostly noise: the system counts in hundredths of a second
_SATURATED_SHARE = 0.75

Times = tuple[float, ...]


class CpuLoad:
    """Measures the share of time that the cores are busy.

    Parameters
    ----------
    read
        Returns the seconds of processor time by kind, idle time as attribute ``idle``.
    clock
        Returns seconds.

    Examples
    --------
    >>> CpuLoad().saturated()
    False
    """

    def __init__(
        self,
        read: Callable[[], Times] = psutil.cpu_times,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._clock = clock
        self._read_at_s = clock()
        self._all_s, self._idle_s = _seconds(read())
        self._share = 0.0

    def saturated(self) -> bool:
        """Return whether hardly any processor time was left over the last quarter of a second."""
        now_s = self._clock()
        if now_s - self._read_at_s >= _WINDOW_S:
            self._measure(now_s)
        return self._share >= _SATURATED_SHARE

    def _measure(self, now_s: float) -> None:
        all_s, idle_s = _seconds(self._read())
        passed_s = all_s - self._all_s
        self._share = 1 - (idle_s - self._idle_s) / passed_s if passed_s > 0 else 0.0
        self._read_at_s, self._all_s, self._idle_s = now_s, all_s, idle_s


def _seconds(times: Times) -> tuple[float, float]:
    """Return all processor time and its idle part; a guest's time is in the user's already."""
    waiting_s = getattr(times, "iowait", 0.0)
    guests_s = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)
    idle_s: float = getattr(times, "idle", 0.0)
    return sum(times) - guests_s, idle_s + waiting_s
