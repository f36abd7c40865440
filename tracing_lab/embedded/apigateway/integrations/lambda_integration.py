"""Lambda integrations of methods, with or without a proxy."""

import logging
from collections.abc import Callable
from dataclasses import replace

from tracing_lab.embedded.apigateway.calls import FunctionCall, FunctionOutcome
from tracing_lab.embedded.apigateway.default_responses import failed, with_headers
from tracing_lab.embedded.apigateway.mapping.requests import UnsupportedTypeError
from tracing_lab.embedded.apigateway.model import Exchange, Failure, MethodRoute, StageResponse
from tracing_lab.embedded.apigateway.velocity.errors import TemplateError
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.xray_model.trace_header import HEADER_NAME

from .function_calls import (
    FunctionCaller,
    FunctionTarget,
    IntegrationError,
    method_arn,
    target_of,
    with_stage_variables,
)
from .lambda_custom import custom_outcome
from .lambda_proxy import proxy_outcome

LOGGER = logging.getLogger(__name__)

PROXY = "AWS_PROXY"

_INVOKE_METHOD = "POST"
_OK, _FORBIDDEN = 200, 403


class LambdaIntegration:
    """Calls functions for the methods of REST APIs.

    Parameters
    ----------
    caller
        Calls functions.
    clock
        Epoch seconds.
    timeout_s
        Longest time for a function's response, if the integration has none of its own.
    """

    def __init__(
        self, caller: FunctionCaller, *, clock: Callable[[], float], timeout_s: float
    ) -> None:
        self._caller = caller
        self._clock = clock
        self._timeout_s = timeout_s

    async def call(self, exchange: Exchange, route: MethodRoute, arn: str) -> StageResponse:
        """Call the function of a method and return the response, also for failures."""
        arn = with_stage_variables(arn, exchange.stage.variables)
        try:
            target = target_of(arn, route.method.credentials_arn, method_arn(exchange))
        except ValueError:
            LOGGER.warning("Method %s calls no function: %r", route.method.resource_path, arn)
            return failed(Failure.INTERNAL)
        started_s = self._clock()
        try:
            outcome = await self._outcome(exchange, route, target)
        except UnsupportedTypeError:
            return failed(Failure.UNSUPPORTED_TYPE)
        except TemplateError as error:
            LOGGER.warning("Method %s: mapping template: %s", route.method.name, error)
            return failed(Failure.INTERNAL)
        except IntegrationError as error:
            LOGGER.info("%s: %s", arn, error)
            call = FunctionCall(
                started_s,
                self._clock(),
                error.status,
                problem=str(error),
                function=target.function,
            )
            rejected = failed(error.failure)
            return replace(rejected, response=traced(rejected.response, exchange), call=call)
        call = FunctionCall(
            started_s,
            self._clock(),
            outcome.status,
            outcome.request_id or None,
            service_status=_OK if outcome.request_id else None,
            function=target.function,
            content_length=outcome.content_length,
        )
        return StageResponse(traced(outcome.response, exchange), call=call)

    async def _outcome(
        self, exchange: Exchange, route: MethodRoute, target: FunctionTarget
    ) -> FunctionOutcome:
        method = route.method
        if method.integration_method != _INVOKE_METHOD:
            problem = f"Lambda's Invoke is a POST, not a {method.integration_method}"
            raise IntegrationError(Failure.INTERNAL, status=_FORBIDDEN, problem=problem)
        outcome_of = proxy_outcome if method.integration_type == PROXY else custom_outcome
        timeout_s = method.timeout_s or self._timeout_s
        return await outcome_of(self._caller, exchange, route, target, timeout_s=timeout_s)


def traced(response: HttpResponse, exchange: Exchange) -> HttpResponse:
    """Return a response with the trace id, as on AWS if a backend was called."""
    text = exchange.trace.header.with_parent(None).format()
    return with_headers(response, (HEADER_NAME, text))
