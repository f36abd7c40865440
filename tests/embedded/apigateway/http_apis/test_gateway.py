"""A request to an HTTP API from arrival to response."""

import json
from dataclasses import replace
from typing import Any

import pytest
from http_world import (
    API,
    INTEGRATION,
    ORDER,
    ROOT,
    ROUTE,
    STAGE,
    HttpWorld,
    api_with,
    signed,
)
from invocations import answering, failing, forever

from tracing_lab.embedded.apigateway.http_apis.specs import (
    CorsSpec,
    HttpStageSpec,
    RouteSettings,
    RouteSpec,
)
from tracing_lab.embedded.model import MAX_INVOKE_BYTES, Throttled, ThrottleSpec

INTERNAL = (500, b'{"message":"Internal Server Error"}')
UNAVAILABLE = (503, b'{"message":"Service Unavailable"}')
NOT_FOUND = (404, b'{"message":"Not Found"}')
FORBIDDEN = (403, b'{"message":"Forbidden"}')
ORIGIN = ("Origin", "https://a.example")
ASKS = ("Access-Control-Request-Method", "PUT")
ROLE = "arn:aws:iam::123456789012:role/gateway"


def sent(world: HttpWorld, path: str = "/orders/7", *headers: tuple[str, str]) -> tuple[int, bytes]:
    response = world.send(path, *headers)
    return response.status, response.body


def test_a_function_is_called_with_the_event_and_its_response_sent() -> None:
    world = HttpWorld()
    response = world.send("/orders/7?x=1")
    assert (response.status, response.body) == (201, b"made")
    assert dict(response.headers)["Content-Type"] == "text/plain; charset=utf-8"
    event = world.event()
    assert event["pathParameters"] == {"id": "7"}
    assert event["requestContext"]["requestId"] == dict(response.headers)["apigw-requestid"]
    assert world.evaluated == [
        (
            ORDER,
            "apigateway.amazonaws.com",
            "arn:aws:execute-api:us-east-1:123456789012:a1/$default/GET/orders/{id}",
        )
    ]


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"allowed": False}, INTERNAL),
        ({"missing": frozenset({"order"})}, INTERNAL),
        ({"invoke": answering({"errorMessage": "no"}, function_error="Unhandled")}, INTERNAL),
        ({"invoke": answering({"statusCode": 200, "body": {}})}, INTERNAL),
        ({"invoke": failing(OSError())}, INTERNAL),
        ({"invoke": failing(Throttled())}, UNAVAILABLE),
        ({"api": api_with(replace(ROUTE, integration=None))}, INTERNAL),
        ({"api": api_with()}, NOT_FOUND),
        ({"api": replace(API, stages={})}, NOT_FOUND),
        ({"api": replace(API, disabled=True)}, NOT_FOUND),
        ({"api": api_with(replace(ROUTE, authorization="CUSTOM"))}, INTERNAL),
    ],
)
def test_failures_are_responses_too(changes: dict[str, Any], expected: tuple[int, bytes]) -> None:
    world = HttpWorld(**changes)
    assert sent(world) == expected
    response = world.send("/orders/7")
    assert "apigw-requestid" in dict(response.headers)


def test_a_function_that_takes_too_long_is_not_waited_for() -> None:
    slow = replace(ROUTE, integration=replace(INTEGRATION, timeout_s=0.001))
    assert sent(HttpWorld(api=api_with(slow), invoke=forever)) == UNAVAILABLE


@pytest.mark.parametrize("size", [10 * 1024**2 + 1, MAX_INVOKE_BYTES])
def test_bodies_are_limited(size: int) -> None:
    response = HttpWorld().send("/orders/7", body=bytes(size))
    assert (response.status, response.body) == (413, b'{"message":"Request Entity Too Large"}')


def test_stage_variables_name_functions() -> None:
    named = replace(INTEGRATION, function_arn=ORDER.replace(":order", ":${stageVariables.f}"))
    stage = replace(STAGE, routes=(replace(ROUTE, integration=named),), variables={"f": "pay"})
    world = HttpWorld(api=replace(API, stages={"$default": stage}))
    assert sent(world)[0] == 201
    assert world.invocations[0].function.name == "pay"


@pytest.mark.parametrize(
    "allowed, status", [(frozenset({(ROLE, ORDER)}), 201), (frozenset[tuple[str, str]](), 500)]
)
def test_a_role_calls_in_place_of_the_policy(
    allowed: frozenset[tuple[str, str]], status: int
) -> None:
    route = replace(ROUTE, integration=replace(INTEGRATION, credentials_arn=ROLE))
    world = HttpWorld(api=api_with(route), allowed=False, allowed_roles=allowed)
    assert sent(world)[0] == status


