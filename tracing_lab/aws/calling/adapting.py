"""How fast to call operations whose quota AWS does not publish: learned from what is throttled."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

_EPOCH_S = 1.0
_LEAST_CALLS = 20  # in an epoch, so that its share of throttles means something
_EXCESS = 3.5  # deviations by which more throttles are not due to chance
_HELPED = 2.5  # and by which fewer throttles are none, at half the rate
_CLIMB = 0.03  # after an epoch without more throttles; twice that after the next, and so on
_AS_ALLOWED = 0.9  # share of the allowed rate from which calls were held back by it
_TOO_FAST = 1.75  # twice the share passes if half the rate was still too fast
_LEAST_PER_S = 0.5
_FADING = 0.9  # of the best epoch with each one after it
LOOK_AGAIN_S = 0.1  # after which who waits finds out about another rate
_LONGEST_AGE = 20  # epochs until it is measured again how many throttles come at any rate


@dataclass
class _Epoch:
    """The calls that were made at one rate."""

    number: int
    since_s: float = math.inf
    calls: int = 0
    throttled: int = 0

    def passed(self) -> float:
        """Return the share of calls that were not throttled."""
        return 1 - self.throttled / self.calls

    def per_s(self, now_s: float) -> float:
        """Return the calls a second."""
        return self.calls / (now_s - self.since_s)


class _Queue:
    """When each of the calls that wait may be made: one after the other, at a rate."""

    def __init__(self) -> None:
        self._per_s = math.inf
        self._joined = self._first = 0
        self._first_s = -math.inf  # when the call with the number `_first` may be made

    def join(self, now_s: float) -> int:
        number, self._joined = self._joined, self._joined + 1
        if self.at_s(number) < now_s:  # nobody waits
            self._first, self._first_s = number, now_s
        return number

    def at_s(self, number: int) -> float:
        return self._first_s + (number - self._first) / self._per_s

    def set_rate(self, per_s: float, now_s: float) -> None:
        """Change the rate at which those who still wait go on."""
        waiting = (n for n in range(self._first, self._joined) if self.at_s(n) > now_s)
        number = next(waiting, self._joined)
        at_s = min(self.at_s(number), now_s + 1 / per_s)
        self._first, self._first_s, self._per_s = number, max(at_s, now_s), per_s


class AdaptiveRate:
    """Spaces the calls of many threads, at the highest rate at which they are not throttled.

    Calls are free until some are throttled. Then the rate is halved for an epoch, which shows how
    many throttles come at any rate; without those, as many calls as passed before are allowed
    again. From there the rate climbs slowly, and faster the longer nothing happens.

    Parameters
    ----------
    clock
        Returns seconds.
    sleep
        Waits, in seconds.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock, self._sleep, self._lock = clock, sleep, threading.Lock()
        self._per_s, self._queue = math.inf, _Queue()
        self._epoch = _Epoch(0)
        self._best = 0.0  # calls a second that passed lately
        self._before: _Epoch | None = None  # what made the rate be halved; None unless it is
        self._before_per_s = math.inf
        self._passing = 1.0  # share of calls that pass when the rate is low enough
        self._age, self._climbing = 0, 0

    @property
    def per_s(self) -> float:
        """The calls a second that are allowed now."""
        return self._per_s

    def wait(self) -> int:
        """Wait until a call may be made, and return the epoch to pass to `note`."""
        number = self.join()
        while (left_s := self.left_s(number)) > 0:
            self._sleep(min(left_s, LOOK_AGAIN_S))
        return self.begin()

    def join(self) -> int:
        """Return the number of a call that is to be made as soon as `left_s` is 0."""
        with self._lock:
            return self._queue.join(self._clock())

    def left_s(self, number: int) -> float:
        """Return the seconds until a call may be made; they change with the rate.

        Parameters
        ----------
        number
            What `join` returned.
        """
        with self._lock:
            return self._queue.at_s(number) - self._clock()

    def begin(self) -> int:
        """Note that a call is made now, and return the epoch to pass to `note`."""
        with self._lock:
            self._epoch.since_s = min(self._epoch.since_s, self._clock())
            return self._epoch.number

    def note(self, epoch: int, *, throttled: bool) -> None:
        """Note how a call ended that waited in an epoch; one of an earlier epoch counts no more.

        Parameters
        ----------
        epoch
            What `wait` returned.
        throttled
            Whether the call was throttled.
        """
        with self._lock:
            if epoch != self._epoch.number:
                return
            self._epoch.calls += 1
            self._epoch.throttled += throttled
            now_s = self._clock()
            if now_s - self._epoch.since_s >= _EPOCH_S and self._epoch.calls >= _LEAST_CALLS:
                self._adapt(self._epoch, self._epoch.per_s(now_s))
                self._queue.set_rate(self._per_s, now_s)
                self._epoch = _Epoch(epoch + 1)

    def _adapt(self, epoch: _Epoch, per_s: float) -> None:
        passed = epoch.passed()
        self._best = max(per_s * passed, _FADING * self._best)
        self._age += 1
        if self._before and passed > _TOO_FAST * self._before.passed():
            self._best = per_s * passed
            self._halve(epoch, per_s)
        elif self._before:
            self._after_halving(self._before, epoch)
        elif epoch.throttled and (self._is_excess(epoch) or self._age >= _LONGEST_AGE):
            self._before_per_s = self._per_s
            self._halve(epoch, per_s)
        elif per_s > _AS_ALLOWED * self._per_s:
            self._climbing += 1
            self._per_s *= 1 + _CLIMB * self._climbing

    def _halve(self, epoch: _Epoch, per_s: float) -> None:
        self._before = epoch
        self._per_s = max(min(self._per_s, per_s) / 2, _LEAST_PER_S)

    def _after_halving(self, before: _Epoch, epoch: _Epoch) -> None:
        self._passing = max(epoch.passed(), 1 / epoch.calls)
        least = min(before.calls, epoch.calls)
        if epoch.passed() - before.passed() > _HELPED * _deviation(self._passing, least):
            self._per_s = max(self._best / self._passing, _LEAST_PER_S)
        else:  # it was not the rate
            self._per_s = self._before_per_s
        self._before, self._age, self._climbing = None, 0, 0

    def _is_excess(self, epoch: _Epoch) -> bool:
        """Return whether more calls were throttled than by chance."""
        deviation = _deviation(self._passing, epoch.calls)
        return self._passing - epoch.passed() > _EXCESS * deviation


def _deviation(share: float, calls: int) -> float:
    """Return the standard deviation of a share of calls."""
    share = min(max(share, 1 / calls), 1 - 1 / calls)
    return math.sqrt(share * (1 - share) / calls)
