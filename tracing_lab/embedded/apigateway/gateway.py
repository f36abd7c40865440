"""API Gateway data plane: requests to deployed stages of REST APIs."""

import base64
import logging
import re
import time
from collections.abc import Callable
from dataclasses import replace

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.model import (
    AcceptEvent,
    Catalog,
    EmitSegment,
    InvokeFunction,
    StageSpec,
    WriteLogs,
)
from tracing_lab.embedded.protocol.identifiers import random_uuid
from tracing_lab.xray_model.trace_ids import random_hex

from .access_log import access_log_line, access_log_stream, context_variables
from .admission.authorization import CUSTOM, authorization_rejection
from .admission.json_schema import SchemaUnusableError
from .admission.quotas import QuotaCounts
from .admission.resource_policy import Denial, policy_rejection
from .admission.throttling import Limits, client_of
from .admission.validation import validation_rejection
from .authorizers.authorizing import Authorization, LambdaAuthorizers
from .default_responses import failed, rejected, with_headers
from .gateway_responses import reworded
from .integrations.function_calls import FunctionCaller, RoleMayInvoke
from .integrations.lambda_integration import PROXY, LambdaIntegration
from .integrations.mock import mock_response
from .integrations.service_integration import CallService, ServiceIntegration
from .mapping.sources import sources_of
from .model import (
    Exchange,
    Failure,
    GatewayRejection,
    MethodRoute,
    StageAddress,
    StageResponse,
)
from .routing import Routes
from .segments import stage_segment
from .trace_decisions import Decide, StageTracing
from .velocity.errors import TemplateError

LOGGER = logging.getLogger(__name__)

MAX_BODY_BYTES = 10 * 1024 * 1024
INTEGRATION_TIMEOUT_S = 29.0

_REQUEST_ID_HEADER = "x-amzn-RequestId"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


ObserveRequest = Callable[[Exchange, StageResponse, float], None]


