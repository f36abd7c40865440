"""Percentiles in GetMetricStatistics and GetMetricData, which moto answers with nothing.

moto is asked for the number of samples instead, which gives the right periods, and the answer gets
the percentiles of the values in each. Calls of the older query protocol go to moto as they are.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tracing_lab.embedded.cloudwatch.percentiles import counts_of, percentile, share_of
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.protocol.operations import operation_name

Answer = Callable[[HttpRequest], HttpResponse]
_Body = Mapping[str, Any]

_COUNT = "SampleCount"


def answer_percentiles(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer a call of CloudWatch, with percentiles where it asks for some.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    operation = operation_name(request)
    body = _json_object(request.body) if operation in _FORMS else None
    if body is None or operation is None:
        return answer(request)
    asked, fill = _FORMS[operation]
    if not asked(body):
        return answer(request)
    response = answer(replace(request, body=json.dumps(_counting(body)).encode()))
    if response.status >= 400:  # noqa: PLR2004 - an error
        return response
    content = json.loads(response.body)
    fill(body, content, backend("cloudwatch", region).metric_data)
    return HttpResponse(response.status, response.headers, json.dumps(content).encode())


def _counting(body: _Body) -> dict[str, Any]:
    """Ask for the number of samples wherever a percentile is asked for."""
    changed = {key: value for key, value in body.items() if key != "ExtendedStatistics"}
    if "ExtendedStatistics" in body:
        changed["Statistics"] = [*body.get("Statistics", ()), _COUNT]
    if "MetricDataQueries" in body:
        changed["MetricDataQueries"] = [_counting_query(one) for one in body["MetricDataQueries"]]
    return changed


def _counting_query(query: _Body) -> _Body:
    if not _is_percentile(query):
        return query
    label = query.get("Label") or _default_label(query["MetricStat"])
    return {**query, "Label": label, "MetricStat": {**query["MetricStat"], "Stat": _COUNT}}


def _default_label(stat: _Body) -> str:
    return f"{stat['Metric']['MetricName']} {stat['Stat']}"


def _fill_statistics(body: _Body, content: dict[str, Any], data: Iterable[Any]) -> None:
    mine = _meant(data, body, body.get("Unit"))
    for point in content.get("Datapoints", ()):
        found = _within(mine, point["Timestamp"], int(body["Period"]))
        point["ExtendedStatistics"] = {
            name: value
            for name in body["ExtendedStatistics"]
            if (value := _percentile(found, name)) is not None
        }
        if _COUNT not in body.get("Statistics", ()):
            point.pop(_COUNT, None)


def _fill_data(body: _Body, content: dict[str, Any], data: Iterable[Any]) -> None:
    queries = {one["Id"]: one for one in body["MetricDataQueries"] if _is_percentile(one)}
    kept = list(data)
    for result in content.get("MetricDataResults", ()):
        if result["Id"] not in queries:
            continue
        stat = queries[result["Id"]]["MetricStat"]
        mine = _meant(kept, stat["Metric"], stat.get("Unit"))
        values = [
            (moment, _percentile(_within(mine, moment, int(stat["Period"])), stat["Stat"]))
            for moment in result["Timestamps"]
        ]
        known = [(moment, value) for moment, value in values if value is not None]
        result["Timestamps"] = [moment for moment, _ in known]
        result["Values"] = [value for _, value in known]


def _meant(data: Iterable[Any], metric: _Body, unit: str | None) -> list[Any]:
    wanted = {(one["Name"], one["Value"]) for one in metric.get("Dimensions", ())}
    return [
        one
        for one in data
        if (one.namespace, one.name) == (metric["Namespace"], metric["MetricName"])
        and {(pair.name, pair.value) for pair in one.dimensions} == wanted
        and (not unit or one.unit == unit)
    ]


def _within(data: Iterable[Any], start: float | str, period_s: int) -> list[Any]:
    start_s = datetime.fromisoformat(start).timestamp() if isinstance(start, str) else start
    return [
        one
        for one in data
        if 0 <= one.timestamp.replace(tzinfo=UTC).timestamp() - start_s < period_s
    ]


def _percentile(data: list[Any], statistic: str) -> float | None:
    share, counts = share_of(statistic), counts_of(data)
    return None if share is None or counts is None else percentile(counts, share)


def _is_percentile(query: _Body) -> bool:
    return share_of(str(query.get("MetricStat", {}).get("Stat"))) is not None


def _asks_for_statistics(body: _Body) -> bool:
    return bool(body.get("ExtendedStatistics"))


def _asks_for_data(body: _Body) -> bool:
    return any(_is_percentile(one) for one in body.get("MetricDataQueries", ()))


_FORMS: Mapping[
    str,
    tuple[Callable[[_Body], bool], Callable[[_Body, dict[str, Any], Iterable[Any]], None]],
] = {
    "GetMetricStatistics": (_asks_for_statistics, _fill_statistics),
    "GetMetricData": (_asks_for_data, _fill_data),
}


def _json_object(text: bytes) -> _Body | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
