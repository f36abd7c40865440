"""What clients of a REST API are answered."""

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from invocations import forever

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.model import (
    IntegrationResponseSpec,
    IntegrationSpec,
    Invocation,
    InvokeResult,
    Throttled,
)

ACCOUNT, REGION = "123456789012", "us-east-1"
ORDER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:order"


def header(response: HttpResponse, name: str) -> str | None:
    return dict(response.headers).get(name)


def test_the_function_s_answer_reaches_the_client(lab: Any) -> None:
    world = lab.World()
    response = world.handle()
    assert (response.status, response.body) == (201, b'{"ok": 1}')
    assert re.fullmatch(r"[0-9a-f-]{36}", header(response, "x-amzn-RequestId") or "")
    assert re.fullmatch(r"[\w-]{15}=", header(response, "x-amz-apigw-id") or "")
    event = json.loads(world.invocations[0].payload)
    assert event["pathParameters"] == {"customerId": "c-7"}
    assert event["requestContext"]["requestId"] == header(response, "x-amzn-RequestId")


def test_permission_is_asked_for_the_request(lab: Any) -> None:
    world = lab.World()
    world.handle()
    source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:api1/prod/POST/orders/c-7"
    assert world.asked == [(ORDER, "apigateway.amazonaws.com", source)]


def test_a_client_may_choose_a_request_id_that_is_a_uuid(lab: Any) -> None:
    chosen = "8d6f1c1e-0001-4a4a-9b9b-000000000001"
    response = lab.World().handle(headers=[("X-Amzn-RequestId", chosen)])
    assert header(response, "x-amzn-RequestId") == chosen
    other = lab.World().handle(headers=[("X-Amzn-RequestId", "mine\n")])
    assert header(other, "x-amzn-RequestId") != "mine\n"


def test_the_function_cannot_fake_the_gateway_s_headers(lab: Any) -> None:
    world = lab.World(invoke=lab.answering({"headers": {"X-Amzn-RequestID": "fake"}}))
    names = [name.lower() for name, _value in world.handle().headers]
    assert names.count("x-amzn-requestid") == 1


def test_only_a_post_invokes_a_function(lab: Any) -> None:
    # Lambda's Invoke is a POST: AWS was seen to answer 500
    method = replace(lab.POST, integration_method="GET")
    world = lab.World(stage=replace(lab.STAGE, methods=(method,)))
    response = world.handle()
    assert (response.status, response.body) == (500, b'{"message":"Internal server error"}')
    assert world.invocations == []
    (subsegment,) = world.segments[0]["subsegments"]
    assert subsegment["http"]["response"]["status"] == 403


@pytest.mark.parametrize("function_arn, status", [(ORDER, 201), (f"{ORDER}-other", 500)])
def test_the_role_of_an_integration_stands_in_for_the_function_s_policy(
    lab: Any, function_arn: str, status: int
) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/gateway"
    method = replace(lab.POST, credentials_arn=role)
    world = lab.World(
        stage=replace(lab.STAGE, methods=(method,)),
        allowed=status != 201,  # the function's policy does not count
        allowed_roles=frozenset({(role, function_arn)}),
    )
    assert world.handle().status == status


def test_stage_variables_name_the_function(lab: Any) -> None:
    method = replace(lab.POST, function_arn=f"{ORDER}:${{stageVariables.alias}}")
    world = lab.World(stage=replace(lab.STAGE, methods=(method,), variables={"alias": "live"}))
    assert world.handle().status == 201
    assert world.invocations[0].function.version == "live"
    assert json.loads(world.invocations[0].payload)["stageVariables"] == {"alias": "live"}


def test_a_preflight_request_is_answered_without_a_function(lab: Any) -> None:
    world = lab.World()
    response = world.handle(method="OPTIONS", body=b"")
    assert (response.status, world.invocations) == (204, [])
    assert header(response, "Access-Control-Allow-Origin") == "*"
    assert header(response, "X-Amzn-Trace-Id") is None


FORBIDDEN = (403, "Forbidden", "ForbiddenException")
NO_ROUTE = (403, "Missing Authentication Token", "MissingAuthenticationTokenException")
INTERNAL = (500, "Internal server error", "InternalServerErrorException")
BAD_GATEWAY = (502, "Internal server error", "InternalServerErrorException")
TOO_LONG = (413, "Request Too Long", "RequestTooLargeException")
Answer = tuple[int, str, str]


def failure(response: HttpResponse) -> Answer:
    assert header(response, "x-amzn-RequestId")
    kind = header(response, "x-amzn-ErrorType") or ""
    return response.status, json.loads(response.body)["message"], kind


