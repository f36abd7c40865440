"""Integrations with services, with a fake of these: what is sent, and what the client gets."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from tracing_lab.embedded.apigateway.integrations.service_integration import RoleError
from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.model import IntegrationResponseSpec, IntegrationSpec, MethodSpec
from tracing_lab.embedded.protocol.api_call import ApiCall

URI = "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem"
ROLE = "arn:aws:iam::123456789012:role/caller"
ITEM = '{"TableName": "${t}orders", "Item": {"id": {"S": "$input.path(\'$.quantity\')"}}}'
SPEC = IntegrationSpec(
    uri=URI,
    request_templates={"application/json": ITEM.replace("${t}", "")},
    responses=(IntegrationResponseSpec("200"), IntegrationResponseSpec("409", "400")),
)
METHOD = MethodSpec(
    "r1", "/orders/{customerId}", "POST", "AWS", credentials_arn=ROLE, integration=SPEC
)


def templated(template: str) -> IntegrationSpec:
    return replace(SPEC, request_templates={"application/json": template})


class Client:
    """Sends one request to a method that calls a service."""

    def __init__(self, lab: Any, respond: Any, **changes: Any) -> None:
        self.world = lab.world_with(replace(METHOD, **changes))
        self.request, self.address = lab.REQUEST, lab.ADDRESS
        self.respond, self.calls = respond, list[tuple[ApiCall, str]]()

    async def call(self, call: ApiCall, role_arn: str) -> HttpResponse:
        self.calls.append((call, role_arn))
        response: HttpResponse = await self.respond()
        return response

    def send(self) -> HttpResponse:
        async def run() -> HttpResponse:
            gateway = self.world.gateway()
            gateway.connect(None, self.call)
            response: HttpResponse = await gateway.handle(self.request, self.address)
            await gateway.close()
            return response

        return asyncio.run(run())

    @property
    def subsegment(self) -> Any:
        ((_segment, [subsegment]),) = [(one, one["subsegments"]) for one in self.world.segments]
        return subsegment


async def done() -> HttpResponse:
    return json_response(200, {}, headers={"x-amzn-RequestId": "r-1"})


async def refused() -> HttpResponse:
    return json_response(400, {"__type": "ConditionalCheckFailedException"})


async def not_assumed() -> HttpResponse:
    msg = "API Gateway does not have permission to assume the provided role"
    raise RoleError(msg)


async def never() -> HttpResponse:
    await asyncio.Event().wait()
    raise AssertionError


def test_a_call_has_the_role_the_trace_and_the_mapped_body(lab: Any) -> None:
    client = Client(lab, done)
    response = client.send()
    assert (response.status, response.body) == (200, b"{}")
    ((call, role_arn),) = client.calls
    assert (call.key, role_arn) == (("dynamodb", "PutItem"), ROLE)
    assert call.members == {"TableName": "orders", "Item": {"id": {"S": "1"}}}
    subsegment = client.subsegment
    assert f"Parent={subsegment['id']};Sampled=1" in str(call.request.header("X-Amzn-Trace-Id"))
    assert subsegment["name"] == "DynamoDB"
    assert subsegment["http"]["request"]["url"] == "https://dynamodb.us-east-1.amazonaws.com/"
    assert subsegment["aws"] == {
        "operation": "PutItem",
        "table_name": "orders",
        "request_id": "r-1",
        "region": "us-east-1",
    }
    assert dict(response.headers)["X-Amzn-Trace-Id"].startswith("Root=")


def test_the_status_of_the_service_selects_the_response(lab: Any) -> None:
    client = Client(lab, refused)
    assert client.send().status == 409
    subsegment = client.subsegment
    assert (subsegment["http"]["response"]["status"], subsegment["error"]) == (400, True)


@pytest.mark.parametrize(
    "respond, changes, status",
    [
        (not_assumed, {}, 500),
        (never, {"timeout_s": 0.001}, 504),
        (done, {"credentials_arn": None}, 500),
        (done, {"integration": replace(SPEC, uri="arn:x")}, 500),
        (done, {"integration": replace(SPEC, responses=(IntegrationResponseSpec("2", "5"),))}, 500),
        (done, {"integration": replace(SPEC, request_templates={}, passthrough="NEVER")}, 415),
        (done, {"integration": templated("#if(")}, 500),
        (done, {"integration": templated("$input.path(1)")}, 500),
    ],
)
def test_what_cannot_be_called_is_a_response_of_api_gateway(
    lab: Any, respond: Any, changes: Any, status: int
) -> None:
    client = Client(lab, respond, **changes)
    response = client.send()
    assert response.status == status
    assert "message" in json.loads(response.body)


def test_a_service_that_takes_too_long_is_in_the_segment(lab: Any) -> None:
    client = Client(lab, never, timeout_s=0.001)
    client.send()
    assert client.subsegment["http"]["response"]["status"] == 504
