"""The input of an alarm: the values of one metric, or of an expression over several."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.embedded.cloudwatch.metric_math import UnknownMathError, evaluate
from tracing_lab.embedded.moto.metrics.series import Buckets, Series, dimensions_of, is_statistic

COUNT_UNFINISHED_PERIOD = True
"""Whether the current period is evaluated as soon as it has data.

AWS does not document when it evaluates one. Including it shows a breach within seconds.
"""

_ONLY = "m1"


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

    def _value(self, found: Mapping[str, Buckets], period: int) -> float | None:
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
    if not metric.metric_name or not period_s or statistic is None or not is_statistic(statistic):
        return None
    name = (metric.namespace, metric.metric_name)
    return Series(name, dimensions_of(metric), unit or None, int(period_s), statistic)
