"""Which traces to fetch next, and whether one that was fetched is complete."""

import heapq
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tracing_lab.spans.lake.times import times_of

_OLD_S = 60.0  # by which clocks may differ, and segments be late, of a trace fetched only once
_FIRST_PAUSE_S = 0.5
_LAST_PAUSE_S = 5.0
_PAUSE_GROWTH = 1.5


@dataclass
class _Waiting:
    """A trace that was not found or not complete."""

    waited_s: float = 0.0  # the sum of all pauses; how long others took does not count
    pause_s: float = 0.0  # the last one; 0 before the first
    segments: int = -1
    same_since_s: float = 0.0


class MaturingTraces:
    """Traces to fetch, each until it is complete; used by one thread.

    A trace is complete when nothing in it is in progress, and its last segment ended some time ago
    or no segment has come for the quiet time.

    Parameters
    ----------
    trace_ids
        The traces.
    quiet_s
        Seconds that a trace must stay unchanged.
    timeout_s
        Seconds to wait for a trace before it is given up.
    clock
        Returns seconds.
    epoch
        Returns the time in epoch seconds.
    """

    def __init__(
        self,
        trace_ids: Iterable[str],
        *,
        quiet_s: float,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
        epoch: Callable[[], float] = time.time,
    ) -> None:
        self._due = deque(trace_ids)
        self._later: list[tuple[float, str]] = []
        self._waiting: dict[str, _Waiting] = {}
        self._quiet_s, self._timeout_s = quiet_s, timeout_s
        self._clock, self._epoch = clock, epoch
        self.given_up: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._due or self._later)

    def next_batch(self, size: int) -> list[str]:
        """Return a limited number of traces to fetch now; report each result afterwards."""
        now_s = self._clock()
        while self._later and self._later[0][0] <= now_s:
            self._due.append(heapq.heappop(self._later)[1])
        return [self._due.popleft() for _ in range(min(size, len(self._due)))]

    def pause_s(self) -> float:
        """Return the seconds until a trace is to be fetched; 0 if one is now."""
        if self._due or not self._later:
            return 0.0
        return max(0.0, self._later[0][0] - self._clock())

    def note_missing(self, trace_id: str) -> None:
        """Record that a trace was not processed, or does not exist yet."""
        known = self._known(trace_id)
        pause_s, known.pause_s = known.pause_s, _longer(known.pause_s)
        self._again(trace_id, known, pause_s)  # the first time at once

    def is_complete(self, trace: Mapping[str, Any]) -> bool:
        """Return whether a trace is complete; otherwise it is fetched again."""
        trace_id, times, count = str(trace["Id"]), times_of(trace), len(trace["Segments"])
        if not times.in_progress and self._epoch() - times.end_s > self._quiet_s + _OLD_S:
            self._waiting.pop(trace_id, None)
            return True
        known, now_s = self._known(trace_id), self._clock()
        if times.in_progress or known.segments != count:
            known.segments, known.same_since_s = -1 if times.in_progress else count, now_s
        left_s = known.same_since_s + self._quiet_s - now_s
        if not times.in_progress and left_s <= 0 and known.pause_s:
            del self._waiting[trace_id]
            return True
        known.pause_s = _longer(known.pause_s)
        self._again(trace_id, known, known.pause_s if times.in_progress else max(left_s, 0.0))
        return False

    def _known(self, trace_id: str) -> _Waiting:
        return self._waiting.setdefault(trace_id, _Waiting())

    def _again(self, trace_id: str, known: _Waiting, pause_s: float) -> None:
        if known.waited_s >= self._timeout_s:
            self.given_up.append(trace_id)
            del self._waiting[trace_id]
        else:
            known.waited_s += pause_s
            heapq.heappush(self._later, (self._clock() + pause_s, trace_id))


def _longer(pause_s: float) -> float:
    return min(pause_s * _PAUSE_GROWTH, _LAST_PAUSE_S) if pause_s else _FIRST_PAUSE_S
