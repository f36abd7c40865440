"""How long calls of AWS take here, and how long they took when they were recorded.

Both vary. To make recorded durations of real ones by waiting, a call is as slow among the recorded
ones as it is among those that were made here: the fastest becomes the fastest, the median the
median. If it is like the recorded ones already, hardly anything is waited for. Waiting for the
duration of the recorded run instead would add one variation to the other.
"""

import bisect
import threading
from collections import deque
from collections.abc import Iterable

ENOUGH = 8
"""So many calls have to have been made, before the ranks of further ones say something."""

_MOST = 200
_EARLY = 0.1  # the share of recorded durations that may be shorter than what is waited for first


class Durations:
    """The durations of one kind of call.

    Parameters
    ----------
    recorded
        Seconds that recorded calls took.

    Examples
    --------
    >>> durations = Durations([0.02, 0.03, 0.04])
    >>> for seconds in (0.001, 0.002, 0.003) * 3:
    ...     durations.note(seconds)
    >>> [durations.like(seconds, run_s=0.05) for seconds in (0.001, 0.002, 0.003)]
    [0.02, 0.03, 0.04]
    """

    def __init__(self, recorded: Iterable[float]) -> None:
        self._recorded = sorted(recorded)
        self._made: deque[float] = deque(maxlen=_MOST)
        self._lock = threading.Lock()

    def note(self, seconds: float) -> None:
        """Note how long a call took."""
        with self._lock:
            self._made.append(seconds)

    def wait_s(self, run_s: float) -> float:
        """Return for how long to wait before a call, so that it ends when its time is over.

        Parameters
        ----------
        run_s
            Seconds that the call of the recorded run took.
        """
        made = self._sorted()
        if not made:
            return 0.0
        usual_s = made[len(made) // 2]
        if len(made) < ENOUGH or not self._recorded:
            return max(run_s - usual_s, 0.0)
        early_s = self._recorded[int(_EARLY * len(self._recorded))]
        return max(early_s - usual_s, 0.0)

    def like(self, seconds: float, *, run_s: float) -> float:
        """Return how long a call should take that took so long here.

        Parameters
        ----------
        seconds
            How long it took, with nothing waited for.
        run_s
            Seconds that the call of the recorded run took, which count until enough calls were
            made.
        """
        made = self._sorted()
        if len(made) < ENOUGH or not self._recorded:
            return run_s
        below, up_to = bisect.bisect_left(made, seconds), bisect.bisect_right(made, seconds)
        rank = (below + up_to) / 2 / len(made)
        return self._recorded[min(int(rank * len(self._recorded)), len(self._recorded) - 1)]

    def _sorted(self) -> list[float]:
        with self._lock:
            return sorted(self._made)
