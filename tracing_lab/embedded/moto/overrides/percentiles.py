"""Percentiles in GetMetricStatistics and GetMetricData, which moto does not compute.

moto computes the number of samples instead, which returns the right periods, and the percentiles of
the values of each period are added to its response.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tracing_lab.embedded.cloudwatch.percentiles import counts_of, percentile, share_of
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext, content_of, succeeded, with_content
from tracing_lab.embedded.protocol.api_call import ApiCall

_Body = Mapping[str, Any]
_Fill = Callable[[_Body, dict[str, Any], Iterable[Any]], None]

_COUNT = "SampleCount"


def statistics_with_percentiles(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to GetMetricStatistics, extended statistics included."""
    if not call.members.get("ExtendedStatistics"):
        return call_next(call)
    return _filled(call, call_next, _fill_statistics)


def data_with_percentiles(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to GetMetricData, percentiles included."""
    if not any(map(_is_percentile, call.members.get("MetricDataQueries", ()))):
        return call_next(call)
    return _filled(call, call_next, _fill_data)


def _filled(call: ApiCall, call_next: CallNext, fill: _Fill) -> HttpResponse:
    response = call_next(call.with_members(_counting(call.members)))
    if not succeeded(response):
        return response
    content = content_of(response)
    fill(call.members, content, backend("cloudwatch", call.region).metric_data)
    return with_content(response, content)


def _counting(body: _Body) -> dict[str, Any]:
    """Return the request with the number of samples in the place of each percentile."""
    changed = {key: value for key, value in body.items() if key != "ExtendedStatistics"}
    if "ExtendedStatistics" in body:
        changed["Statistics"] = [*body.get("Statistics", ()), _COUNT]
    if "MetricDataQueries" in body:
        changed["MetricDataQueries"] = [
            _counting_query(query) for query in body["MetricDataQueries"]
        ]
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
    queries = {query["Id"]: query for query in body["MetricDataQueries"] if _is_percentile(query)}
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
    wanted = {(dimension["Name"], dimension["Value"]) for dimension in metric.get("Dimensions", ())}
    return [
        datum
        for datum in data
        if (datum.namespace, datum.name) == (metric["Namespace"], metric["MetricName"])
        and {(pair.name, pair.value) for pair in datum.dimensions} == wanted
        and (not unit or datum.unit == unit)
    ]


def _within(data: Iterable[Any], start: float | str, period_s: int) -> list[Any]:
    start_s = datetime.fromisoformat(start).timestamp() if isinstance(start, str) else start
    return [
        datum
        for datum in data
        if 0 <= datum.timestamp.replace(tzinfo=UTC).timestamp() - start_s < period_s
    ]


def _percentile(data: list[Any], statistic: str) -> float | None:
    share, counts = share_of(statistic), counts_of(data)
    return None if share is None or counts is None else percentile(counts, share)


def _is_percentile(query: _Body) -> bool:
    return share_of(str(query.get("MetricStat", {}).get("Stat"))) is not None
