"""A gateway with fakes of all that is around it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from tracing_lab.embedded.apigateway.gateway import (
    Gateway,
    GatewayRequest,
    GatewayResponse,
)
from tracing_lab.embedded.model import (
    FunctionSpec,
    Invocation,
    InvokeResult,
    MethodSpec,
    StageSpec,
)

ACCOUNT, REGION = "123456789012", "us-east-1"
ORDER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:order"
SPEC = FunctionSpec(
    name="order",
    arn=ORDER,
    runtime="python3.13",
    handler="app.handler",
    timeout_s=3,
    memory_mb=128,
    tracing_mode="Active",
    role_arn="arn:role",
    log_group="/aws/lambda/order",
    code_sha256="",
    code_zip=b"",
)
POST = MethodSpec("r1", "/orders/{customerId}", "POST", "AWS_PROXY", function_arn=ORDER)
OPTIONS = MethodSpec(
    "r1",
    "/orders/{customerId}",
    "OPTIONS",
    "MOCK",
    request_templates={"application/json": '{"statusCode": 204}'},
    mock_responses={
        "204": {"headers": {"Access-Control-Allow-Origin": "*"}, "templates": {}},
    },
)
STAGE = StageSpec(
    "api1", "orders-api", "prod", tracing=True, methods=(POST, OPTIONS), deployment_id="d1"
)
REQUEST = GatewayRequest(
    api_id="api1",
    stage_name="prod",
    method="POST",
    path="/orders/c-7",
    raw_query="dry=1",
    headers=[("User-Agent", "curl/8"), ("Host", "localhost:4566")],
    body=b'{"quantity": 1}',
    source_ip="203.0.113.9",
    host="localhost:4566",
)
Invoke = Callable[[Invocation], Awaitable[InvokeResult]]


def answering(payload: Any, **result: Any) -> Invoke:
    async def invoke(_invocation: Invocation) -> InvokeResult:
        return InvokeResult("invoke-id", json.dumps(payload).encode(), **result)

    return invoke


def failing(error: Exception) -> Invoke:
    async def invoke(_invocation: Invocation) -> InvokeResult:
        raise error

    return invoke


CREATED = answering({"statusCode": 201, "body": '{"ok": 1}'})


@dataclass
class World:
    """A gateway with all that is around it: set what should happen, look at what did."""

    stage: StageSpec = STAGE
    invoke: Invoke = CREATED
    sampled: bool = True
    allowed: bool = True
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

    def gateway(self) -> Gateway:
        catalog = SimpleNamespace(
            account_id=self.account_id,
            region=self.region,
            function=self.function,
            has_bus=self.has_bus,
            rules=self.rules,
            stage=self.get_stage,
            may_invoke=self.may_invoke,
        )
        gateway = Gateway(
            catalog=catalog,
            invoke=self.run,
            emit=self.segments.append,
            write_logs=lambda *line: self.lines.append(line),
            decide=self.decide,
            clock=self.clock,
            timeout_s=self.timeout_s,
        )
        gateway.guard(self.denial)
        return gateway

    def handle(self, request: GatewayRequest = REQUEST, **changes: Any) -> GatewayResponse:
        async def handle_and_close() -> GatewayResponse:
            gateway = self.gateway()
            response = await gateway.handle(replace(request, **changes))
            await gateway.close()
            return response

        return asyncio.run(handle_and_close())


def world_with(method: MethodSpec, **changes: Any) -> World:
    """Make a world whose API has one method."""
    return World(stage=replace(STAGE, methods=(replace(method, **changes),)))


@pytest.fixture(scope="session")
def lab() -> SimpleNamespace:
    """Give `World` and what to put into one."""
    return SimpleNamespace(
        World=World,
        world_with=world_with,
        STAGE=STAGE,
        POST=POST,
        OPTIONS=OPTIONS,
        REQUEST=REQUEST,
        answering=answering,
        failing=failing,
    )