class RestApis:
    """The REST APIs of a region.

    Parameters
    ----------
    catalog
        Has stages and functions.
    invoke
        Runs a function and waits for its response.
    emit
        Sends stage segments.
    write_logs
        Writes access log lines.
    decide
        Applies the sampling rules to requests without a decision.
    clock
        Epoch seconds.
    timeout_s
        Longest time for a function's response.
    observe
        Called for every finished request, with its end in epoch seconds.
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
        self._tracing = StageTracing(decide, clock, region=catalog.region)
        self._clock = clock
        self.quotas = QuotaCounts()
        self._limits = Limits(self.quotas)
        self._routes: dict[tuple[str, str], tuple[StageSpec, Routes]] = {}
        self._caller = FunctionCaller(catalog=catalog, invoke=invoke)
        self._functions = LambdaIntegration(self._caller, clock=clock, timeout_s=timeout_s)
        self._services = ServiceIntegration(clock=clock, timeout_s=timeout_s)
        self._authorizers = LambdaAuthorizers(self._caller, clock=clock)
        self.flush_authorizers = self._authorizers.flush

    def guard(self, denial: Denial, role_may_invoke: RoleMayInvoke) -> None:
        """Set how policies are evaluated.

        Parameters
        ----------
        denial
            Evaluates those of the signers of requests; by default they allow all.
        role_may_invoke
            Evaluates those of integrations' roles; by default they allow nothing.
        """
        self._denial = denial
        self._caller.role_may_invoke = role_may_invoke

    def connect(self, accept: AcceptEvent, call_service: CallService) -> None:
        """Set what integrations call besides functions that they wait for; by default nothing.

        Parameters
        ----------
        accept
            Queues an event for a function.
        call_service
            Calls a service other than Lambda.
        """
        self._caller.accept = accept
        self._services.call_service = call_service

    async def handle(self, request: HttpRequest, address: StageAddress) -> HttpResponse:
        """Return the response to a request for a stage; every failure is a response, too."""
        started_s = self._clock()
        request_id, extended_id = _request_ids(request)
        try:
            stage = self._catalog.stage(address.api_id, address.stage_name)
        except KeyError:
            return _with_ids(failed(Failure.FORBIDDEN).response, request_id, extended_id)
        route = self._routes_of(stage).find(request.method, address.path)
        exchange = Exchange(
            request=request,
            path=address.path,
            stage=stage,
            route=route,
            trace=self._tracing.context(request, stage, address.path),
            account_id=self._catalog.account_id,
            region=self._catalog.region,
            request_id=request_id,
            extended_request_id=extended_id,
            started_s=started_s,
            client=client_of(request, stage, route),
        )
        exchange, outcome = await self._outcome(exchange)
        self._record(exchange, outcome)
        return _with_ids(outcome.response, request_id, extended_id)

    async def _outcome(self, exchange: Exchange) -> tuple[Exchange, StageResponse]:
        """Return how a request ended, and the exchange with what its authorizer found."""
        call = None
        try:
            authorization = await self._authorization(exchange)
            call = authorization.call
            exchange = _with_caller(exchange, authorization)
            outcome = await self._answer(exchange, authorization)
        except Exception:
            LOGGER.exception("Request %s to %s failed", exchange.request_id, exchange.stage_path)
            outcome = failed(Failure.INTERNAL)
        return exchange, self._reworded(exchange, replace(outcome, authorizer_call=call))

    async def _authorization(self, exchange: Exchange) -> Authorization:
        route = exchange.route
        is_short = len(exchange.request.body) <= MAX_BODY_BYTES
        if route is None or route.method.authorization != CUSTOM or not is_short:
            return Authorization()
        return await self._authorizers.authorize(exchange, route)

    async def close(self) -> None:
        """Cancel waiting for functions whose clients have disconnected or timed out."""
        await self._caller.close()

    def _routes_of(self, stage: StageSpec) -> Routes:
        """Return a stage's routes, compiled once per spec."""
        key = (stage.api_id, stage.stage_name)
        known = self._routes.get(key)
        if known is None or known[0] is not stage:
            known = (stage, Routes(stage.methods))
            self._routes[key] = known
        return known[1]

    async def _answer(self, exchange: Exchange, authorization: Authorization) -> StageResponse:
        route, request = exchange.route, exchange.request
        if len(request.body) > MAX_BODY_BYTES:
            return failed(Failure.TOO_LONG)
        if route is None:
            return failed(Failure.NO_ROUTE)
        rejection = authorization.rejection or self._rejection(exchange, route)
        return rejected(rejection) if rejection else await self._integrated(exchange, route)

    async def _integrated(self, exchange: Exchange, route: MethodRoute) -> StageResponse:
        """Return the response of a method's integration."""
        method, kind = route.method, route.method.integration_type
        if kind == "MOCK":
            return _mocked(exchange, route)
        if kind in (PROXY, "AWS") and method.function_arn:
            return await self._functions.call(exchange, route, method.function_arn)
        if kind == "AWS":
            return await self._services.call(exchange, route)
        LOGGER.warning(
            "Integration %s of %s is not simulated; use AWS_PROXY with Lambda, AWS or MOCK",
            method.integration_type,
            method.resource_path,
        )
        return failed(Failure.INTERNAL)

    def _rejection(self, exchange: Exchange, route: MethodRoute) -> GatewayRejection | None:
        denied = authorization_rejection(exchange.request, route)
        if denied is None and exchange.authorized is None:  # authorizers evaluate it themselves
            denied = policy_rejection(exchange, route, self._denial)
        if denied is not None:
            return denied
        failure = self._limits.failure(exchange, route)
        if failure is not None:
            return GatewayRejection(failure)
        try:
            return validation_rejection(exchange.request, route)
        except SchemaUnusableError as error:
            LOGGER.warning("Method %s: %s", route.method.name, error)
            return GatewayRejection(Failure.INTERNAL)

    def _reworded(self, exchange: Exchange, outcome: StageResponse) -> StageResponse:
        """Apply the API's gateway responses."""
        if outcome.rejection is None or not exchange.stage.gateway_responses:
            return outcome
        context = context_variables(exchange, outcome, ended_s=self._clock())
        return reworded(outcome, exchange, context)

    def _record(self, exchange: Exchange, outcome: StageResponse) -> None:
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


def _with_caller(exchange: Exchange, authorization: Authorization) -> Exchange:
    """Return the exchange with the caller that its authorizer knows, and with its API key."""
    authorized = authorization.authorized
    if authorized is None:
        return exchange
    client = client_of(exchange.request, exchange.stage, exchange.route, authorized.usage_key)
    return replace(exchange, authorized=authorized, client=client)


def _mocked(exchange: Exchange, route: MethodRoute) -> StageResponse:
    try:
        response = mock_response(route.method.integration, sources_of(exchange, route))
    except TemplateError as error:
        LOGGER.warning("Method %s: mapping template: %s", route.method.name, error)
        return failed(Failure.INTERNAL)
    return StageResponse(response) if response else failed(Failure.INTERNAL)


def _request_ids(request: HttpRequest) -> tuple[str, str]:
    """Return request id and extended id; a client may set the first if it is a UUID."""
    wanted = request.header(_REQUEST_ID_HEADER) or ""
    request_id = wanted if _UUID.fullmatch(wanted) else random_uuid()
    return request_id, base64.urlsafe_b64encode(bytes.fromhex(random_hex(22))).decode()


def _with_ids(response: HttpResponse, request_id: str, extended_id: str) -> HttpResponse:
    return with_headers(response, (_REQUEST_ID_HEADER, request_id), ("x-amz-apigw-id", extended_id))
