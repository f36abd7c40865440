"""Lambda integrations that are no proxies: templates make the event, and responses of the result.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-custom-integrations.html
"""

import json
from typing import NamedTuple

from tracing_lab.embedded.apigateway.calls import FunctionOutcome
from tracing_lab.embedded.apigateway.mapping.requests import IntegrationRequest, integration_request
from tracing_lab.embedded.apigateway.mapping.responses import client_response, selected
from tracing_lab.embedded.apigateway.mapping.sources import MappingSources, Message, sources_of
from tracing_lab.embedded.apigateway.model import Exchange, Failure, MethodRoute
from tracing_lab.embedded.http.messages import HttpResponse

from .function_calls import FunctionCaller, FunctionTarget, IntegrationError, error_message

_INVOCATION_TYPE = "X-Amz-Invocation-Type"
_ACCEPTED = 202


class _Result(NamedTuple):
    """The response of the Lambda service."""

    status: int
    body: bytes
    request_id: str = ""
    error: str | None = None  # the function's message; None if it succeeded


async def custom_outcome(
    caller: FunctionCaller,
    exchange: Exchange,
    route: MethodRoute,
    target: FunctionTarget,
    *,
    timeout_s: float,
) -> FunctionOutcome:
    """Call a function with a mapped event and return the response mapped from its result.

    Raises
    ------
    IntegrationError
        The call failed, or there is no integration response for the result.
    UnsupportedTypeError
        There is no template for the request.
    TemplateError
        A template cannot be evaluated.
    """
    sources = sources_of(exchange, route)
    request = integration_request(route.method.integration, sources)
    problem = _json_problem(request.body)
    if problem is not None:
        return _mapped(route, sources, request, problem)
    payload, header = request.body.strip() or b"{}", exchange.trace.for_function()
    if request.header(_INVOCATION_TYPE) == "Event":
        request_id = await caller.queue(target, payload, header)
        return _mapped(route, sources, request, _Result(_ACCEPTED, b"", request_id))
    result = await caller.result(target, payload, header, timeout_s=timeout_s)
    error = error_message(result.payload) or "" if result.function_error else None
    ended = _Result(200, result.payload, result.request_id, error)
    return _mapped(route, sources, request, ended)


def _mapped(
    route: MethodRoute, sources: MappingSources, request: IntegrationRequest, result: _Result
) -> FunctionOutcome:
    response = _response(route, sources, request, result)
    return FunctionOutcome(response, result.status, len(result.body), result.request_id)


def _response(
    route: MethodRoute, sources: MappingSources, request: IntegrationRequest, result: _Result
) -> HttpResponse:
    chosen = selected(route.method.integration.responses, result.error)
    headers = {"Content-Type": ["application/json"], "x-amzn-RequestId": [result.request_id]}
    message = Message(headers=headers, body=result.body)
    response = chosen and client_response(chosen, sources, message, request.response_override)
    if not response:
        problem = f"No integration response fits; Endpoint Response Status Code: {result.status}"
        raise IntegrationError(Failure.INTERNAL, status=result.status, problem=problem)
    return response


def _json_problem(body: bytes) -> _Result | None:
    """Return Lambda's response to an event that is no JSON; None if it is."""
    try:
        json.loads(body.strip() or b"{}")
    except (ValueError, RecursionError) as error:
        message = f"Could not parse request body into json: {error}"
        return _Result(400, json.dumps({"Type": "User", "message": message}).encode())
    return None
