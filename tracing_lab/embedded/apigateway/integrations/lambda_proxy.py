"""Lambda proxy integrations: convert a request into a function's event and back its result."""

import orjson

from tracing_lab.embedded.apigateway.calls import FunctionOutcome
from tracing_lab.embedded.apigateway.media_types import is_binary
from tracing_lab.embedded.apigateway.model import Exchange, Failure, MethodRoute
from tracing_lab.embedded.apigateway.proxy_events import proxy_event, response_from_result
from tracing_lab.embedded.model import InvokeResult
from tracing_lab.embedded.protocol.function_results import MalformedResponseError

from .function_calls import FunctionCaller, FunctionTarget, IntegrationError


async def proxy_outcome(
    caller: FunctionCaller,
    exchange: Exchange,
    route: MethodRoute,
    target: FunctionTarget,
    *,
    timeout_s: float,
) -> FunctionOutcome:
    """Call a function with the proxy's event and return the response that its result is.

    Raises
    ------
    IntegrationError
        The call failed, or the result is not that of a proxy.
    """
    payload, header = orjson.dumps(proxy_event(exchange, route)), exchange.trace.for_function()
    result = await caller.result(target, payload, header, timeout_s=timeout_s)
    if result.function_error:
        problem = f"The function failed: {result.function_error}"
        raise IntegrationError(Failure.BAD_ANSWER, problem=problem)
    return _converted(exchange, result)


def _converted(exchange: Exchange, result: InvokeResult) -> FunctionOutcome:
    binary = is_binary(exchange.stage.binary_media_types, exchange.request.header("Accept"))
    try:
        response = response_from_result(result.payload, binary=binary)
    except MalformedResponseError as error:
        problem = f"Malformed Lambda proxy response: {error}"
        raise IntegrationError(Failure.BAD_ANSWER, problem=problem) from error
    return FunctionOutcome(response, response.status, len(response.body), result.request_id)
