"""Lambda proxy integrations: from a request at a stage to a function and back."""

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import replace

import orjson

from tracing_lab.embedded.model import (
    MAX_INVOKE_BYTES,
    Catalog,
    Invocation,
    InvokeFunction,
    InvokeResult,
    Throttled,
)
from tracing_lab.embedded.protocol.lambda_arn import FunctionArn, parse_function_arn
from tracing_lab.embedded.protocol.trace_header import HEADER_NAME

from .default_responses import failed, with_headers
from .media_types import is_binary
from .model import Exchange, Failure, FunctionCall, GatewayResponse, Outcome, Route
from .proxy_events import MalformedAnswerError, proxy_event, response_from_answer

LOGGER = logging.getLogger(__name__)

PRINCIPAL = "apigateway.amazonaws.com"

_TOO_MANY_REQUESTS = 429
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")


class _IntegrationError(Exception):
    """The call of the function gave no answer for the client."""

    def __init__(self, failure: Failure, *, status: int | None = None, problem: str) -> None:
        super().__init__(problem)
        self.failure = failure
        self.status = status or failure.status  # what the Lambda service answered


class LambdaIntegration:
    """Calls functions for the REST APIs of a region.

    Parameters
    ----------
    catalog
        Gives functions and their policies.
    invoke
        Runs a function and waits for its answer.
    clock
        Epoch seconds.
    timeout_s
        How long a function may take.
    """

    def __init__(
        self,
        *,
        catalog: Catalog,
        invoke: InvokeFunction,
        clock: Callable[[], float],
        timeout_s: float,
    ) -> None:
        self._catalog = catalog
        self._invoke = invoke
        self._clock = clock
        self._timeout_s = timeout_s
        self._running: set[asyncio.Future[InvokeResult]] = set()

    async def close(self) -> None:
        """Stop waiting for functions whose clients have given up."""
        running = tuple(self._running)
        for call in running:
            call.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def call(self, exchange: Exchange, route: Route, arn: str) -> Outcome:
        """Call the function behind a method; how it went shows in the client's answer."""
        variables = exchange.stage.variables
        arn = _STAGE_VARIABLE.sub(lambda match: variables.get(match[1], ""), arn)
        try:
            function = parse_function_arn(arn)
        except ValueError:
            LOGGER.warning("Method %s calls no function: %r", route.method.resource_path, arn)
            return failed(Failure.INTERNAL)
        started_s = self._clock()
        try:
            result, response = await self._invocation(exchange, route, arn, function)
        except _IntegrationError as error:
            LOGGER.info("%s: %s", arn, error)
            call = FunctionCall(
                function, started_s, self._clock(), error.status, problem=str(error)
            )
            outcome = failed(error.failure)
            return replace(outcome, response=_traced(outcome.response, exchange), call=call)
        call = FunctionCall(
            function=function,
            started_s=started_s,
            ended_s=self._clock(),
            status=response.status,
            content_length=len(response.body),
            request_id=result.request_id,
        )
        return Outcome(_traced(response, exchange), call=call)

    async def _invocation(
        self, exchange: Exchange, route: Route, arn: str, function: FunctionArn
    ) -> tuple[InvokeResult, GatewayResponse]:
        if not self._may_invoke(exchange, arn):
            problem = "Invalid permissions on Lambda function"
            raise _IntegrationError(Failure.INTERNAL, status=403, problem=problem)
        try:
            spec = self._catalog.function(function.arn, function.qualifier)
        except KeyError as error:
            problem = "The function does not exist"
            raise _IntegrationError(Failure.INTERNAL, status=404, problem=problem) from error
        payload = orjson.dumps(proxy_event(exchange, route))
        if len(payload) > MAX_INVOKE_BYTES:
            problem = f"The event has {len(payload)} bytes, Lambda takes {MAX_INVOKE_BYTES}"
            raise _IntegrationError(Failure.TOO_LONG, problem=problem)
        result = await self._wait_for(Invocation(spec, payload, exchange.trace.for_function()))
        if result.function_error:
            problem = f"The function failed: {result.function_error}"
            raise _IntegrationError(Failure.BAD_ANSWER, problem=problem)
        try:
            accept = exchange.request.header("Accept")
            binary = is_binary(exchange.stage.binary_media_types, accept)
            return result, response_from_answer(result.payload, binary=binary)
        except MalformedAnswerError as error:
            problem = f"Malformed Lambda proxy response: {error}"
            raise _IntegrationError(Failure.BAD_ANSWER, problem=problem) from error

    def _may_invoke(self, exchange: Exchange, arn: str) -> bool:
        request, stage = exchange.request, exchange.stage
        place = f"{stage.api_id}/{stage.stage_name}/{request.method}{request.path}"
        source = f"arn:aws:execute-api:{exchange.region}:{exchange.account_id}:{place}"
        return self._catalog.may_invoke(arn, principal=PRINCIPAL, source_arn=source)

    async def _wait_for(self, invocation: Invocation) -> InvokeResult:
        """Wait for a function; it goes on when its time here is up, as on AWS.

        Throttling is a 500 for the client: API Gateway cannot tell it from its own configuration
        errors. Source: https://repost.aws/knowledge-center/api-gateway-internal-server-error
        """
        call = asyncio.ensure_future(self._invoke(invocation))
        self._running.add(call)
        call.add_done_callback(self._forget)
        done, _pending = await asyncio.wait({call}, timeout=self._timeout_s)
        if not done:
            problem = f"The function gave no answer in {self._timeout_s:g} s"
            raise _IntegrationError(Failure.TIMED_OUT, problem=problem)
        try:
            return call.result()
        except Throttled as error:
            problem = "Rate Exceeded"
            raise _IntegrationError(
                Failure.INTERNAL, status=_TOO_MANY_REQUESTS, problem=problem
            ) from error
        except Exception as error:
            LOGGER.exception("Invoking %s broke", invocation.function.arn)
            problem = f"The Lambda service failed: {error!r}"
            raise _IntegrationError(Failure.INTERNAL, problem=problem) from error

    def _forget(self, call: "asyncio.Future[InvokeResult]") -> None:
        self._running.discard(call)
        if not call.cancelled():
            call.exception()  # seen, even when nobody waits any more


def _traced(response: GatewayResponse, exchange: Exchange) -> GatewayResponse:
    """Tell the client its trace id, as AWS does where a function was called."""
    text = exchange.trace.header.with_parent(None).format()
    return with_headers(response, (HEADER_NAME, text))
