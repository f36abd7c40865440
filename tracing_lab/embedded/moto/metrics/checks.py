"""What PutMetricData rejects, besides what moto does.

- https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
- https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue

from .reading import second_in

_MEASURED: Final = ("Values", "StatisticValues")
_MOST: Final = 2.0**360
_OLDEST_S: Final = 14 * 86_400
_AHEAD_S: Final = 2 * 3600

Datum = Mapping[str, Any]
"""A member of ``MetricData``."""


def check_datum(datum: Datum, number: int, *, now_s: float) -> None:
    """Raise if CloudWatch accepts no such datum.

    Parameters
    ----------
    datum
        A member of the request's ``MetricData``, with all statistics if it has any.
    number
        Its number in the request, from 1.
    now_s
        The time of the call, in epoch seconds.

    Raises
    ------
    InvalidParameterCombination
        If it has no values.
    InvalidParameterValue
        If a value, a count or the time is out of range.

    Examples
    --------
    >>> check_datum({"MetricName": "Orders", "Value": 0.0}, 1, now_s=0)
    """
    if datum.get("Value") is None and not any(datum.get(name) for name in _MEASURED):
        msg = "At least one of the parameters must be specified."
        raise InvalidParameterCombination(msg)
    for name, value, is_fine in _numbers(datum):
        if not is_fine:
            where = f"MetricData.member.{number}.{name}"
            msg = f"The value {value} for parameter {where} is invalid."
            raise InvalidParameterValue(msg)
    if datum.get("Timestamp") is not None:
        _check_time(second_in(datum["Timestamp"]) - now_s, number)


def _check_time(ahead_s: float, number: int) -> None:
    rule = "within the past two weeks" if ahead_s < -_OLDEST_S else ""
    rule = "no more than two hours in the future" if ahead_s > _AHEAD_S else rule
    if rule:
        where = f"MetricData.member.{number}.Timestamp"
        msg = f"The parameter {where} must specify a time {rule}."
        raise InvalidParameterValue(msg)


def _numbers(datum: Datum) -> Iterator[tuple[str, float, bool]]:
    """Yield name and value of each number, and whether CloudWatch accepts it."""
    if datum.get("Value") is not None:
        yield "Value", datum["Value"], _is_value(datum["Value"])
    for value in datum.get("Values") or ():
        yield "Values", value, _is_value(value)
    for count in datum.get("Counts") or ():
        yield "Counts", count, 0 <= count <= _MOST
    for name, value in (datum.get("StatisticValues") or {}).items():
        is_fine = 0 < value <= _MOST if name == "SampleCount" else _is_value(value)
        yield f"StatisticValues.{name}", value, is_fine


def _is_value(value: float) -> bool:
    return -_MOST <= value <= _MOST  # false for NaN
