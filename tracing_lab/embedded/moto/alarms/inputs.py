"""The input of an alarm: the values of one metric, or of an expression over several."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import Statistics

from tracing_lab.embedded.cloudwatch.metric_math import UnknownMathError, evaluate
from tracing_lab.embedded.cloudwatch.percentiles import counts_of, percentile, share_of

COUNT_UNFINISHED_PERIOD = True
"""Whether the current period is evaluated as soon as it has data.

AWS does not document when it evaluates one. Including it shows a breach within seconds.
"""

_STATISTICS = frozenset({"Average", "Maximum", "Minimum", "SampleCount", "Sum"})
_ONLY = "m1"

_Buckets = Mapping[int, list[Any]]


@dataclass(frozen=True)
class Series:
    """A statistic of one metric.

    Parameters
    ----------
    metric
        Namespace and name.
    dimensions
        (name, value) pairs, all of them.
    unit
        The only unit that counts; None for all.
    period_s
        Seconds of a datapoint.
    statistic
        For example ``Sum`` or ``p95``.
    """

    metric: tuple[str, str]
    dimensions: frozenset[tuple[str, str]]
    unit: str | None
    period_s: int
    statistic: str

    def buckets(self, data: Iterable[Any], *, first: int) -> _Buckets:
        """Group moto's data of this series by period, from `first` on."""
        buckets: dict[int, list[Any]] = defaultdict(list)
        for datum in data:
            period = int(datum.timestamp.replace(tzinfo=UTC).timestamp()) // self.period_s
            if period >= first and self._means(datum):
                buckets[period].append(datum)
        return buckets

    def value(self, data: list[Any] | None) -> float | None:
        """Return the statistic of one period's data."""
        if not data:
            return None
        share = share_of(self.statistic)
        if share is not None:
            counts = counts_of(data)
            return None if counts is None else percentile(counts, share)
        statistics = Statistics([self.statistic], datetime.now(UTC))
        statistics.metric_data = data
        value = statistics.get_statistics_for_type(self.statistic)
        return None if value is None else float(value)

    def _means(self, datum: Any) -> bool:
        return _pairs(datum.dimensions) == self.dimensions and self.unit in {None, datum.unit}


@dataclass(frozen=True)
class AlarmInput:
    """The series of an alarm by id, expressions over them, and the id that is evaluated."""

    series: Mapping[str, Series]
    counting: str = _ONLY
    expressions: Mapping[str, str] = field(default_factory=dict)

    def values(
        self, data: Mapping[tuple[str, str], Iterable[Any]], count: int, *, now_s: float
    ) -> list[float | None]:
        """Return the values of the latest periods, oldest first."""
        current = int(now_s) // max(source.period_s for source in self.series.values())
        found = {
            name: source.buckets(data.get(source.metric, ()), first=current - count)
            for name, source in self.series.items()
        }
        started = any(current in buckets for buckets in found.values())
        last = current if COUNT_UNFINISHED_PERIOD and started else current - 1
        return [self._value(found, period) for period in range(last - count + 1, last + 1)]

    def _value(self, found: Mapping[str, _Buckets], period: int) -> float | None:
        known = {
            name: source.value(found[name].get(period)) for name, source in self.series.items()
        }
        for name, expression in self.expressions.items():
            known[name] = evaluate(expression, known)
        return known[self.counting]


def alarm_input(alarm: Any) -> AlarmInput | None:
    """Return the input of one of moto's alarms; None if it is not simulated."""
    queries = alarm.metric_data_queries
    if not queries:
        statistic = alarm.extended_statistic or alarm.statistic
        only = _series(alarm, alarm.period, statistic, alarm.unit)
        return None if only is None else AlarmInput({_ONLY: only})
    series = {query.id: _of_query(query.metric_stat) for query in queries if query.metric_stat}
    known = {name: source for name, source in series.items() if source is not None}
    expressions = {query.id: query.expression for query in queries if query.expression}
    returned = [query.id for query in queries if str(query.return_data).lower() == "true"]
    made = AlarmInput(known, (returned or [queries[-1].id])[0], expressions)
    periods = {source.period_s for source in known.values()}
    return made if len(known) == len(series) and len(periods) == 1 and _works(made) else None


def _works(made: AlarmInput) -> bool:
    try:
        made.values({}, 1, now_s=0.0)
    except (UnknownMathError, KeyError):
        return False
    return True


def _of_query(stat: Any) -> Series | None:
    return _series(stat.metric, stat.period, stat.stat, stat.unit)


def _series(metric: Any, period_s: Any, statistic: str | None, unit: str | None) -> Series | None:
    known = statistic in _STATISTICS or share_of(statistic) is not None
    if not metric.metric_name or not period_s or statistic is None or not known:
        return None
    name = (metric.namespace, metric.metric_name)
    return Series(name, _pairs(metric.dimensions), unit or None, int(period_s), statistic)


def _pairs(dimensions: Iterable[Any]) -> frozenset[tuple[str, str]]:
    return frozenset((dimension.name, dimension.value) for dimension in dimensions)
