"""Access logs of a stage."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tracing_lab.embedded.http.messages import HttpResponse


def header(response: HttpResponse, name: str) -> str | None:
    return dict(response.headers).get(name)


# fmt: off
VARIABLES = (
    "requestId", "extendedRequestId", "identity.sourceIp", "httpMethod", "path", "resourcePath",
    "stage", "status", "responseLength", "responseLatency", "integrationLatency",
    "integration.status", "integration.integrationStatus", "integrationErrorMessage",
    "error.message", "error.responseType", "xrayTraceId", "requestTime",
    "authorizer.principalId",
)
# fmt: on
FORMAT = json.dumps({name: f"$context.{name}" for name in VARIABLES})


@pytest.fixture
def logged(lab: Any) -> Any:
    """Return a stage that writes an access log."""
    return replace(lab.STAGE, access_log_group="/aws/apigateway/orders", access_log_format=FORMAT)


def log_line(world: Any) -> dict[str, str]:
    ((group, _stream, ((time_ms, line),)),) = world.lines
    assert group == "/aws/apigateway/orders"
    assert time_ms // 1000 == 1_795_435_200
    return json.loads(line)


def test_a_request_is_logged_in_the_stage_s_format(lab: Any, logged: Any) -> None:
    world = lab.World(stage=logged)
    response = world.handle()
    line = log_line(world)
    latencies = {line.pop("responseLatency"), line.pop("integrationLatency")}
    assert all(latency.isdigit() for latency in latencies)
    assert line == {
        "requestId": header(response, "x-amzn-RequestId"),
        "extendedRequestId": header(response, "x-amz-apigw-id"),
        "identity.sourceIp": "203.0.113.9",
        "httpMethod": "POST",
        "path": "/prod/orders/c-7",
        "resourcePath": "/orders/{customerId}",
        "stage": "prod",
        "status": "201",
        "responseLength": "9",
        "integration.status": "201",
        "integration.integrationStatus": "200",
        "integrationErrorMessage": "-",
        "error.message": "-",
        "error.responseType": "-",
        "xrayTraceId": world.segments[0]["trace_id"],
        "requestTime": "23/Nov/2026:12:00:00 +0000",
        "authorizer.principalId": "-",
    }


def test_the_log_tells_why_a_request_failed(lab: Any, logged: Any) -> None:
    world = lab.World(stage=logged, invoke=lab.answering({"statusCode": 200, "body": {}}))
    world.handle()
    line = log_line(world)
    assert (line["status"], line["error.responseType"]) == ("502", "INTEGRATION_FAILURE")
    assert line["integrationErrorMessage"].startswith("Malformed Lambda proxy response: body is")


def test_a_request_without_a_route_is_logged_too(lab: Any, logged: Any) -> None:
    world = lab.World(stage=logged)
    world.handle(path="/nope")
    line = log_line(world)
    assert (line["resourcePath"], line["error.message"]) == ("-", "Missing Authentication Token")


def test_without_a_format_nothing_is_logged(lab: Any) -> None:
    world = lab.World()
    world.handle()
    assert world.lines == []
