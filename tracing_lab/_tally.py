"""Counts and times of one node or edge of a service graph, from any source, added up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

COUNTS: Final = ("requests", "errors", "faults", "throttles")
TIMES: Final = ("p50_s", "p95_s")


@dataclass(frozen=True)
class Tally:
    """What was observed at a node or an edge.

    X-Ray's way of counting: `errors` are 4xx answers, `throttles` those of them that were 429,
    `faults` 5xx; the rest of the `requests` were good. What has not ended does not count yet.

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

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            requests=self.requests + other.requests,
            errors=self.errors + other.errors,
            faults=self.faults + other.faults,
            throttles=self.throttles + other.throttles,
            times_s=np.concatenate([self.times_s, other.times_s]),
        )

    def attributes(self) -> dict[str, Any]:
        """Give the tally as attributes of a node or an edge.

        Returns
        -------
        attributes
            The four counts, and median and 95th percentile in seconds, NaN when unknown.
        """
        known = self.times_s.size > 0
        p50, p95 = np.quantile(self.times_s, [0.5, 0.95]) if known else (np.nan, np.nan)
        counts = {name: getattr(self, name) for name in COUNTS}
        return counts | {"p50_s": float(p50), "p95_s": float(p95)}


def tally_from_spans(spans: pd.DataFrame) -> Tally:
    """Count rows with a ``status`` and a ``duration_s``.

    Parameters
    ----------
    spans
        One row per request.

    Returns
    -------
    tally
        Their counts and times.
    """
    status = spans["status"].value_counts()
    throttles = int(status.get("throttle", 0))
    return Tally(
        requests=len(spans) - int(status.get("in_progress", 0)),
        errors=int(status.get("error", 0)) + throttles,
        faults=int(status.get("fault", 0)),
        throttles=throttles,
        times_s=spans["duration_s"].dropna().to_numpy(dtype=float),
    )


def tally_from_document(entry: Mapping[str, Any]) -> Tally:
    """Read the statistics of a service or an edge as GetServiceGraph gives them.

    Parameters
    ----------
    entry
        A member of ``Services`` or of its ``Edges``; missing statistics count as zero.

    Returns
    -------
    tally
        The counts, and the times of the response time histogram.
    """
    statistics = entry.get("SummaryStatistics") or {}
    errors = statistics.get("ErrorStatistics") or {}
    histogram = entry.get("ResponseTimeHistogram") or []
    values = np.array([bar["Value"] for bar in histogram], dtype=float)
    counts = np.array([bar["Count"] for bar in histogram], dtype=np.int64)
    return Tally(
        requests=int(statistics.get("TotalCount", 0)),
        errors=int(errors.get("TotalCount", 0)),
        faults=int((statistics.get("FaultStatistics") or {}).get("TotalCount", 0)),
        throttles=int(errors.get("ThrottleCount", 0)),
        times_s=np.repeat(values, counts),
    )