def test_the_trace_header_goes_on_and_a_new_one_has_no_decision() -> None:
    world = HttpWorld()
    text = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
    world.send("/orders/7", ("X-Amzn-Trace-Id", text))
    header = world.invocations[0].trace_header
    assert header is not None
    assert (header.format(), world.event()["headers"]["x-amzn-trace-id"]) == (text, text)
    for broken in ((), (("X-Amzn-Trace-Id", "nonsense"),)):
        world.send("/orders/7", *broken)
        header = world.invocations[-1].trace_header
        assert header is not None
        assert (header.parent, header.sampled) == (None, None)
        assert world.event()["headers"]["x-amzn-trace-id"] == header.format()


def test_signed_requests_are_evaluated() -> None:
    world = HttpWorld(api=api_with(replace(ROUTE, authorization="AWS_IAM")))
    assert sent(world) == sent(world, "/orders/7", signed("MAYNOT")) == FORBIDDEN
    assert sent(world, "/orders/7", signed())[0] == 201
    iam = world.event()["requestContext"]["authorizer"]["iam"]
    assert (iam["accessKey"], iam["userArn"]) == ("mine", "arn:of:mine")


@pytest.mark.parametrize(
    "route, status",
    [
        (RouteSpec("GET /orders/{id}", INTEGRATION), 204),
        (RouteSpec("OPTIONS /orders/{id}", INTEGRATION), 204),
        (RouteSpec("$default", INTEGRATION), 204),
        (RouteSpec("ANY /orders/{id}", INTEGRATION, "AWS_IAM"), 403),
        (RouteSpec("$default", INTEGRATION, "AWS_IAM"), 403),
        (RouteSpec("GET /orders/{id}", INTEGRATION, "AWS_IAM"), 204),
    ],
)
def test_preflights_need_no_function_but_what_their_route_requires(
    route: RouteSpec, status: int
) -> None:
    world = HttpWorld(api=api_with(route, cors=CorsSpec(("*",), ("PUT",))))
    response = world.send("/orders/7", ORIGIN, ASKS, method="OPTIONS")
    assert response.status == status
    assert world.invocations == []
    assert dict(response.headers).get("Access-Control-Allow-Methods") == (
        "PUT" if status == 204 else None
    )


def test_without_a_configuration_a_function_answers_preflights() -> None:
    world = HttpWorld(api=api_with(RouteSpec("$default", INTEGRATION)))
    assert world.send("/orders/7", ORIGIN, ASKS, method="OPTIONS").status == 201


def test_errors_have_cors_headers_too() -> None:
    world = HttpWorld(api=replace(API, cors=CorsSpec(("*",))), allowed=False)
    response = world.send("/orders/7", ORIGIN)
    assert (response.status, dict(response.headers)["Access-Control-Allow-Origin"]) == (500, "*")


def test_limits_are_those_of_the_route_or_else_of_the_stage() -> None:
    one = RouteSettings(ThrottleSpec(0.001, 1))
    stage = replace(
        STAGE,
        routes=(ROUTE, RouteSpec("$default", INTEGRATION)),
        default_settings=one,
        route_settings={ROUTE.key: RouteSettings(ThrottleSpec(0.001, 2))},
    )
    world = HttpWorld(api=replace(API, stages={"$default": stage}))
    assert [sent(world)[0] for _ in range(3)] == [201, 201, 429]
    assert [sent(world, "/other")[0] for _ in range(2)] == [201, 429]


def test_an_access_log_line_says_how_a_request_ended() -> None:
    names = (
        "routeKey",
        "status",
        "integration.status",
        "integration.integrationStatus",
        "integrationErrorMessage",
        "error.message",
    )
    log_format = json.dumps({name: f"$context.{name}" for name in names})
    stage = replace(STAGE, access_log_group="g", access_log_format=log_format)
    world = HttpWorld(api=replace(API, stages={"$default": stage}))
    world.send("/orders/7")
    world.invoke = answering({}, function_error="Unhandled")
    world.send("/orders/7")
    world.send("/none")
    lines = [json.loads(events[0][1]) for _group, _stream, events in world.lines]
    assert [list(line.values()) for line in lines] == [
        ["GET /orders/{id}", "201", "201", "200", "-", "-"],
        [
            "GET /orders/{id}",
            "500",
            "200",
            "200",
            "The function failed: Unhandled",
            "Internal Server Error",
        ],
        ["-", "404", "-", "-", "-", "Not Found"],
    ]


def test_every_request_is_observed() -> None:
    world = HttpWorld()
    for path in ("/orders/7", "/none"):
        world.send(path)
    assert [outcome.response.status for outcome in world.observed] == [201, 404]
    assert [outcome.call is not None for outcome in world.observed] == [True, False]


def test_a_stage_that_is_not_deployed_serves_nothing() -> None:
    world = HttpWorld(api=replace(API, stages={"prod": HttpStageSpec("prod")}))
    assert sent(world, "/prod/orders/7") == NOT_FOUND
