"""A statistic of one metric, period by period, for alarms and the calls that read metrics."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, NamedTuple

from tracing_lab.embedded.cloudwatch.percentiles import counts_of, percentile, share_of

Dimensions = frozenset[tuple[str, str]]
"""(name, value) pairs, all of a metric's."""

Buckets = Mapping[int, list[Any]]
"""Data by the number of their period."""


class Totals(NamedTuple):
    """The statistic set of several data."""

    samples: float
    total: float
    low: float
    high: float


_STATISTICS: Mapping[str, Callable[[Totals], float]] = {
    "Average": lambda found: found.total / found.samples,
    "Maximum": lambda found: found.high,
    "Minimum": lambda found: found.low,
    "SampleCount": lambda found: found.samples,
    "Sum": lambda found: found.total,
}


@dataclass(frozen=True)
class Series:
    """A statistic of one metric.

    Parameters
    ----------
    metric
        Namespace and name.
    dimensions
        (name, value) pairs: a metric with more of them is another metric.
    unit
        The only unit that counts; None for all.
    period_s
        Seconds of a datapoint.
    statistic
        For example ``Sum`` or ``p95``.
    """

    metric: tuple[str, str]
    dimensions: Dimensions
    unit: str | None
    period_s: int
    statistic: str

    def buckets(self, data: Iterable[Any], *, first: int = 0, start_s: int = 0) -> Buckets:
        """Group the data of this series by period.

        Parameters
        ----------
        data
            Metric data of any series.
        first
            The first period of interest.
        start_s
            When period 0 begins, in epoch seconds.
        """
        buckets: dict[int, list[Any]] = defaultdict(list)
        for datum in data:
            if self._means(datum):
                period = (second_of(datum) - start_s) // self.period_s
                if period >= first:
                    buckets[period].append(datum)
        return buckets

    def value(self, data: Sequence[Any] | None) -> float | None:
        """Return the statistic of one period's data."""
        return statistic_value(data, self.statistic) if data else None

    def _means(self, datum: Any) -> bool:
        return (
            (datum.namespace, datum.name) == self.metric
            and self.unit in {None, datum.unit}
            and dimensions_of(datum) == self.dimensions
        )


def is_statistic(name: str | None) -> bool:
    """Return whether a statistic is computed: five basic ones and percentiles.

    Examples
    --------
    >>> is_statistic("Sum"), is_statistic("p99.9"), is_statistic("tm90")
    (True, True, False)
    """
    return name in _STATISTICS or share_of(name) is not None


def unknown_statistic(name: str) -> str:
    """Return why there are no values of a statistic."""
    return f"The statistic {name} is not simulated; there are basic ones and percentiles."


def statistic_value(data: Sequence[Any], statistic: str) -> float | None:
    """Return a statistic of data; None if they have none, as percentiles of statistic sets."""
    share = share_of(statistic)
    if share is None:
        return _STATISTICS[statistic](_totals(data))
    counts = counts_of(data)
    return None if counts is None else percentile(counts, share)


def second_of(datum: Any) -> int:
    """Return the time of a datum in whole epoch seconds; moto stores times without a zone."""
    return int(datum.timestamp.replace(tzinfo=UTC).timestamp())


def dimensions_of(datum: Any) -> Dimensions:
    """Return all dimensions of a datum, or of a metric of moto's."""
    return frozenset((dimension.name, dimension.value) for dimension in datum.dimensions)


def _totals(data: Sequence[Any]) -> Totals:
    sets = [_set_of(datum) for datum in data]
    return Totals(
        sum(found.samples for found in sets),
        sum(found.total for found in sets),
        min(found.low for found in sets),
        max(found.high for found in sets),
    )


def _set_of(datum: Any) -> Totals:
    if hasattr(datum, "value"):  # a single value, as moto makes them for its buckets
        value = float(datum.value)
        return Totals(1.0, value, value, value)
    return Totals(float(datum.sample_count), float(datum.sum), float(datum.min), float(datum.max))
