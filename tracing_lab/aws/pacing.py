"""Calls scheduled so that no quota is exceeded, rather than sent and refused."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence

from .control_plane import Quota


class Schedule:
    """When calls may be made so that no quota is exceeded.

    Parameters
    ----------
    quotas
        How often operations may be called.
    """

    def __init__(self, quotas: Iterable[Quota]) -> None:
        self._buckets = [_Bucket(quota) for quota in quotas]

    def book(self, operation: str, now_s: float) -> float:
        """Book the earliest time for a call; calls are served in the order of asking.

        Parameters
        ----------
        operation
            Service and operation.
        now_s
            The time, in seconds on any clock.

        Returns
        -------
        float
            When the call may be made, in seconds on the same clock.

        Examples
        --------
        >>> schedule = Schedule([Quota("a:*", per_s=0.5, burst=2)])
        >>> [schedule.book("a:B", now_s=0.0) for _ in range(4)]
        [0.0, 0.0, 2.0, 4.0]
        """
        mine = [bucket for bucket in self._buckets if bucket.quota.covers(operation)]
        start_s = max([now_s, *(bucket.earliest_s(now_s) for bucket in mine)])
        for bucket in mine:
            bucket.take(start_s)
        return start_s


class Pacer:
    """Holds calls of many threads back so that no quota is exceeded.

    Parameters
    ----------
    quotas
        How often operations may be called.
    clock
        Gives seconds.
    sleep
        Waits, in seconds.
    """

    def __init__(
        self,
        quotas: Sequence[Quota] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._schedule, self._lock = Schedule(quotas), threading.Lock()
        self._clock, self._sleep = clock, sleep

    def wait(self, operation: str) -> None:
        """Wait until an operation may be called."""
        with self._lock:
            now_s = self._clock()
            wait_s = self._schedule.book(operation, now_s) - now_s
        if wait_s > 0:
            self._sleep(wait_s)


class _Bucket:
    """A token bucket, told by the time at which it will be full again."""

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self._full_at_s = float("-inf")

    def earliest_s(self, now_s: float) -> float:
        spare_s = (self.quota.burst - 1) / self.quota.per_s
        return max(now_s, self._full_at_s - spare_s)

    def take(self, at_s: float) -> None:
        self._full_at_s = max(at_s, self._full_at_s) + 1 / self.quota.per_s
