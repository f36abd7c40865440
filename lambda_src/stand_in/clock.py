"""The time, and waits that end when they should although a busy machine wakes late."""

import statistics
import time
from collections import deque
from collections.abc import Callable

_MOST = 50  # waits of which the lateness is known
_SHARE = 0.25  # of a wait by which it may be shortened at most


class RealClock:
    """Epoch seconds that no correction of the computer's clock makes jump.

    A wait ends late, by microseconds or, where others need the CPU, by milliseconds. Recorded times
    have that in them already. So that it is not added again, waits are shorter by the usual delay:
    half of them then end a little early.

    Parameters
    ----------
    epoch_s, steady_s
        The time of day, read once, and a time that only grows.
    sleep
        Waits for so many seconds.
    """

    def __init__(
        self,
        *,
        epoch_s: Callable[[], float] = time.time,
        steady_s: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._steady_s, self._sleep = steady_s, sleep
        self._start_s = epoch_s() - steady_s()
        self._late_s: deque[float] = deque(maxlen=_MOST)

    def now_s(self) -> float:
        """Return the time in epoch seconds."""
        return self._start_s + self._steady_s()

    def sleep_until(self, due_s: float) -> None:
        """Wait until a time, if it has not come yet."""
        began_s = self.now_s()
        left_s = due_s - began_s
        if left_s <= 0:
            return
        usual_s = statistics.median([*self._late_s]) if self._late_s else 0.0
        wait_s = left_s - min(usual_s, _SHARE * left_s)
        self._sleep(wait_s)
        self._late_s.append(max(self.now_s() - began_s - wait_s, 0.0))
