"""The data plane of HTTP APIs: requests to deployed stages.

HTTP APIs send no segments: a trace begins at the function, unless the client's header says where.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
"""

import base64
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from tracing_lab.embedded.apigateway.access_log import fill_format
from tracing_lab.embedded.apigateway.admission.token_buckets import TokenBuckets
from tracing_lab.embedded.apigateway.default_responses import with_headers
from tracing_lab.embedded.apigateway.integrations.service_integration import CallService
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.model import WriteLogs
from tracing_lab.xray_model.trace_header import HEADER_NAME, TraceHeader
from tracing_lab.xray_model.trace_ids import new_trace_id, random_hex

from .authorizers import Authorizers
from .calls import GatewayCalls
from .context_variables import outcome_variables
from .cors import is_preflight, preflight_response, with_cors
from .exchange import (
    FORBIDDEN,
    INTERNAL,
    NOT_FOUND,
    THROTTLED,
    TOO_LARGE,
    HttpExchange,
    HttpOutcome,
    HttpProblemError,
)
from .integration import Integrations, problem_response
from .routing import HttpRoutes, RouteMatch, stage_of
from .services import ServiceIntegrations
from .signers import Signers
from .specs import HttpCatalog, HttpIntegrationSpec, HttpStageSpec, RouteSpec

_LOGGER = logging.getLogger(__name__)

