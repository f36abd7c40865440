"""GetMetricStatistics and ListMetrics on the metric data of a region.

- https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
- https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue

from .series import (
    Series,
    dimensions_of,
    is_statistic,
    second_of,
    statistic_value,
    unknown_statistic,
)

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_ROUNDING = ((63 * _DAY_S, _HOUR_S), (15 * _DAY_S, 5 * _MINUTE_S), (0, _MINUTE_S))

Members = Mapping[str, Any]


def metric_statistics(members: Members, data: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the datapoints of one metric, a set of them for each unit, in the order of time.

    Raises
    ------
    InvalidParameterValue, InvalidParameterCombination
        If the request is invalid, or wants statistics that are not simulated.
    """
    names = _statistics(members)
    start_s, end_s = _range(members)
    period_s = int(members["Period"])
    start_s = rounded_start(start_s, period_s, now_s=time.time())
    metric = (members["Namespace"], members["MetricName"])
    series = Series(metric, wanted_dimensions(members), members.get("Unit"), period_s, "")
    mine = [datum for datum in data if start_s <= second_of(datum) < end_s]
    buckets = series.buckets(mine, start_s=start_s)
    return [
        {"Timestamp": moment_of(start_s + number * period_s), **point}
        for number in sorted(buckets)
        for point in _points(buckets[number], names)
    ]


def listed_metrics(
    data: Iterable[Any],
    namespace: str | None,
    name: str | None,
    dimensions: Sequence[Mapping[str, str]] | None,
) -> list[Any]:
    """Return a datum of each metric that has the namespace, the name and the dimensions.

    Parameters
    ----------
    data
        Metric data.
    namespace, name
        None or empty for all.
    dimensions
        Dimensions that a metric must have, among others; those without ``Value`` have any.
    """
    found = {
        (datum.namespace, datum.name, dimensions_of(datum)): datum
        for datum in data
        if namespace in {None, "", datum.namespace} and name in {None, "", datum.name}
    }
    return [datum for key, datum in found.items() if _has(key[2], dimensions or ())]


def rounded_start(start_s: int, period_s: int, *, now_s: float) -> int:
    """Return the start of a request as CloudWatch rounds it down, by its period or its age.

    Examples
    --------
    >>> rounded_start(3599, 60, now_s=4000), rounded_start(3599, 10, now_s=4000)
    (3540, 3590)
    >>> rounded_start(86_399, 60, now_s=17 * 86_400)
    86100
    """
    if period_s < _MINUTE_S:
        return start_s // period_s * period_s
    step_s = next((step for age, step in _ROUNDING if now_s - start_s >= age), _MINUTE_S)
    return start_s // step_s * step_s


def wanted_dimensions(members: Members) -> frozenset[tuple[str, str]]:
    """Return the dimensions of a request."""
    return frozenset((pair["Name"], pair["Value"]) for pair in members.get("Dimensions") or ())


def moment_of(second: int) -> datetime:
    """Return a time as moto serializes it."""
    return datetime.fromtimestamp(second, UTC).replace(tzinfo=None)


def second_in(moment: datetime) -> int:
    """Return the whole epoch second of a time in a request."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(aware.timestamp())


def _statistics(members: Members) -> list[str]:
    names = [*(members.get("Statistics") or ()), *(members.get("ExtendedStatistics") or ())]
    if not names:
        msg = "Must specify either Statistics or ExtendedStatistics"
        raise InvalidParameterCombination(msg)
    if unknown := [name for name in names if not is_statistic(name)]:
        raise InvalidParameterValue(unknown_statistic(unknown[0]))
    return names


def _range(members: Members) -> tuple[int, int]:
    start_s, end_s = second_in(members["StartTime"]), second_in(members["EndTime"])
    if start_s >= end_s:
        msg = "The parameter StartTime must be less than the parameter EndTime."
        raise InvalidParameterValue(msg)
    return start_s, end_s


def _points(data: Sequence[Any], names: Sequence[str]) -> Iterator[dict[str, Any]]:
    for unit in sorted({str(datum.unit or "None") for datum in data}):
        mine = [datum for datum in data if str(datum.unit or "None") == unit]
        yield {"Unit": unit, **_values(mine, names)}


def _values(data: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    known = {name: value for name in names if (value := statistic_value(data, name)) is not None}
    extended = {name: value for name, value in known.items() if name.startswith("p")}
    basic = {name: value for name, value in known.items() if name not in extended}
    return {**basic, "ExtendedStatistics": extended} if extended else basic


def _has(own: frozenset[tuple[str, str]], wanted: Sequence[Mapping[str, str]]) -> bool:
    return all(
        any(pair["Name"] == name and pair.get("Value") in {None, value} for name, value in own)
        for pair in wanted
    )
