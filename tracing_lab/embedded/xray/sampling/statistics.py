"""Counts the use of sampling rules.

What clients report with GetSamplingTargets and what the embedded AWS itself decides is counted in
windows of ten seconds. The counts are of the running process and begin again when it does: AWS
gives "recent" results of half an hour only, and writing a count to disk for each request would cost
more than it is worth. Rules themselves are kept.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tracing_lab.embedded.xray import undocumented

WINDOW_S = 10


@dataclass
class _Counts:
    requests: int = 0
    borrowed: int = 0
    sampled: int = 0


class SamplingStatistics:
    """Counts per rule and window. Thread-safe.

    Parameters
    ----------
    clock
        Returns the time in epoch seconds.
    """

    def __init__(self, *, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: OrderedDict[int, dict[str, _Counts]] = OrderedDict()

    def add(self, rule_name: str, *, requests: int, sampled: int, borrowed: int = 0) -> None:
        """Add counts to the current window.

        Parameters
        ----------
        rule_name
            The rule that matched.
        requests
            Requests that it matched.
        sampled
            How many of them are recorded.
        borrowed
            How many of those were sampled from the reservoir without a quota.
        """
        window_s = int(self._clock() // WINDOW_S) * WINDOW_S
        with self._lock:
            if window_s not in self._windows:
                self._begin(window_s)
            counts = self._windows[window_s].setdefault(rule_name, _Counts())
            counts.requests += requests
            counts.sampled += sampled
            counts.borrowed += borrowed

    def summaries(self) -> list[dict[str, Any]]:
        """Return ``SamplingStatisticSummary`` structures, in the order of `summary_position`."""
        oldest_s = self._clock() - undocumented.SAMPLING_STATISTICS_KEPT_S
        with self._lock:
            rows = [
                _summary(name, window_s, counts)
                for window_s, by_rule in self._windows.items()
                if window_s >= oldest_s
                for name, counts in by_rule.items()
            ]
        return sorted(rows, key=summary_position)

    def reset(self) -> None:
        """Clear all counts."""
        with self._lock:
            self._windows.clear()

    def _begin(self, window_s: int) -> None:
        self._windows[window_s] = {}
        oldest_s = window_s - undocumented.SAMPLING_STATISTICS_KEPT_S
        for old_s in [window for window in self._windows if window < oldest_s]:
            del self._windows[old_s]


def _summary(name: str, window_s: int, counts: _Counts) -> dict[str, Any]:
    return {
        "RuleName": name,
        "Timestamp": window_s,
        "RequestCount": counts.requests,
        "BorrowCount": counts.borrowed,
        "SampledCount": counts.sampled,
    }


def summary_position(summary: dict[str, Any]) -> str:
    """Return the key that sorts summaries: by window, then by rule."""
    return f"{summary['Timestamp']:012d}/{summary['RuleName']}"
