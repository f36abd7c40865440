"""The rate, errors and p95 of a load while it runs."""

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

from .answer import Answer

WINDOW_S: Final = 3.0
"""The rate and p95 are those of the answers of so many seconds."""
EVERY_S: Final = 0.5

Progress = Callable[[int, int], None]


class Live:
    """Reports to a progress how a load goes.

    Parameters
    ----------
    progress
        Called with the number of completed and of all orders. If it has a method ``note``, that is
        called some times a second with the current rate, errors and p95.
    total
        The number of all orders.
    now
        The time in seconds.
    """

    def __init__(
        self,
        progress: Progress | None,
        total: int,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._progress, self._total, self._now = progress, total, now
        self._note: Any = getattr(progress, "note", None)
        self._recent: deque[tuple[float, float]] = deque()  # when noted, latency
        self._done = self._errors = 0
        self._begun_s = now()
        self._described_s = -math.inf

    def note(self, answer: Answer) -> None:
        """Note an answer, and show the progress."""
        self._done += 1
        self._errors += not answer.is_as_expected
        if self._progress is None:
            return
        if self._note is not None:
            self._describe(answer)
        self._progress(self._done, self._total)

    def _describe(self, answer: Answer) -> None:
        """Pass the text to the progress, at most every half second and at the end."""
        now_s = self._now()
        self._recent.append((now_s, answer.finished_s - answer.scheduled_s))
        if now_s - self._described_s >= EVERY_S or self._done == self._total:
            self._described_s = now_s
            self._note(self.text())

    def text(self) -> str:
        """Return the current rate, the errors so far and the current p95."""
        now_s = self._now()
        while self._recent and self._recent[0][0] < now_s - WINDOW_S:
            self._recent.popleft()
        window_s = min(WINDOW_S, max(now_s - self._begun_s, EVERY_S))
        latencies = sorted(latency_s for _, latency_s in self._recent)
        rate = f"{len(latencies) / window_s:,.1f} orders/s"
        errors = f"{self._errors} error{'' if self._errors == 1 else 's'}"
        if not latencies:
            return f"{rate}, {errors}"
        p95_s = latencies[math.ceil(0.95 * len(latencies)) - 1]
        return f"{rate}, {errors}, p95 {p95_s * 1000:,.0f} ms"
