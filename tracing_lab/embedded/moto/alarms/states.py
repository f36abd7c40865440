"""Evaluates CloudWatch alarms on the metrics in moto's state.

Static thresholds on a metric are evaluated, with one of the five basic statistics or a percentile,
and on the arithmetic of several (`metric_math`); other functions, anomaly bands and composite
alarms keep the state they have.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .actions import Transition, state_of
from .inputs import alarm_input

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"

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
    """Set the state of alarms by their metrics; return one for each that changed its state.

    Parameters
    ----------
    alarms
        moto's alarms; their state is changed.
    metric_data
        moto's metric data.
    now_s
        Epoch seconds.
    """
    inputs = [(alarm, made) for alarm in alarms if (made := alarm_input(alarm)) is not None]
    wanted = {series_.metric for _alarm, made in inputs for series_ in made.series.values()}
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for datum in metric_data:
        key = (datum.namespace, datum.name)
        if key in wanted:
            found[key].append(datum)
    changes = (
        _evaluate(alarm, made.values(found, int(alarm.evaluation_periods), now_s=now_s))
        for alarm, made in inputs
        if alarm.comparison_operator in _COMPARISONS and alarm.threshold is not None
    )
    return [change for change in changes if change is not None]


def next_state(
    values: Values, breaches: Callable[[float], bool], *, needed: int, missing: str, state: str
) -> str:
    """Return the state of an alarm with these datapoints.

    Parameters
    ----------
    values
        One per period, oldest first; None where there is no data.
    breaches
        Returns whether a value crosses the threshold.
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
    """Return whether data ended during a breach, which is an alarm, too."""
    oldest = next((n for n, value in enumerate(values) if value is not None), len(values))
    recent = [value for value in values[oldest:] if value is not None]
    return len(values) - oldest >= needed and bool(recent) and all(map(breaches, recent))


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
