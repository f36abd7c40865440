"""HTTP APIs and function URLs with fakes of all that is around them."""

import asyncio
import json
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from invocations import Invoke, answering
from specs import ACCOUNT, REGION, function_arn, function_spec

from tracing_lab.embedded.apigateway.http_apis.endpoints import HttpEndpoints, IntegrationRoles
from tracing_lab.embedded.apigateway.http_apis.exchange import HttpExchange, HttpOutcome
from tracing_lab.embedded.apigateway.http_apis.routing import HttpRoutes
from tracing_lab.embedded.apigateway.http_apis.signers import Signers
from tracing_lab.embedded.apigateway.http_apis.specs import (
    FunctionUrlSpec,
    HttpApiSpec,
    HttpIntegrationSpec,
    HttpStageSpec,
    RouteSpec,
)
from tracing_lab.embedded.apigateway.integrations.service_integration import RoleError
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.model import FunctionSpec, Invocation, InvokeResult
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.xray_model.trace_header import TraceHeader

ORDER = function_arn("order")
INTEGRATION = HttpIntegrationSpec(ORDER)
ROUTE = RouteSpec("GET /orders/{id}", INTEGRATION)
STAGE = HttpStageSpec("$default", "d1", (ROUTE,))
API = HttpApiSpec("a1", "shop", {"$default": STAGE})
URL = FunctionUrlSpec("u1", ORDER)
ROOT = "1-6b042ac0-a006649127e371903a2de979"
NOW_S = 1_795_435_200.0
SIGNED = ("Authorization", "AWS4-HMAC-SHA256 Credential={}/20261123/us-east-1/{}/aws4_request, a")
PUBLIC: dict[str, Any] = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"],
            "Resource": "*",
        }
    ]
}


EMPTY = HttpResponse(200, (("Content-Type", "x"),), b"{}")
MADE = answering({"statusCode": 201, "body": "made"})


def signed(key: str = "mine", service: str = "execute-api") -> tuple[str, str]:
    return SIGNED[0], SIGNED[1].format(key, service)


def api_with(*routes: RouteSpec, **changes: Any) -> HttpApiSpec:
    """Return an API whose default stage has routes."""
    return replace(API, stages={"$default": replace(STAGE, routes=routes)}, **changes)


def exchange_of(request: HttpRequest, path: str, stage: HttpStageSpec = STAGE) -> HttpExchange:
    """Return a request to a stage, with its route."""
    return HttpExchange(
        request=request,
        api=API,
        stage=stage,
        path=path,
        route=HttpRoutes(stage.routes).find(request.method, path),
        account_id=ACCOUNT,
        region=REGION,
        request_id="r=",
        trace=TraceHeader(ROOT),
        trace_text=f"Root={ROOT}",
        started_s=NOW_S,
    )


@dataclass
class HttpWorld:
    """Endpoints with all that is around them: set what should happen, look at what did."""

    api: HttpApiSpec = API
    url: FunctionUrlSpec = URL
    invoke: Invoke = MADE
    policy: Mapping[str, Any] = field(default_factory=lambda: PUBLIC)
    allowed: bool = True
    allowed_roles: frozenset[tuple[str, str]] = frozenset()
    missing: frozenset[str] = frozenset()  # names of functions that do not exist
    invocations: list[Invocation] = field(default_factory=list)
    lines: list[tuple[str, str, list[tuple[int, str]]]] = field(default_factory=list)
    observed: list[HttpOutcome] = field(default_factory=list)
    calls: list[tuple[ApiCall, str]] = field(default_factory=list)
    answer: HttpResponse = EMPTY
    counted: list[tuple[str, int]] = field(default_factory=list)
    evaluated: list[tuple[str, str, str]] = field(default_factory=list)
    now_s: float = NOW_S
    account_id: str = ACCOUNT
    region: str = REGION

    def __post_init__(self) -> None:
        self.endpoints = HttpEndpoints(
            catalog=self,
            invoke=self.run,
            roles=IntegrationRoles(
                lambda role, arn: (role, arn) in self.allowed_roles, self.call_service
            ),
            signers=Signers(ACCOUNT, self.denial, lambda key: f"arn:of:{key}"),
            write_logs=lambda *line: self.lines.append(line),
            observe_api=lambda _exchange, outcome, _ended_s: self.observed.append(outcome),
            observe_url=lambda name, status, _seconds: self.counted.append((name, status)),
            clock=lambda: self.now_s,
        )

    # what a catalog does
    def function(self, name_or_arn: str, qualifier: str | None = None) -> FunctionSpec:
        name = name_or_arn.rpartition(":")[2]
        if name in self.missing:
            raise KeyError(name_or_arn)
        return function_spec(name, qualifier=qualifier)

    def may_invoke(self, function_arn: str, *, principal: str, source_arn: str) -> bool:
        self.evaluated.append((function_arn, principal, source_arn))
        return self.allowed

    def http_api(self, api_id: str) -> HttpApiSpec:
        return {self.api.id: self.api}[api_id]

    def function_url(self, url_id: str) -> FunctionUrlSpec:
        return {self.url.id: self.url}[url_id]

    def function_policy(self, function_arn: str) -> Mapping[str, Any]:
        return self.policy

    # what the other data planes do
    def denial(self, access_key: str, authorization: Any) -> str | None:
        if access_key != "MAYNOT":
            return None
        return f"{access_key} may not {authorization.action} {authorization.resource}"

    async def call_service(self, call: ApiCall, role_arn: str) -> HttpResponse:
        self.calls.append((call, role_arn))
        if not role_arn.endswith("/good"):
            raise RoleError(role_arn)
        return self.answer

    async def run(self, invocation: Invocation) -> InvokeResult:
        self.invocations.append(invocation)
        return await self.invoke(invocation)

    # what a client does
    def send(
        self, path: str, *headers: tuple[str, str], method: str = "GET", body: bytes = b""
    ) -> HttpResponse:
        """Send a request to the API."""
        path, _, query = path.partition("?")
        request = HttpRequest(method, path, query, (("Host", "h"), *headers), body)
        return self._served(self.endpoints.call_api(request, "a1", path))

    def send_to_url(
        self, path: str, *headers: tuple[str, str], method: str = "GET", body: bytes = b""
    ) -> HttpResponse:
        """Send a request to the function URL."""
        request = HttpRequest(method, path, "", (("Host", "h"), *headers), body)
        return self._served(self.endpoints.call_url(request, "u1", path))

    def _served(self, serving: Awaitable[HttpResponse]) -> HttpResponse:
        async def run() -> HttpResponse:
            try:
                return await serving
            finally:
                await self.endpoints.close()

        return asyncio.run(run())

    def event(self, at: int = -1) -> Any:
        """Return an event that a function received."""
        return json.loads(self.invocations[at].payload)
