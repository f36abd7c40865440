"""Questions about metrics start at a whole minute."""

import json
from typing import Any

import pytest

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.moto.overrides.metric_periods import with_whole_minutes


def started(operation: str, body: Any) -> Any:
    """Give the start that moto gets to see."""
    headers = (("X-Amz-Target", f"GraniteServiceVersion20100801.{operation}"),)
    request = HttpRequest("POST", "/", headers=headers, body=json.dumps(body).encode())
    return json.loads(with_whole_minutes(request).body)["StartTime"]


def queries(*periods_s: int) -> list[dict[str, Any]]:
    return [{"Id": "m", "MetricStat": {"Period": one}} for one in periods_s]


def test_the_start_is_rounded_down() -> None:
    assert started("GetMetricStatistics", {"StartTime": 179.9, "Period": 60}) == 120
    assert started("GetMetricData", {"StartTime": 179, "MetricDataQueries": queries(60)}) == 120


def test_fine_periods_and_other_calls_are_left_alone() -> None:
    assert started("GetMetricStatistics", {"StartTime": 179, "Period": 10}) == 179
    assert started("GetMetricData", {"StartTime": 179, "MetricDataQueries": queries(60, 1)}) == 179
    assert started("PutMetricData", {"StartTime": 179}) == 179


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"StartTime": Infinity}',
        b'{"StartTime": "x"}',
        b'{"StartTime": 1, "MetricDataQueries": 5}',
    ],
)
def test_what_cannot_be_read_is_handed_on(body: bytes) -> None:
    headers = (("X-Amz-Target", "GraniteServiceVersion20100801.GetMetricData"),)
    request = HttpRequest("POST", "/", headers=headers, body=body)
    assert with_whole_minutes(request) == request
