"""API Gateway data plane: requests to deployed stages of REST APIs."""

import base64
import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from tracing_lab.embedded.model import (
    Catalog,
    EmitSegment,
    InvokeFunction,
    StageSpec,
    WriteLogs,
)
from tracing_lab.embedded.protocol.identifiers import random_hex, random_uuid
from tracing_lab.embedded.protocol.trace_header import (
    HEADER_NAME,
    TraceHeader,
    new_entity_id,
    new_trace_id,
)

from .access_log import access_log_line, access_log_stream, context_variables
from .authorization import authorization_refusal
from .default_responses import failed, refused, with_headers
from .gateway_responses import reworded
from .json_schema import SchemaUnusableError
from .lambda_proxy import LambdaIntegration
from .mock import mock_response
from .model import (
    Exchange,
    Failure,
    GatewayRequest,
    GatewayResponse,
    Outcome,
    Refusal,
    Route,
    TraceContext,
)
from .quotas import QuotaBook
from .resource_policy import Denial, policy_refusal
from .routing import Routes
from .segments import ORIGIN, stage_arn, stage_segment
from .throttling import Limits, client_of
from .validation import invalidity

__all__ = ["Gateway", "GatewayRequest", "GatewayResponse"]

LOGGER = logging.getLogger(__name__)

MAX_BODY_BYTES = 10 * 1024 * 1024
INTEGRATION_TIMEOUT_S = 29.0

_REQUEST_ID_HEADER = "x-amzn-RequestId"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class SamplingDecision(Protocol):
    """What the sampling rules say about a request."""

    @property
    def sampled(self) -> bool:
        """Whether the request is traced."""

    @property
    def rule_name(self) -> str | None:
        """The rule that decided."""


class Decide(Protocol):
    """Applies the sampling rules."""

    def __call__(
        self,
        *,
        service_name: str,
        service_type: str,
        host: str,
        method: str,
        path: str,
        resource_arn: str,
        attributes: Mapping[str, str],
    ) -> SamplingDecision:
        """Decide about one request."""


ObserveRequest = Callable[[Exchange, Outcome, float], None]


