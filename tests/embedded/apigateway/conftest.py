"""A gateway with fakes of all that is around it."""

import asyncio
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
from invocations import Invoke, answering, failing
from specs import function_spec

from tracing_lab.embedded.apigateway.gateway import RestApis
from tracing_lab.embedded.apigateway.model import StageAddress
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.model import (
    FunctionSpec,
    IntegrationResponseSpec,
    IntegrationSpec,
    Invocation,
    InvokeResult,
    MethodSpec,
    StageSpec,
)

ACCOUNT, REGION = "123456789012", "us-east-1"
ORDER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:order"
SPEC = function_spec("order")
POST = MethodSpec("r1", "/orders/{customerId}", "POST", "AWS_PROXY", function_arn=ORDER)
OPTIONS = MethodSpec(
    "r1",
    "/orders/{customerId}",
    "OPTIONS",
    "MOCK",
    integration=IntegrationSpec(
        request_templates={"application/json": '{"statusCode": 204}'},
        responses=(
            IntegrationResponseSpec(
                "204", parameters={"method.response.header.Access-Control-Allow-Origin": "'*'"}
            ),
        ),
    ),
)
STAGE = StageSpec(
    "api1", "orders-api", "prod", tracing=True, methods=(POST, OPTIONS), deployment_id="d1"
)
ADDRESS = StageAddress("api1", "prod", "/orders/c-7")
REQUEST = HttpRequest(
    method="POST",
    path="/_aws/execute-api/api1/prod/orders/c-7",
    query="dry=1",
    headers=(("User-Agent", "curl/8"), ("Host", "localhost:4566")),
    body=b'{"quantity": 1}',
    source_ip="203.0.113.9",
)


CREATED = answering({"statusCode": 201, "body": '{"ok": 1}'})


@dataclass
class World:
    """A gateway with all that is around it: set what should happen, look at what did."""

    stage: StageSpec = STAGE
    invoke: Invoke = CREATED
    sampled: bool = True
    allowed: bool = True
    allowed_roles: frozenset[tuple[str, str]] = frozenset()
    function_exists: bool = True
    timeout_s: float = 29.0
    invocations: list[Invocation] = field(default_factory=list)
    segments: list[dict[str, Any]] = field(default_factory=list)
    lines: list[tuple[str, str, list[tuple[int, str]]]] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    now_s: float = 1_795_435_200.0
    account_id: str = ACCOUNT
    region: str = REGION

    # what a catalog does
    def function(self, name_or_arn: str, qualifier: str | None = None) -> FunctionSpec:
        if not self.function_exists:
            raise KeyError(name_or_arn)
        return replace(SPEC, version=qualifier or "$LATEST")

    def has_bus(self, name_or_arn: str) -> bool:
        return False

    def rules(self, bus_name_or_arn: str) -> tuple[Any, ...]:
        return ()

    def get_stage(self, api_id: str, stage_name: str) -> StageSpec:
        if (api_id, stage_name) != (self.stage.api_id, self.stage.stage_name):
            raise KeyError(stage_name)
        return self.stage

    def may_invoke(self, function_arn: str, *, principal: str, source_arn: str) -> bool:
        self.asked.append((function_arn, principal, source_arn))
        return self.allowed

    # what the other data planes do
    def decide(self, **request: Any) -> Any:
        self.decisions.append(request)
        return SimpleNamespace(sampled=self.sampled, rule_name="Default")

    def denial(self, access_key: str, question: Any) -> str | None:
        if access_key != "MAYNOT":
            return None
        return f"{access_key} may not {question.action} {question.resource}"

    def clock(self) -> float:
        self.now_s += 0.0014
        return self.now_s

    async def run(self, invocation: Invocation) -> InvokeResult:
        self.invocations.append(invocation)
        return await self.invoke(invocation)

    def gateway(self) -> RestApis:
        catalog = SimpleNamespace(
            account_id=self.account_id,
            region=self.region,
            function=self.function,
            has_bus=self.has_bus,
            rules=self.rules,
            stage=self.get_stage,
            may_invoke=self.may_invoke,
        )
        gateway = RestApis(
            catalog=catalog,
            invoke=self.run,
            emit=self.segments.append,
            write_logs=lambda *line: self.lines.append(line),
            decide=self.decide,
            clock=self.clock,
            timeout_s=self.timeout_s,
        )
        gateway.guard(self.denial, self.role_may_invoke)
        return gateway

    def role_may_invoke(self, role_arn: str, function_arn: str) -> bool:
        return (role_arn, function_arn) in self.allowed_roles

    def handle(
        self, path: str = ADDRESS.path, *, api_id: str = "api1", stage: str = "prod", **changes: Any
    ) -> HttpResponse:
        async def handle_and_close() -> HttpResponse:
            gateway = self.gateway()
            address = StageAddress(api_id, stage, path)
            response = await gateway.handle(replace(REQUEST, **changes), address)
            await gateway.close()
            return response

        return asyncio.run(handle_and_close())


def world_with(method: MethodSpec, **changes: Any) -> World:
    """Make a world whose API has one method."""
    return World(stage=replace(STAGE, methods=(replace(method, **changes),)))


@pytest.fixture(scope="session")
def lab() -> SimpleNamespace:
    """Return `World` and what to put into one."""
    return SimpleNamespace(
        World=World,
        world_with=world_with,
        STAGE=STAGE,
        POST=POST,
        OPTIONS=OPTIONS,
        REQUEST=REQUEST,
        ADDRESS=ADDRESS,
        answering=answering,
        failing=failing,
    )
