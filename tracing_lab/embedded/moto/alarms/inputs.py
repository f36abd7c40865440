"""What an alarm looks at: the values of one metric, or of an expression over several."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import Statistics

from tracing_lab.embedded.cloudwatch.metric_math import UnknownMathError, evaluate
from tracing_lab.embedded.cloudwatch.percentiles import counts_of, percentile, share_of

COUNT_UNFINISHED_PERIOD = True
"""Whether the period under way counts as soon as it holds data.

AWS does not say when it looks at one. Counting it shows a breach within seconds.
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
        """Sort moto's data of this series by period, from one on."""
        buckets: dict[int, list[Any]] = defaultdict(list)
        for datum in data:
            period = int(datum.timestamp.replace(tzinfo=UTC).timestamp()) // self.period_s
            if period >= first and self._means(datum):
                buckets[period].append(datum)
        return buckets

    def value(self, data: list[Any] | None) -> float | None:
        """Give the statistic of one period's data."""
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
    """The series of an alarm by their ids, expressions over them, and which of all counts."""

    series: Mapping[str, Series]
    counting: str = _ONLY
    expressions: Mapping[str, str] = field(default_factory=dict)

    def values(
        self, data: Mapping[tuple[str, str], Iterable[Any]], count: int, *, now_s: float
    ) -> list[float | None]:
        """Give the values of the latest periods, oldest first."""
        current = int(now_s) // max(one.period_s for one in self.series.values())
        found = {
            name: one.buckets(data.get(one.metric, ()), first=current - count)
            for name, one in self.series.items()
        }
        started = any(current in buckets for buckets in found.values())
        last = current if COUNT_UNFINISHED_PERIOD and started else current - 1
        return [self._value(found, period) for period in range(last - count + 1, last + 1)]

    def _value(self, found: Mapping[str, _Buckets], period: int) -> float | None:
        known = {name: one.value(found[name].get(period)) for name, one in self.series.items()}
        for name, expression in self.expressions.items():
            known[name] = evaluate(expression, known)
        return known[self.counting]


def alarm_input(alarm: Any) -> AlarmInput | None:
    """Read what one of moto's alarms looks at; None where that is not simulated.

    Parameters
    ----------
    alarm
        The alarm.
    """
    queries = alarm.metric_data_queries
    if not queries:
        statistic = alarm.extended_statistic or alarm.statistic
        one = _series(alarm, alarm.period, statistic, alarm.unit)
        return None if one is None else AlarmInput({_ONLY: one})
    series = {one.id: _of_query(one.metric_stat) for one in queries if one.metric_stat}
    known = {name: one for name, one in series.items() if one is not None}
    expressions = {one.id: one.expression for one in queries if one.expression}
    returned = [one.id for one in queries if str(one.return_data).lower() == "true"]
    made = AlarmInput(known, (returned or [queries[-1].id])[0], expressions)
    periods = {one.period_s for one in known.values()}
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
    return frozenset((one.name, one.value) for one in dimensions)