@pytest.mark.parametrize(
    "changes, expected",
    [
        ({"stage": "dev"}, FORBIDDEN),
        ({"api_id": "other"}, FORBIDDEN),
        ({"path": "/nope"}, NO_ROUTE),
        ({"method": "DELETE"}, NO_ROUTE),
        ({"body": b"x" * (10 * 1024 * 1024 + 1)}, TOO_LONG),
        ({"body": b"x" * (6 * 1024 * 1024)}, TOO_LONG),  # no room for the rest of the event
    ],
)
def test_requests_that_reach_no_method_are_refused(
    lab: Any, changes: dict[str, Any], expected: Answer
) -> None:
    world = lab.World()
    assert failure(world.handle(**changes)) == expected
    assert world.invocations == []


@pytest.mark.parametrize(
    "make_world, expected",
    [
        (lambda lab: lab.World(allowed=False), INTERNAL),
        (lambda lab: lab.World(function_exists=False), INTERNAL),
        (lambda lab: lab.World(invoke=lab.failing(Throttled())), INTERNAL),
        (lambda lab: lab.World(invoke=lab.failing(RuntimeError("bug"))), INTERNAL),
        (lambda lab: lab.World(invoke=lab.answering({}, function_error="Unhandled")), BAD_GATEWAY),
        (lambda lab: lab.World(invoke=lab.answering({"body": {}})), BAD_GATEWAY),
        (lambda lab: lab.world_with(lab.POST, api_key_required=True), FORBIDDEN),
        (lambda lab: lab.world_with(lab.POST, integration_type="HTTP"), INTERNAL),
        (lambda lab: lab.world_with(lab.POST, function_arn="x"), INTERNAL),
    ],
)
def test_failing_integrations_are_answered_as_api_gateway_does(
    lab: Any, make_world: Callable[[Any], Any], expected: Answer
) -> None:
    assert failure(make_world(lab).handle()) == expected


def test_a_bug_in_the_control_plane_is_an_answer_too(
    lab: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world = lab.World()
    world.asked = None  # so that asking for permission breaks
    assert failure(world.handle()) == INTERNAL
    assert "failed" in caplog.text


@pytest.mark.parametrize(
    "broken",
    [
        {"responses": ()},
        {"responses": (IntegrationResponseSpec("204", "5.."),)},
        {"responses": (IntegrationResponseSpec("204", "("),)},
        {"responses": (IntegrationResponseSpec("100"),)},
        {"request_templates": {"application/json": "{}"}},
        {"request_templates": {"application/json": "$input.path('x')"}},
    ],
)
def test_a_mock_without_an_answer_is_a_configuration_error(lab: Any, broken: Any) -> None:
    integration = replace(lab.OPTIONS.integration, **broken)
    world = lab.world_with(lab.OPTIONS, integration=integration)
    assert failure(world.handle(method="OPTIONS")) == INTERNAL


@pytest.mark.parametrize(
    "template, status",
    [('{"statusCode": 200}', 200), ('{"statusCode": 503}', 500), (None, 201)],
)
def test_a_mock_answers_with_the_response_that_fits_or_the_default(
    lab: Any, template: str | None, status: int
) -> None:
    templates = {} if not template else {"application/json": template}
    by_status = {"500": "5..", "200": "200", "201": None}
    responses = tuple(IntegrationResponseSpec(code, pattern) for code, pattern in by_status.items())
    integration = IntegrationSpec(request_templates=templates, responses=responses)
    world = lab.world_with(lab.OPTIONS, integration=integration)
    assert world.handle(method="OPTIONS").status == status


def test_a_function_that_takes_too_long_is_a_504_and_goes_on(lab: Any) -> None:
    async def slow(_invocation: Invocation) -> InvokeResult:
        await gate.wait()
        finished.set()
        return InvokeResult("id", b"{}")

    async def run() -> HttpResponse:
        gateway = lab.World(invoke=slow, timeout_s=0.001).gateway()
        response: HttpResponse = await gateway.handle(lab.REQUEST, lab.ADDRESS)
        gate.set()
        await asyncio.wait_for(finished.wait(), 10)
        await gateway.close()
        return response

    gate, finished = asyncio.Event(), asyncio.Event()
    response = asyncio.run(run())
    assert response.status == 504
    assert json.loads(response.body) == {"message": "Endpoint request timed out"}


def test_an_integration_may_have_a_timeout_of_its_own(lab: Any) -> None:
    method = replace(lab.POST, timeout_s=0.001)
    world = lab.World(invoke=forever, stage=replace(lab.STAGE, methods=(method,)))
    assert world.handle().status == 504


def test_closing_ends_calls_that_nobody_waits_for(lab: Any) -> None:
    world = lab.World(invoke=forever, timeout_s=0.001)
    assert world.handle().status == 504  # the loop would report a task left behind


def test_a_new_deployment_takes_effect(lab: Any) -> None:
    async def run() -> list[int]:
        gateway = world.gateway()
        before = await gateway.handle(lab.REQUEST, lab.ADDRESS)
        world.stage = replace(lab.STAGE, methods=())
        after = await gateway.handle(lab.REQUEST, lab.ADDRESS)
        return [before.status, after.status]

    world = lab.World()
    assert asyncio.run(run()) == [201, 403]
