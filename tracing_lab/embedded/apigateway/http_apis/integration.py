"""Lambda integrations of HTTP APIs: calls a route's function and converts its result."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass

from tracing_lab.embedded.apigateway.calls import BackendCall
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.model import InvokeResult
from tracing_lab.embedded.protocol.function_results import MalformedResponseError

from .calls import GatewayCalls, Target
from .events import Authorized, event_2_0
from .events_1_0 import event_1_0
from .exchange import (
    INTERNAL,
    HttpExchange,
    HttpOutcome,
    HttpProblem,
    HttpProblemError,
)
from .responses import JSON_TYPE, TEXT_TYPE, response_1_0, response_2_0
from .specs import HttpIntegrationSpec

_LOGGER = logging.getLogger(__name__)

_OLD_FORMAT = "1.0"
_OK = 200


@dataclass(frozen=True)
class Integrations:
    """Calls the functions of routes.

    Parameters
    ----------
    calls
        Calls functions.
    clock
        Epoch seconds.
    """

    calls: GatewayCalls
    clock: Callable[[], float]

    async def outcome(
        self, exchange: HttpExchange, integration: HttpIntegrationSpec, authorized: Authorized
    ) -> HttpOutcome:
        """Return the response of a route's function, or that to a failed call."""
        started_s = self.clock()
        try:
            result = await self._result(exchange, integration, authorized)
            response = _response(result, integration)
        except HttpProblemError as error:
            _LOGGER.warning("%s of API %s: %s", exchange.route_key, exchange.api.id, error)
            call = BackendCall(started_s, self.clock(), error.status or _OK, problem=str(error))
            return HttpOutcome(problem_response(error.problem), error.problem, call)
        call = BackendCall(
            started_s, self.clock(), response.status, result.request_id, service_status=_OK
        )
        return HttpOutcome(response, call=call)

    async def _result(
        self, exchange: HttpExchange, integration: HttpIntegrationSpec, authorized: Authorized
    ) -> InvokeResult:
        target = Target(
            integration.function_arn,
            exchange.stage.variables,
            exchange.source_arn,
            integration.credentials_arn,
            integration.timeout_s,
        )
        event = _event(exchange, integration, authorized)
        return await self.calls.result(target, event, exchange.trace)


def problem_response(problem: HttpProblem) -> HttpResponse:
    """Return a response of API Gateway itself.

    Examples
    --------
    >>> problem_response(INTERNAL).body
    b'{"message":"Internal Server Error"}'
    """
    body = json.dumps({"message": problem.message}, separators=(",", ":")).encode()
    return HttpResponse(problem.status, (("Content-Type", JSON_TYPE),), body)


def _event(
    exchange: HttpExchange, integration: HttpIntegrationSpec, authorized: Authorized
) -> dict[str, object]:
    if integration.payload_format == _OLD_FORMAT:
        return event_1_0(exchange, authorized)
    return event_2_0(exchange, authorized)


def _response(result: InvokeResult, integration: HttpIntegrationSpec) -> HttpResponse:
    try:
        if integration.payload_format == _OLD_FORMAT:
            return response_1_0(result.payload)
        return response_2_0(result.payload, default_type=TEXT_TYPE)
    except MalformedResponseError as error:
        detail = f"The function's response cannot be sent: {error}"
        raise HttpProblemError(INTERNAL, detail, status=200) from error
