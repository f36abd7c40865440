"""Counts and response times of a node or an edge of a service graph."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.stats.quantiles import Sample, known, percentile_columns
from tracing_lab.stats.shares import share_bounds
from tracing_lab.xray_model.statistics import (
    RequestCounts,
    counts_from_histogram,
    histogram_from_counts,
)

COUNTS: Final = ("requests", "errors", "faults", "throttles")
RATES: Final = ("requests_per_s", "failure_rate", "failure_low", "failure_high")
_CONFIDENCE: Final = 0.95
_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_BUS_QUANTILES: Final = {f"bus_{name}": q for name, q in _QUANTILES.items()}
TIMES: Final = (*percentile_columns([], _QUANTILES), "histogram")
BUS_TIMES: Final = tuple(percentile_columns([], _BUS_QUANTILES))


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
    bus_s
        Of an edge from an event service, how long events were on their way.
    """

    requests: int = 0
    errors: int = 0
    faults: int = 0
    throttles: int = 0
    times_s: Sample = field(default_factory=lambda: np.empty(0))
    bus_s: Sample = field(default_factory=lambda: np.empty(0))

    def __add__(self, other: "Statistics") -> "Statistics":
        return Statistics(
            requests=self.requests + other.requests,
            errors=self.errors + other.errors,
            faults=self.faults + other.faults,
            throttles=self.throttles + other.throttles,
            times_s=np.concatenate([self.times_s, other.times_s]),
            bus_s=np.concatenate([self.bus_s, other.bus_s]),
        )

    def without_times(self) -> "Statistics":
        """Return the counts alone."""
        return replace(self, times_s=np.empty(0))

    def node_attributes(self, window_s: float) -> dict[str, Any]:
        """Return the statistics as attributes of a node.

        Parameters
        ----------
        window_s
            Seconds during which the requests were observed, NaN when unknown.

        Returns
        -------
        attributes
            `COUNTS`, `RATES` and `TIMES`, NaN when unknown.
        """
        failed = self.errors + self.faults
        rates = share_bounds(failed, self.requests, confidence=_CONFIDENCE)
        per_s = self.requests / window_s if window_s > 0 else math.nan
        return {
            **{name: getattr(self, name) for name in COUNTS},
            **dict(zip(RATES, (per_s, *rates), strict=True)),
            **percentile_columns(self.times_s, _QUANTILES, confidence=_CONFIDENCE),
            "histogram": _histogram(self.times_s),
        }

    def edge_attributes(self, window_s: float) -> dict[str, Any]:
        """Return the statistics as attributes of an edge: those of a node, and `BUS_TIMES`."""
        bus = percentile_columns(self.bus_s, _BUS_QUANTILES, confidence=_CONFIDENCE)
        return self.node_attributes(window_s) | bus


def _histogram(times_s: Sample) -> list[dict[str, float]]:
    """Return how many requests took how long, in whole milliseconds as X-Ray counts them."""
    microseconds = np.rint(times_s * 1e6).astype(np.int64)
    values, counts = np.unique((microseconds + 500) // 1000, return_counts=True)  # as `to_ms`
    seconds = (values / 1000).tolist()
    return histogram_from_counts(dict(zip(seconds, counts.tolist(), strict=True)))


def statistics_of_requests(requests: pd.DataFrame) -> Statistics:
    """Return the statistics of requests.

    Parameters
    ----------
    requests
        One row per request, with ``status`` and ``duration_s``, of calls also ``bus_s``.
    """
    status = requests["status"].value_counts()
    counts = RequestCounts(*(int(status.get(name, 0)) for name in RequestCounts._fields))
    bus_s = requests["bus_s"].to_numpy() if "bus_s" in requests else np.empty(0)
    return statistics_from_counts(
        counts, known(requests["duration_s"].to_numpy()), bus_s=known(bus_s)
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
        The counts, and the times of the response time histogram; of a link from a queue, how old
        the messages were.
    """
    counts = RequestCounts.from_statistics(entry.get("SummaryStatistics") or {})
    bars = counts_from_histogram(entry.get("ResponseTimeHistogram") or [])
    ages = counts_from_histogram(entry.get("ReceivedEventAgeHistogram") or [])
    return statistics_from_counts(counts, _times(bars), bus_s=_times(ages))


def _times(bars: Mapping[float, int]) -> Sample:
    return np.repeat(np.array([*bars], dtype=float), [*bars.values()])


def statistics_from_counts(
    counts: RequestCounts, times_s: Sample, *, bus_s: Sample | None = None
) -> Statistics:
    """Return the statistics of counts and response times.

    Parameters
    ----------
    counts
        Requests by status.
    times_s
        Response times in seconds, in any order.
    bus_s
        Of an edge from an event service, how long events were on their way.

    Returns
    -------
    statistics
        With errors that include throttles, as X-Ray counts them.
    """
    return Statistics(
        requests=counts.total,
        errors=counts.error + counts.throttle,
        faults=counts.fault,
        throttles=counts.throttle,
        times_s=times_s,
        bus_s=np.empty(0) if bus_s is None else bus_s,
    )
