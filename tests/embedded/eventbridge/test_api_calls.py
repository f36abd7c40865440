"""Which API a rule's target calls, and with whose permission."""

import asyncio
from typing import Any

import pytest

from tracing_lab.embedded.apigateway.admission.authorization import is_signed
from tracing_lab.embedded.eventbridge.api_calls import Gateways, call_target
from tracing_lab.embedded.eventbridge.api_targets import ApiTargetCall
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.iam.policy import AuthorizationRequest

ARN = "arn:aws:execute-api:us-east-1:123456789012:api1/prod/POST/a"


class World:
    """Some HTTP APIs; all others are REST APIs."""

    def __init__(self, *http_apis: str, allowed: bool = True) -> None:
        self.http_apis, self.allowed = http_apis, allowed
        self.called: list[tuple[Any, ...]] = []
        self.signed = False
        self.evaluated: list[tuple[str, AuthorizationRequest]] = []

    async def call(self, request: HttpRequest, *address: Any) -> HttpResponse:
        self.called.append(address)
        self.signed = is_signed(request)
        return HttpResponse(200)

    def role_may(self, role_arn: str, authorization: AuthorizationRequest) -> bool:
        self.evaluated.append((role_arn, authorization))
        return self.allowed

    def send(self, stage: str = "prod", role_arn: str | None = None) -> None:
        call = ApiTargetCall(ARN, "api1", stage, HttpRequest("POST", "/a"), role_arn)
        gateways = Gateways(self.http_apis.__contains__, self.call, self.call)
        asyncio.run(call_target(call, gateways, self.role_may))


def test_rest_apis_are_called_by_stage_and_path() -> None:
    world = World()
    world.send()
    assert world.called == [("api1", "prod")]
    assert not world.signed
    assert world.evaluated == []


def test_http_apis_have_a_default_stage() -> None:
    world = World("api1")
    world.send()
    world.send("$default")
    assert world.called == [("api1", "/prod/a"), ("api1", "/a")]


def test_requests_are_signed_if_the_role_may_call() -> None:
    world = World()
    world.send(role_arn="arn:role")
    assert world.signed
    assert world.evaluated == [("arn:role", AuthorizationRequest("execute-api:Invoke", ARN))]
    denied = World(allowed=False)
    with pytest.raises(PermissionError, match=r"may not execute-api:Invoke on .* as arn:role"):
        denied.send(role_arn="arn:role")
    assert denied.called == []