MAX_BODY_BYTES = 10 * 1024 * 1024
"""Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""

_REQUEST_ID = "apigw-requestid"
_PREFLIGHT_STATUS = 204

ObserveHttp = Callable[[HttpExchange, HttpOutcome, float], None]
"""Called for every finished request, with its end in epoch seconds."""


class _Caller(NamedTuple):
    """The authorized caller of a route, by a kind of authorization."""

    kind: str  # "iam" or "lambda"
    members: Mapping[str, Any]

    def shown(self, route: RouteSpec) -> Mapping[str, Any]:
        """Return ``requestContext.authorizer``: format 1.0 has the members without the kind."""
        integration = route.integration
        if integration is not None and integration.payload_format == "1.0":
            return self.members
        return {self.kind: self.members}


class HttpApis:
    """The HTTP APIs of a region.

    Parameters
    ----------
    catalog
        Has APIs and functions.
    calls
        Calls functions.
    call_service
        Calls other services with a role.
    signers
        Evaluates the policies of the signers of requests.
    write_logs
        Writes access log lines.
    observe
        Called for every finished request.
    clock
        Epoch seconds.
    """

    def __init__(
        self,
        *,
        catalog: HttpCatalog,
        calls: GatewayCalls,
        call_service: CallService,
        signers: Signers,
        write_logs: WriteLogs,
        observe: ObserveHttp,
        clock: Callable[[], float],
    ) -> None:
        self._catalog = catalog
        self._signers = signers
        self._write_logs = write_logs
        self._observe = observe
        self._clock = clock
        self._integrations = Integrations(calls, clock)
        self._services = ServiceIntegrations(call_service, clock)
        self._authorizers = Authorizers(calls, clock)
        self._buckets = TokenBuckets()
        self._routes: dict[tuple[str, str], tuple[HttpStageSpec, HttpRoutes]] = {}

    async def handle(self, request: HttpRequest, api_id: str, path: str) -> HttpResponse:
        """Return the response to a request for an API; every failure is a response, too."""
        request_id = base64.b64encode(bytes.fromhex(random_hex(22))).decode()
        exchange = self._exchange(request, api_id, path, request_id)
        if exchange is None:
            return with_headers(problem_response(NOT_FOUND), (_REQUEST_ID, request_id))
        try:
            exchange, outcome = await self._outcome(exchange)
        except HttpProblemError as error:
            _LOGGER.info("Request %s to API %s: %s", request_id, api_id, error)
            outcome = HttpOutcome(problem_response(error.problem), error.problem)
        except Exception:
            _LOGGER.exception("Request %s to API %s failed", request_id, api_id)
            outcome = HttpOutcome(problem_response(INTERNAL), INTERNAL)
        self._record(exchange, outcome)
        response = outcome.response
        if not is_preflight(request):
            response = with_cors(request, response, exchange.api.cors)
        return with_headers(response, (_REQUEST_ID, request_id))

    def _exchange(
        self, request: HttpRequest, api_id: str, path: str, request_id: str
    ) -> HttpExchange | None:
        """Return a request with its stage and route; None if there is no such stage."""
        started_s = self._clock()
        api = self._catalog.http_api(api_id)
        stage, inner = stage_of(api, path)
        if stage is None or api.disabled:
            return None
        text = request.header(HEADER_NAME)
        incoming = TraceHeader.parse(text)
        trace = incoming or TraceHeader(new_trace_id(started_s))
        return HttpExchange(
            request=request,
            api=api,
            stage=stage,
            path=inner,
            route=self._routes_of(api_id, stage).find(request.method, inner),
            account_id=self._catalog.account_id,
            region=self._catalog.region,
            request_id=request_id,
            trace=trace,
            trace_text=text if incoming and text else trace.format(),
            started_s=started_s,
        )

    def _routes_of(self, api_id: str, stage: HttpStageSpec) -> HttpRoutes:
        """Return a stage's routes, compiled once per spec."""
        key = (api_id, stage.name)
        known = self._routes.get(key)
        if known is None or known[0] is not stage:
            known = self._routes[key] = (stage, HttpRoutes(stage.routes))
        return known[1]

    async def _outcome(self, exchange: HttpExchange) -> tuple[HttpExchange, HttpOutcome]:
        """Return how a request ended, and the exchange with its caller.

        A preflight request is responded to without a function, but a route that matches it
        authorizes it first.
        """
        route, cors = exchange.route, exchange.api.cors
        preflight = cors is not None and is_preflight(exchange.request)
        if len(exchange.request.body) > MAX_BODY_BYTES:
            raise HttpProblemError(TOO_LARGE)
        caller = None if route is None else await self._admitted(exchange, route)
        if cors is not None and preflight:
            response = preflight_response(exchange.request, cors, status=_PREFLIGHT_STATUS)
            return exchange, HttpOutcome(response)
        if route is None:
            raise HttpProblemError(NOT_FOUND)
        if route.spec.integration is None:
            raise HttpProblemError(INTERNAL, "The route has no integration")
        if caller is not None:
            exchange = replace(exchange, authorizer=caller.members)
        outcome = await self._integrated(exchange, route.spec, route.spec.integration, caller)
        return exchange, outcome

    async def _integrated(
        self,
        exchange: HttpExchange,
        route: RouteSpec,
        integration: HttpIntegrationSpec,
        caller: _Caller | None,
    ) -> HttpOutcome:
        if integration.subtype:
            return await self._services.outcome(exchange, integration)
        shown = None if caller is None else caller.shown(route)
        return await self._integrations.outcome(exchange, integration, shown)

    async def _admitted(self, exchange: HttpExchange, route: RouteMatch) -> _Caller | None:
        """Return the caller; None if the route has no authorization.

        Raises
        ------
        HttpProblemError
            The request is not authorized, or over a limit.
        """
        self._throttle(exchange, route.spec)
        if route.spec.authorization == "AWS_IAM":
            return self._signed(exchange, route.spec)
        if route.spec.authorizer is None:
            if route.spec.authorization == "NONE":
                return None
            raise HttpProblemError(INTERNAL, "The route's authorizer does not exist")
        context = await self._authorizers.authorize(exchange, route.spec.authorizer)
        return _Caller("lambda", context)

    def _throttle(self, exchange: HttpExchange, route: RouteSpec) -> None:
        limits = exchange.stage.settings_of(route).throttle
        key = (exchange.api.id, exchange.stage.name, route.key)
        if limits and not self._buckets.take(key, limits, now_s=exchange.started_s):
            raise HttpProblemError(THROTTLED)

    def _signed(self, exchange: HttpExchange, route: RouteSpec) -> _Caller:
        reason = self._signers.problem(exchange.request, exchange.authorization)
        if reason is not None:
            _LOGGER.info("%s of API %s: %s", route.key, exchange.api.id, reason)
            raise HttpProblemError(FORBIDDEN)
        return _Caller("iam", self._signers.shown(exchange.request))

    def _record(self, exchange: HttpExchange, outcome: HttpOutcome) -> None:
        ended_s = self._clock()
        self._observe(exchange, outcome, ended_s)
        stage = exchange.stage
        if stage.access_log_group and stage.access_log_format:
            variables = outcome_variables(exchange, outcome, ended_s=ended_s)
            line = fill_format(stage.access_log_format, variables)
            stream = f"{exchange.api.id}-{stage.name.strip('$')}"
            self._write_logs(stage.access_log_group, stream, [(int(ended_s * 1000), line)])
