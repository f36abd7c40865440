"""Stage segments and trace headers."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tracing_lab.embedded.functions.segment_times import seconds_ms
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.model import Throttled

ACCOUNT = "123456789012"
ORDER = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:order"
ROOT = "1-6b042ac0-5d09aa705e56bbd015254801"
PARENT = "53995c3f42cd8ad8"


def header(response: HttpResponse, name: str) -> str | None:
    return dict(response.headers).get(name)


def with_trace(text: str) -> dict[str, Any]:
    return {"headers": [("X-Amzn-Trace-Id", text)]}


def test_the_stage_segment_is_what_x_ray_shows(lab: Any) -> None:
    world = lab.World()
    response = world.handle()
    (segment,) = world.segments
    (subsegment,) = segment["subsegments"]
    invocation = world.invocations[0]
    assert invocation.trace_header is not None
    request_id = header(response, "x-amzn-RequestId")
    assert segment == {
        "id": segment["id"],
        "name": "orders-api/prod",
        "start_time": 1_795_435_200.001,
        "trace_id": invocation.trace_header.root,
        "end_time": segment["end_time"],
        "http": {
            "request": {
                "url": "https://api1.execute-api.us-east-1.amazonaws.com/prod/orders/c-7?dry=1",
                "method": "POST",
                "user_agent": "curl/8",
                "client_ip": "203.0.113.9",
                "x_forwarded_for": True,
            },
            "response": {"status": 201, "content_length": 0},
        },
        "aws": {
            "xray": {"sampling_rule_name": "Default"},
            "api_gateway": {
                "account_id": ACCOUNT,
                "rest_api_id": "api1",
                "stage": "prod",
                "request_id": request_id,
            },
        },
        "annotations": {"aws:api_id": "api1", "aws:api_stage": "prod"},
        "metadata": {
            "default": {
                "extended_request_id": header(response, "x-amz-apigw-id"),
                "request_id": request_id,
            }
        },
        "origin": "AWS::ApiGateway::Stage",
        "resource_arn": "arn:aws:apigateway:us-east-1::/restapis/api1/stages/prod",
        "subsegments": [
            {
                "id": invocation.trace_header.parent,
                "name": "Lambda",
                "start_time": subsegment["start_time"],
                "end_time": subsegment["end_time"],
                "http": {
                    "request": {
                        "url": "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/"
                        f"{ORDER}/invocations",
                        "method": "POST",
                    },
                    "response": {"status": 201, "content_length": 9},
                },
                "aws": {
                    "function_name": "order",
                    "region": "us-east-1",
                    "operation": "Invoke",
                    "resource_names": ["order"],
                },
                "namespace": "aws",
            }
        ],
    }
    times = [segment["start_time"], subsegment["start_time"], subsegment["end_time"]]
    assert sorted([*times, segment["end_time"]]) == [*times, segment["end_time"]]


@pytest.mark.parametrize("now_s", [1_795_435_200.0006, 1_795_435_200.009, 1_795_435_200.0099])
def test_times_are_cut_as_in_lambdas_segments_so_that_no_stage_begins_after_them(
    lab: Any, now_s: float
) -> None:
    world = lab.World(now_s=now_s)
    world.handle()
    (segment,) = world.segments
    started_ns = round((now_s + 0.0014) * 1e6) * 1000  # the first reading of the world's clock
    assert segment["start_time"] == seconds_ms(started_ns)


def test_the_sampling_rules_see_the_request(lab: Any) -> None:
    world = lab.World()
    world.handle()
    assert world.decisions == [
        {
            "service_name": "orders-api/prod",
            "service_type": "AWS::ApiGateway::Stage",
            "host": "localhost:4566",
            "method": "POST",
            "path": "/prod/orders/c-7",
            "resource_arn": "arn:aws:apigateway:us-east-1::/restapis/api1/stages/prod",
            "attributes": {"User-Agent": "curl/8", "Host": "localhost:4566"},
        }
    ]


def test_a_new_trace_is_told_to_function_and_client(lab: Any) -> None:
    world = lab.World()
    response = world.handle()
    sent = world.invocations[0].trace_header
    assert sent is not None
    assert (sent.sampled, sent.parent) == (True, world.segments[0]["subsegments"][0]["id"])
    assert header(response, "X-Amzn-Trace-Id") == f"Root={sent.root};Sampled=1"


def test_an_incoming_trace_is_continued(lab: Any) -> None:
    text = f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a:0"
    world = lab.World()
    world.handle(**with_trace(text))
    (segment,) = world.segments
    sent = world.invocations[0].trace_header
    assert (segment["trace_id"], segment["parent_id"]) == (ROOT, PARENT)
    assert "xray" not in segment["aws"]
    assert sent is not None
    assert (sent.root, sent.lineage, world.decisions) == (ROOT, "a:0", [])
    assert json.loads(world.invocations[0].payload)["headers"]["X-Amzn-Trace-Id"] == text


def test_an_open_decision_is_taken_here(lab: Any) -> None:
    world = lab.World(sampled=False)
    response = world.handle(**with_trace(f"Root={ROOT};Sampled=?"))
    sent = world.invocations[0].trace_header
    assert sent is not None
    assert (sent.root, sent.sampled, len(world.decisions)) == (ROOT, False, 1)
    assert world.segments == []
    assert header(response, "X-Amzn-Trace-Id") == f"Root={ROOT};Sampled=0"


def test_an_unsampled_trace_keeps_its_parent(lab: Any) -> None:
    world = lab.World()
    world.handle(**with_trace(f"Root={ROOT};Parent={PARENT};Sampled=0"))
    sent = world.invocations[0].trace_header
    assert sent is not None
    assert (sent.parent, sent.sampled, world.segments) == (PARENT, False, [])


def test_a_stage_without_tracing_only_hands_the_trace_on(lab: Any) -> None:
    world = lab.World(stage=replace(lab.STAGE, tracing=False))
    world.handle(**with_trace(f"Root={ROOT};Parent={PARENT};Sampled=1"))
    world.handle()
    first, second = (one.trace_header for one in world.invocations)
    assert first is not None
    assert second is not None
    assert (first.root, first.parent, first.sampled) == (ROOT, PARENT, True)
    assert (second.parent, second.sampled) == (None, None)
    assert (world.segments, world.decisions) == ([], [])


FAULT, ERROR, THROTTLE = {"fault"}, {"error"}, {"error", "throttle"}


def flags(document: dict[str, Any]) -> set[str]:
    return {"error", "throttle", "fault"} & set(document)


@pytest.mark.parametrize(
    "make_world, stage_flags, call_status, call_flags",
    [
        (lambda lab: lab.World(allowed=False), FAULT, 403, ERROR),
        (lambda lab: lab.World(invoke=lab.failing(Throttled())), FAULT, 429, THROTTLE),
        (
            lambda lab: lab.World(invoke=lab.answering({}, function_error="Unhandled")),
            FAULT,
            502,
            FAULT,
        ),
        (lambda lab: lab.World(invoke=lab.answering({"x": 1})), FAULT, 502, FAULT),
        (lambda lab: lab.World(invoke=lab.answering({"statusCode": 404})), ERROR, 404, ERROR),
        (lambda lab: lab.World(invoke=lab.answering({"statusCode": 429})), THROTTLE, 429, THROTTLE),
        (lambda lab: lab.World(invoke=lab.answering({"statusCode": 503})), FAULT, 503, FAULT),
    ],
)
def test_failures_are_flagged_on_stage_and_call(
    lab: Any,
    make_world: Callable[[Any], Any],
    stage_flags: set[str],
    call_status: int,
    call_flags: set[str],
) -> None:
    world = make_world(lab)
    response = world.handle()
    (segment,) = world.segments
    (call,) = segment["subsegments"]
    assert flags(segment) == stage_flags
    assert segment["http"]["response"]["status"] == response.status
    assert (call["http"]["response"]["status"], flags(call)) == (call_status, call_flags)


def test_requests_without_a_function_have_no_subsegment(lab: Any) -> None:
    world = lab.World()
    world.handle(path="/nope")
    world.handle(method="OPTIONS")
    refused, preflight = world.segments
    assert (flags(refused), flags(preflight)) == (ERROR, set())
    assert "subsegments" not in refused | preflight