class Gateway:
    """The REST APIs of a region.

    Parameters
    ----------
    catalog
        Gives stages and functions.
    invoke
        Runs a function and waits for its answer.
    emit
        Takes stage segments.
    write_logs
        Takes access log lines.
    decide
        Applies the sampling rules where the client left the decision open.
    clock
        Epoch seconds.
    timeout_s
        How long a function may take to answer a request.
    observe
        Told of every request when it is over, with its end in epoch seconds.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        invoke: InvokeFunction,
        emit: EmitSegment,
        write_logs: WriteLogs,
        decide: Decide,
        clock: Callable[[], float] = time.time,
        timeout_s: float = INTEGRATION_TIMEOUT_S,
        observe: ObserveRequest | None = None,
    ) -> None:
        self._catalog = catalog
        self._observe = observe
        self._denial: Denial = lambda _key, _question: None
        self._emit = emit
        self._write_logs = write_logs
        self._decide = decide
        self._clock = clock
        self.quotas = QuotaBook()
        self._limits = Limits(self.quotas)
        self._routes: dict[tuple[str, str], tuple[StageSpec, Routes]] = {}
        self._functions = LambdaIntegration(
            catalog=catalog, invoke=invoke, clock=clock, timeout_s=timeout_s
        )

    def guard(self, denial: Denial) -> None:
        """Have the policies of who has signed a request asked; until then they allow everything."""
        self._denial = denial

    async def handle(self, request: GatewayRequest) -> GatewayResponse:
        """Answer a request; every failure is an answer too."""
        started_s = self._clock()
        request = _cleaned(request)
        request_id, extended_id = _request_ids(request)
        try:
            stage = self._catalog.stage(request.api_id, request.stage_name)
        except KeyError:
            return _with_ids(failed(Failure.FORBIDDEN).response, request_id, extended_id)
        route = self._routes_of(stage).find(request.method, request.path)
        exchange = Exchange(
            request=request,
            stage=stage,
            route=route,
            trace=self._trace(request, stage),
            account_id=self._catalog.account_id,
            region=self._catalog.region,
            request_id=request_id,
            extended_request_id=extended_id,
            started_s=started_s,
            client=client_of(request, stage, route),
        )
        try:
            outcome = await self._answer(exchange)
        except Exception:
            LOGGER.exception("Request %s to %s broke", request_id, exchange.stage_path)
            outcome = failed(Failure.INTERNAL)
        outcome = self._reworded(exchange, outcome)
        self._record(exchange, outcome)
        return _with_ids(outcome.response, request_id, extended_id)

    async def close(self) -> None:
        """Stop waiting for functions whose clients have given up."""
        await self._functions.close()

    def _routes_of(self, stage: StageSpec) -> Routes:
        """Compile a stage's routes once; the catalog gives a new spec when something changed."""
        key = (stage.api_id, stage.stage_name)
        known = self._routes.get(key)
        if known is None or known[0] is not stage:
            known = (stage, Routes(stage.methods))
            self._routes[key] = known
        return known[1]

    def _trace(self, request: GatewayRequest, stage: StageSpec) -> TraceContext:
        """Continue the client's trace or begin one; the stage decides only where it traces."""
        text = request.header(HEADER_NAME)
        incoming = TraceHeader.parse(text)
        header = incoming or TraceHeader(new_trace_id(self._clock()))
        rule_name = None
        if stage.tracing and header.sampled is None:
            decision = self._sampling_decision(request, stage)
            header = header._replace(sampled=bool(decision.sampled))
            rule_name = decision.rule_name
        return TraceContext(
            header=header,
            segment_id=new_entity_id(),
            subsegment_id=new_entity_id(),
            emits=stage.tracing and header.sampled is True,
            rule_name=rule_name,
            incoming=text if incoming and incoming.parent else None,
        )

    def _sampling_decision(self, request: GatewayRequest, stage: StageSpec) -> SamplingDecision:
        return self._decide(
            service_name=f"{stage.api_name}/{stage.stage_name}",
            service_type=ORIGIN,
            host=request.host,
            method=request.method,
            path=f"/{stage.stage_name}{request.path}",
            resource_arn=stage_arn(self._catalog.region, stage.api_id, stage.stage_name),
            attributes=dict(request.headers),
        )

    async def _answer(self, exchange: Exchange) -> Outcome:
        route, request = exchange.route, exchange.request
        if len(request.body) > MAX_BODY_BYTES:
            return failed(Failure.TOO_LONG)
        if route is None:
            return failed(Failure.NO_ROUTE)
        refusal = self._refusal(exchange, route)
        if refusal is not None:
            return refused(refusal)
        if route.method.integration_type == "MOCK":
            response = mock_response(route.method, request.header("Content-Type"))
            return Outcome(response) if response else failed(Failure.INTERNAL)
        if route.method.integration_type == "AWS_PROXY" and route.method.function_arn:
            return await self._functions.call(exchange, route, route.method.function_arn)
        LOGGER.warning(
            "Integration %s of %s is not simulated; use AWS_PROXY with Lambda or MOCK",
            route.method.integration_type,
            route.method.resource_path,
        )
        return failed(Failure.INTERNAL)

    def _refusal(self, exchange: Exchange, route: Route) -> Refusal | None:
        denied = authorization_refusal(exchange.request, route) or policy_refusal(
            exchange, route, self._denial
        )
        if denied is not None:
            return denied
        failure = self._limits.refusal(exchange, route)
        if failure is not None:
            return Refusal(failure)
        try:
            return invalidity(exchange.request, route)
        except SchemaUnusableError as error:
            LOGGER.warning("Method %s: %s", route.method.name, error)
            return Refusal(Failure.INTERNAL)

    def _reworded(self, exchange: Exchange, outcome: Outcome) -> Outcome:
        """Apply the API's gateway responses."""
        if outcome.refusal is None or not exchange.stage.gateway_responses:
            return outcome
        context = context_variables(exchange, outcome, ended_s=self._clock())
        return reworded(outcome, exchange, context)

    def _record(self, exchange: Exchange, outcome: Outcome) -> None:
        ended_s = self._clock()
        if exchange.trace.emits:
            self._emit(stage_segment(exchange, outcome, ended_s=ended_s))
        if self._observe is not None:
            self._observe(exchange, outcome, ended_s)
        stage = exchange.stage
        if stage.access_log_group and stage.access_log_format:
            line = access_log_line(stage.access_log_format, exchange, outcome, ended_s=ended_s)
            event = (int(ended_s * 1000), line)
            self._write_logs(stage.access_log_group, access_log_stream(exchange), [event])


def _cleaned(request: GatewayRequest) -> GatewayRequest:
    """Replace bytes that are no text; servers hand them on as lone surrogates."""
    texts = (request.path, request.raw_query, request.host, *(v for _n, v in request.headers))
    if request.path and all(text.isascii() for text in texts):
        return request
    return replace(
        request,
        path=_clean(request.path) or "/",
        raw_query=_clean(request.raw_query),
        headers=tuple((name, _clean(value)) for name, value in request.headers),
        host=_clean(request.host),
    )


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _request_ids(request: GatewayRequest) -> tuple[str, str]:
    """Make request id and extended id; a client may choose the first if it is a UUID."""
    wanted = request.header(_REQUEST_ID_HEADER) or ""
    request_id = wanted if _UUID.fullmatch(wanted) else random_uuid()
    return request_id, base64.urlsafe_b64encode(bytes.fromhex(random_hex(22))).decode()


def _with_ids(response: GatewayResponse, request_id: str, extended_id: str) -> GatewayResponse:
    return with_headers(response, (_REQUEST_ID_HEADER, request_id), ("x-amz-apigw-id", extended_id))
