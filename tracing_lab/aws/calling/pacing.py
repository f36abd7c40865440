"""Schedule calls so that no quota is exceeded, rather than send them and be throttled.

Quotas that AWS publishes are kept; those that it does not publish are learned.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase

from tracing_lab.errors import AwsError

from .adapting import AdaptiveRate
from .control_plane import UNPUBLISHED, Quota
from .retrying import is_throttle


class Schedule:
    """The earliest times of calls at which no quota is exceeded.

    Parameters
    ----------
    quotas
        How often operations may be called.
    """

    def __init__(self, quotas: Iterable[Quota]) -> None:
        self._buckets = [_Bucket(quota) for quota in quotas]

    def book(self, operation: str, now_s: float) -> float:
        """Reserve the earliest time for a call, in the order of reservations.

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
    """Delays the calls of several threads so that no quota is exceeded.

    Parameters
    ----------
    quotas
        How often operations may be called.
    clock
        Returns the time in seconds.
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
        self._learned = AdaptiveRate(clock=clock, sleep=sleep)

    @contextmanager
    def paced(self, operation: str) -> Iterator[None]:
        """Wait until an operation may be called, and learn from how the call in the block ends."""
        self.wait(operation)
        if not fnmatchcase(operation, UNPUBLISHED):
            yield
            return
        epoch = self._learned.wait()
        try:
            yield
        except AwsError as error:
            self._learned.note(epoch, throttled=is_throttle(error))
            raise
        self._learned.note(epoch, throttled=False)

    def wait(self, operation: str) -> None:
        """Wait until an operation may be called."""
        with self._lock:
            now_s = self._clock()
            wait_s = self._schedule.book(operation, now_s) - now_s
        if wait_s > 0:
            self._sleep(wait_s)


class _Bucket:
    """A token bucket, represented by the time at which it will be full again."""

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self._full_at_s = float("-inf")

    def earliest_s(self, now_s: float) -> float:
        spare_s = (self.quota.burst - 1) / self.quota.per_s
        return max(now_s, self._full_at_s - spare_s)

    def take(self, at_s: float) -> None:
        self._full_at_s = max(at_s, self._full_at_s) + 1 / self.quota.per_s
