"""CloudWatch alarms that change state on the metrics in moto's state.

Static thresholds on a metric are evaluated, with one of the five basic statistics or a percentile;
metric math, anomaly bands and composite alarms keep the state they have.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import Statistics

from .alarm_actions import Transition, state_of
from .percentiles import counts_of, percentile, share_of

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"

COUNT_UNFINISHED_PERIOD = True
"""Whether the period under way counts as soon as it holds data.

AWS does not say when it looks at one. Counting it shows a breach within seconds.
"""

_STATISTICS = frozenset({"Average", "Maximum", "Minimum", "SampleCount", "Sum"})
_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
}

Values = Sequence[float | None]


def evaluate_alarms(
    alarms: Iterable[Any], metric_data: Iterable[Any], *, now_s: float
) -> list[Transition]:
    """Bring alarms into the state that the metrics call for.

    Parameters
    ----------
    alarms
        moto's alarms; their state is changed.
    metric_data
        moto's metric data.
    now_s
        Epoch seconds.

    Returns
    -------
    transitions
        Those that have changed their state.
    """
    simple = [alarm for alarm in alarms if _is_simple(alarm)]
    wanted = {(alarm.namespace, alarm.metric_name) for alarm in simple}
    found = defaultdict(list)
    for datum in metric_data:
        key = (datum.namespace, datum.name)
        if key in wanted:
            found[key].append(datum)
    data_of = ((one, found[one.namespace, one.metric_name]) for one in simple)
    changes = (_evaluate(alarm, _values(alarm, data, now_s=now_s)) for alarm, data in data_of)
    return [change for change in changes if change is not None]


def next_state(
    values: Values, breaches: Callable[[float], bool], *, needed: int, missing: str, state: str
) -> str:
    """Tell the state that follows from datapoints.

    Parameters
    ----------
    values
        One per period, oldest first; None where there is no data.
    breaches
        Tells whether a value crosses the threshold.
    needed
        Breaching datapoints that make an alarm.
    missing
        ``missing``, ``ignore``, ``breaching`` or ``notBreaching``.
    state
        The state so far.

    Examples
    --------
    >>> over_5 = lambda value: value > 5
    >>> next_state([1, 9, 9], over_5, needed=2, missing="missing", state="OK")
    'ALARM'
    >>> next_state([None, None], over_5, needed=1, missing="missing", state="OK")
    'INSUFFICIENT_DATA'
    >>> next_state([None, None], over_5, needed=1, missing="notBreaching", state="ALARM")
    'OK'
    """
    known = [breaches(value) for value in values if value is not None]
    unknown = len(values) - len(known)
    if not known and missing in {"missing", "ignore"}:
        return state if missing == "ignore" else UNKNOWN
    filled = unknown if missing == "breaching" else 0
    if sum(known) + filled >= needed or (
        missing == "missing" and _is_premature(values, breaches, needed=needed)
    ):
        return ALARM
    return OK


def _is_premature(values: Values, breaches: Callable[[float], bool], *, needed: int) -> bool:
    """Tell whether data stopped coming in the middle of a breach, which is an alarm, too."""
    oldest = next((n for n, value in enumerate(values) if value is not None), len(values))
    recent = [value for value in values[oldest:] if value is not None]
    return len(values) - oldest >= needed and bool(recent) and all(map(breaches, recent))


def _is_simple(alarm: Any) -> bool:
    return (
        bool(alarm.metric_name)
        and not alarm.metric_data_queries
        and (alarm.statistic in _STATISTICS or share_of(alarm.extended_statistic) is not None)
        and alarm.comparison_operator in _COMPARISONS
        and bool(alarm.period)
        and alarm.threshold is not None
    )


def _values(alarm: Any, data: Iterable[Any], *, now_s: float) -> list[float | None]:
    """Give the statistic of the latest periods, oldest first."""
    period_s, count = int(alarm.period), int(alarm.evaluation_periods)
    current = int(now_s) // period_s
    buckets: dict[int, list[Any]] = defaultdict(list)
    for datum in data:
        period = int(datum.timestamp.replace(tzinfo=UTC).timestamp()) // period_s
        if current - count <= period <= current and _is_meant(alarm, datum):
            buckets[period].append(datum)
    last = current if COUNT_UNFINISHED_PERIOD and current in buckets else current - 1
    return [_statistic(alarm, buckets.get(n)) for n in range(last - count + 1, last + 1)]


def _is_meant(alarm: Any, datum: Any) -> bool:
    same = _pairs(alarm.dimensions) == _pairs(datum.dimensions)
    return same and (not alarm.unit or alarm.unit == datum.unit)


def _pairs(dimensions: Iterable[Any]) -> set[tuple[str, str]]:
    return {(one.name, one.value) for one in dimensions}


def _statistic(alarm: Any, data: list[Any] | None) -> float | None:
    if not data:
        return None
    share = share_of(alarm.extended_statistic)
    if share is not None:
        counts = counts_of(data)
        return None if counts is None else percentile(counts, share)
    statistics = Statistics([alarm.statistic], datetime.now(UTC))
    statistics.metric_data = data
    value = statistics.get_statistics_for_type(alarm.statistic)
    return None if value is None else float(value)


def _evaluate(alarm: Any, values: list[float | None]) -> Transition | None:
    compare, _words = _COMPARISONS[alarm.comparison_operator]
    threshold = float(alarm.threshold)
    state = next_state(
        values,
        lambda value: compare(value, threshold),
        needed=int(alarm.datapoints_to_alarm or alarm.evaluation_periods),
        missing=alarm.treat_missing_data or "missing",
        state=alarm.state_value,
    )
    if state == alarm.state_value:
        return None
    before = state_of(alarm)
    alarm.update_state(_reason(alarm, values, state), "{}", state)
    return Transition(alarm, before)


def _reason(alarm: Any, values: list[float | None], state: str) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return f"Insufficient Data: {len(values)} datapoints were unknown."
    negation = "" if state == ALARM else "not "
    words = _COMPARISONS[alarm.comparison_operator][1]
    return (
        f"Threshold Crossed: {len(known)} out of the last {len(values)} datapoints "
        f"{known} were {negation}{words} the threshold ({float(alarm.threshold)})."
    )
