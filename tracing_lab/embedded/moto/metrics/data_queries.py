"""GetMetricData: statistics of metrics, and metric math over them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html

What `metric_math` does not evaluate, Metrics Insights among it, is an error: nobody would notice a
wrong number.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from graphlib import CycleError, TopologicalSorter
from typing import Any

from moto.cloudwatch.exceptions import ValidationError

from tracing_lab.embedded.cloudwatch.metric_math import UnknownMathError, evaluate, names_in

from .reading import moment_of, rounded_start, second_in, wanted_dimensions
from .series import Series, is_statistic, second_of, unknown_statistic

Query = Mapping[str, Any]
Points = dict[int, float]
"""Epoch second -> value."""


def metric_data(
    queries: Sequence[Query],
    data: Iterable[Any],
    *,
    start: datetime,
    end: datetime,
    scan_by: str = "TimestampDescending",
) -> list[dict[str, Any]]:
    """Return the results of the queries that return data.

    Parameters
    ----------
    queries
        ``MetricDataQueries`` of the request.
    data
        Metric data.
    start, end
        The time range; `end` is not in it.
    scan_by
        ``TimestampAscending`` or ``TimestampDescending``.

    Raises
    ------
    ValidationError
        If a query is invalid, or not simulated.
    """
    start_s, end_s = _range(start, end)
    by_id = {str(query["Id"]): query for query in queries}
    results = _Results([datum for datum in data if second_of(datum) < end_s], start_s)
    for name in _order(by_id):
        results.add(by_id[name])
    backwards = scan_by != "TimestampAscending"
    shown = [query for query in queries if _returns(query)]
    return [_result(query, results.points[query["Id"]], backwards=backwards) for query in shown]


class _Results:
    """The results of queries, each after those that it uses."""

    def __init__(self, data: Sequence[Any], start_s: int) -> None:
        self.points: dict[str, Points] = {}
        self._data = data
        self._start_s = start_s
        self._periods: dict[str, int] = {}

    def add(self, query: Query) -> None:
        """Add the result of one query."""
        name = str(query["Id"])
        if "MetricStat" in query:
            series = _series(query["MetricStat"])
            self.points[name] = _points(series, self._data, self._start_s)
            self._periods[name] = series.period_s
        else:
            used = names_in(query["Expression"])
            self._periods[name] = self._common_period(name, used)
            self.points[name] = _computed(
                query["Expression"], {key: self.points[key] for key in used}
            )

    def _common_period(self, name: str, used: Iterable[str]) -> int:
        periods = {self._periods[key] for key in used}
        if len(periods) > 1:
            raise _invalid(name, "its metrics have several periods")
        return min(periods, default=0)


def _range(start: datetime, end: datetime) -> tuple[int, int]:
    start_s, end_s = second_in(start), second_in(end)
    if start_s > end_s:
        msg = "The parameter EndTime must be greater than StartTime."
        raise ValidationError(msg)
    if start_s == end_s:
        msg = "The parameter StartTime must not equal parameter EndTime."
        raise ValidationError(msg)
    return start_s, end_s


def _order(queries: Mapping[str, Query]) -> list[str]:
    """Return the ids of queries, those that others use first."""
    uses = {name: _used(query) for name, query in queries.items()}
    if unknown := {used for names in uses.values() for used in names} - set(queries):
        msg = f"An expression refers to an unknown id: {min(unknown)}"
        raise ValidationError(msg)
    try:
        return [*TopologicalSorter(uses).static_order()]
    except CycleError as error:
        msg = f"The expressions refer to each other: {', '.join(error.args[1])}"
        raise ValidationError(msg) from error


def _used(query: Query) -> frozenset[str]:
    if "MetricStat" in query:
        return frozenset()
    if "Expression" not in query:
        # AWS also returns the empty line
        msg = "The parameter MetricDataQueries.member.1.MetricStat is required.\n"
        raise ValidationError(msg)
    expression = str(query["Expression"])
    try:
        names = names_in(expression)
        evaluate(expression, dict.fromkeys(names))
    except UnknownMathError as error:
        raise _invalid(query["Id"], error) from error
    return names


def _invalid(name: str, reason: object) -> ValidationError:
    return ValidationError(f"Error in expression '{name}': {reason}. It is not simulated.")


def _series(stat: Mapping[str, Any]) -> Series:
    metric, statistic = stat["Metric"], str(stat["Stat"])
    if not is_statistic(statistic):
        raise ValidationError(unknown_statistic(statistic))
    name = (metric["Namespace"], metric["MetricName"])
    unit = stat.get("Unit") or None
    return Series(name, wanted_dimensions(metric), unit, int(stat["Period"]), statistic)


def _points(series: Series, data: Iterable[Any], start_s: int) -> Points:
    first_s = rounded_start(start_s, series.period_s, now_s=time.time())
    values = {
        first_s + number * series.period_s: series.value(bucket)
        for number, bucket in series.buckets(data, start_s=first_s).items()
    }
    return {second: value for second, value in sorted(values.items()) if value is not None}


def _computed(expression: str, points: Mapping[str, Points]) -> Points:
    seconds = sorted({second for found in points.values() for second in found})
    values = {
        second: evaluate(expression, {name: found.get(second) for name, found in points.items()})
        for second in seconds
    }
    return {second: value for second, value in values.items() if value is not None}


def _returns(query: Query) -> bool:
    return str(query.get("ReturnData", True)).lower() != "false"


def _result(query: Query, points: Points, *, backwards: bool) -> dict[str, Any]:
    seconds = sorted(points, reverse=backwards)
    return {
        "Id": query["Id"],
        "Label": query.get("Label") or _label(query),
        "Timestamps": [moment_of(second) for second in seconds],
        "Values": [points[second] for second in seconds],
        "StatusCode": "Complete",
    }


def _label(query: Query) -> str:
    stat = query.get("MetricStat")
    return f"{stat['Metric']['MetricName']} {stat['Stat']}" if stat else str(query["Id"])
