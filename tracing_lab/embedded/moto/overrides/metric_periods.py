"""Questions about metrics: CloudWatch rounds where they start, moto takes it to the second.

A client that asks for what happened since 12:00:30 would miss the datapoint of 12:00.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.protocol.operations import operation_name

_MINUTE_S = 60


def with_whole_minutes(request: HttpRequest) -> HttpRequest:
    """Round the start of GetMetricStatistics and GetMetricData down to the minute.

    Other calls, those of the older query protocol, and those with periods of less than a minute
    stay as they are.

    Examples
    --------
    >>> target = (("X-Amz-Target", "GraniteServiceVersion20100801.GetMetricStatistics"),)
    >>> body = b'{"StartTime": 90, "Period": 60}'
    >>> with_whole_minutes(HttpRequest("POST", "/", headers=target, body=body)).body
    b'{"StartTime": 60, "Period": 60}'
    """
    if operation_name(request) not in {"GetMetricStatistics", "GetMetricData"}:
        return request
    try:
        body = json.loads(request.body)
        periods = list(_periods(body))
        start_s = int(body["StartTime"]) // _MINUTE_S * _MINUTE_S
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return request  # moto says what is wrong
    if any(period_s < _MINUTE_S for period_s in periods):
        return request
    return replace(request, body=json.dumps({**body, "StartTime": start_s}).encode())


def _periods(body: Mapping[str, Any]) -> Iterator[int]:
    if "Period" in body:
        yield int(body["Period"])
    for query in body.get("MetricDataQueries", ()):
        if "MetricStat" in query:
            yield int(query["MetricStat"]["Period"])
