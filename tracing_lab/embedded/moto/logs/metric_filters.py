"""Metric filters: checks their patterns, and turns log events that match into metrics.

Sources:

- https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
- https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html

An event that matches adds the metric value, any other one the default value, if there is one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tracing_lab.embedded.cloudwatch.log_patterns import (
    LogPattern,
    LogPatternError,
    compile_log_pattern,
    json_selector,
)
from tracing_lab.embedded.moto.adapter import backend

from .calls import Members, filter_pattern, invalid_parameter

_FIELD = re.compile(r"\$[A-Za-z0-9_-]+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")

PATTERN_MEMBERS: Mapping[str, str] = {
    "PutMetricFilter": "filterPattern",
    "PutSubscriptionFilter": "filterPattern",
    "StartLiveTail": "logEventFilterPattern",
}
"""moto's operations with a pattern, and the name of its member."""


def metric_filter_matches(members: Members, _region: str) -> dict[str, Any]:
    """Return which messages of a request match its pattern.

    Raises
    ------
    ApiError
        If the pattern is malformed.
    """
    pattern = filter_pattern(members)
    return {"matches": list(_matches(pattern, members["logEventMessages"]))}


def _matches(pattern: LogPattern, messages: list[str]) -> Iterator[dict[str, Any]]:
    for number, message in enumerate(messages, start=1):
        if pattern.matches(message):
            extracted = dict(pattern.extracted(message))
            yield {"eventNumber": number, "eventMessage": message, "extractedValues": extracted}


def check_transformations(members: Members) -> None:
    """Check the transformations of a metric filter.

    Raises
    ------
    ApiError
        If a value is neither a number nor a field of the pattern.
    """
    for transformation in members.get("metricTransformations") or ():
        value = str(transformation["metricValue"])
        if not _NUMBER.fullmatch(value):
            _check_field(value)
        for field in (transformation.get("dimensions") or {}).values():
            _check_field(field)
        if transformation.get("dimensions") and transformation.get("defaultValue") is not None:
            message = "A metric with dimensions cannot have a default value."
            raise invalid_parameter(message)


def drop_replaced_filters(members: Members, region: str) -> None:
    """Remove what PutMetricFilter has replaced; moto keeps both."""
    filters = backend("logs", region).filters.metric_filters
    same = [metric_filter for metric_filter in filters if _is_same(metric_filter, members)]
    for replaced in same[:-1]:
        filters.remove(replaced)


def drop_filters_of(group: str, region: str) -> None:
    """Remove the metric filters of a group that is deleted; moto keeps them."""
    filters = backend("logs", region).filters
    filters.metric_filters = [
        metric_filter
        for metric_filter in filters.metric_filters
        if metric_filter["logGroupName"] != group
    ]


def filter_names(group: str, region: str) -> list[str]:
    """Return the names of the metric filters of a group."""
    return [
        metric_filter["filterName"]
        for metric_filter in backend("logs", region).filters.metric_filters
        if metric_filter["logGroupName"] == group
    ]


def filtered_metrics(
    region: str, group: str, events: Iterable[tuple[int, str]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the metric data of new events by the metric filters of their group.

    Parameters
    ----------
    region, group
        The log group.
    events
        Epoch milliseconds and message of each.

    Yields
    ------
    tuple[str, dict[str, Any]]
        Namespace and a member of MetricData with ``Values``.
    """
    found = [
        (
            compile_log_pattern(metric_filter["filterPattern"]),
            metric_filter["metricTransformations"],
        )
        for metric_filter in backend("logs", region).filters.metric_filters
        if metric_filter["logGroupName"] == group
    ]
    for time_ms, message in events if found else ():
        for pattern, transformations in found:
            for transformation in transformations:
                member = _member(pattern, transformation, message)
                if member is not None:
                    moment = datetime.fromtimestamp(time_ms / 1000, UTC).replace(tzinfo=None)
                    yield transformation["metricNamespace"], {**member, "Timestamp": moment}


def _member(
    pattern: LogPattern, transformation: Mapping[str, Any], message: str
) -> dict[str, Any] | None:
    matches = pattern.matches(message)
    value = (
        _number(pattern, str(transformation["metricValue"]), message)
        if matches
        else transformation.get("defaultValue")
    )
    dimensions = {
        name: _field(pattern, field, message)
        for name, field in (transformation.get("dimensions") or {}).items()
    }
    if value is None or None in dimensions.values():
        return None
    return {
        "MetricName": transformation["metricName"],
        "Dimensions": [
            {"Name": name, "Value": str(dimension)} for name, dimension in dimensions.items()
        ],
        "Unit": transformation.get("unit") or "None",
        "Values": [float(value)],
    }


def _number(pattern: LogPattern, text: str, message: str) -> float | None:
    found = text if _NUMBER.fullmatch(text) else _field(pattern, text, message)
    is_number = found is not None and _NUMBER.fullmatch(str(found)) is not None
    return float(found) if is_number else None


def _field(pattern: LogPattern, field: str, message: str) -> Any:
    if _FIELD.fullmatch(field):
        return pattern.extracted(message).get(field)
    value = json_selector(field)(message)
    return value if isinstance(value, str | int | float) else None


def _check_field(field: str) -> None:
    if _FIELD.fullmatch(field):
        return
    try:
        json_selector(field)
    except LogPatternError as error:
        message = f"Invalid metric transformation: {error}"
        raise invalid_parameter(message) from error


def _is_same(metric_filter: Mapping[str, Any], members: Members) -> bool:
    return all(metric_filter[name] == members[name] for name in ("filterName", "logGroupName"))
