"""Questions about metrics start at a whole minute."""

import json
from typing import Any

import pytest
from api_calls import json_call

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.overrides.table import with_overrides
from tracing_lab.embedded.protocol.api_call import ApiCall

TARGET = "GraniteServiceVersion20100801."


def passed_on(operation: str, body: Any) -> bytes:
    """Return the body that moto gets."""
    bodies: list[bytes] = []

    def moto(call: ApiCall) -> HttpResponse:
        bodies.append(call.request.body)
        return HttpResponse(400)

    with_overrides(json_call("monitoring", f"{TARGET}{operation}", body), moto, {})
    return bodies[0]


def started(operation: str, body: Any) -> Any:
    """Return the start that moto gets."""
    return json.loads(passed_on(operation, body))["StartTime"]


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
    ],
)
def test_what_cannot_be_read_is_handed_on(body: bytes) -> None:
    assert passed_on("GetMetricData", body) == body
