"""Start times of metric queries: CloudWatch rounds them down to a minute, moto does not.

A query from 12:00:30 on would miss the datapoint of 12:00.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.calling import CallNext
from tracing_lab.embedded.protocol.api_call import ApiCall

_MINUTE_S = 60


def with_whole_minutes(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Round the start time of GetMetricStatistics or GetMetricData down to a minute.

    Calls with periods of less than a minute stay as they are.
    """
    try:
        periods = list(_periods(call.members))
        start_s = int(call.members["StartTime"]) // _MINUTE_S * _MINUTE_S
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return call_next(call)  # moto says what is wrong
    if any(period_s < _MINUTE_S for period_s in periods):
        return call_next(call)
    return call_next(call.with_members({**call.members, "StartTime": start_s}))


def _periods(body: Mapping[str, Any]) -> Iterator[int]:
    if "Period" in body:
        yield int(body["Period"])
    for query in body.get("MetricDataQueries", ()):
        if "MetricStat" in query:
            yield int(query["MetricStat"]["Period"])
