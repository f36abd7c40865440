"""Counts and response times of a node or an edge of a service graph."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

COUNTS: Final = ("requests", "errors", "faults", "throttles")
TIMES: Final = ("p50_s", "p95_s")


@dataclass(frozen=True)
class Statistics:
    """What was observed at a node or an edge.

    Counted as X-Ray counts: `errors` are 4xx responses, `throttles` those of them that are 429,
    `faults` 5xx; the rest of the `requests` succeeded. Requests in progress do not count yet.

    Parameters
    ----------
    requests, errors, faults, throttles
        Counts.
    times_s
        Response times, in any order.
    """

    requests: int = 0
    errors: int = 0
    faults: int = 0
    throttles: int = 0
    times_s: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))

    def __add__(self, other: "Statistics") -> "Statistics":
        return Statistics(
            requests=self.requests + other.requests,
            errors=self.errors + other.errors,
            faults=self.faults + other.faults,
            throttles=self.throttles + other.throttles,
            times_s=np.concatenate([self.times_s, other.times_s]),
        )

    def without_times(self) -> "Statistics":
        """Return the counts alone."""
        return replace(self, times_s=np.empty(0))

    def attributes(self) -> dict[str, Any]:
        """Return the statistics as attributes of a node or an edge.

        Returns
        -------
        attributes
            The four counts, and median and 95th percentile in seconds, NaN when unknown.
        """
        known = self.times_s.size > 0
        p50, p95 = np.quantile(self.times_s, [0.5, 0.95]) if known else (np.nan, np.nan)
        counts = {name: getattr(self, name) for name in COUNTS}
        return counts | {"p50_s": float(p50), "p95_s": float(p95)}


def statistics_of_requests(requests: pd.DataFrame) -> Statistics:
    """Return the statistics of requests.

    Parameters
    ----------
    requests
        One row per request, with ``status`` and ``duration_s``.

    Returns
    -------
    statistics
        Their counts and times.
    """
    status = requests["status"].value_counts()
    throttles = int(status.get("throttle", 0))
    return Statistics(
        requests=len(requests) - int(status.get("in_progress", 0)),
        errors=int(status.get("error", 0)) + throttles,
        faults=int(status.get("fault", 0)),
        throttles=throttles,
        times_s=requests["duration_s"].dropna().to_numpy(dtype=float),
    )


def statistics_from_document(entry: Mapping[str, Any]) -> Statistics:
    """Return the statistics of a service or an edge in a response of GetServiceGraph.

    Parameters
    ----------
    entry
        A member of ``Services`` or of its ``Edges``; missing statistics count as zero.

    Returns
    -------
    statistics
        The counts, and the times of the response time histogram.
    """
    summary = entry.get("SummaryStatistics") or {}
    errors = summary.get("ErrorStatistics") or {}
    histogram = entry.get("ResponseTimeHistogram") or []
    values = np.array([bar["Value"] for bar in histogram], dtype=float)
    counts = np.array([bar["Count"] for bar in histogram], dtype=np.int64)
    return Statistics(
        requests=int(summary.get("TotalCount", 0)),
        errors=int(errors.get("TotalCount", 0)),
        faults=int((summary.get("FaultStatistics") or {}).get("TotalCount", 0)),
        throttles=int(errors.get("ThrottleCount", 0)),
        times_s=np.repeat(values, counts),
    )
