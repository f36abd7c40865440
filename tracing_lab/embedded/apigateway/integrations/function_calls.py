"""Calls of functions by APIs: who may call, what is waited for, and how a call fails."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from tracing_lab.arns import Arn, FunctionArn, parse_function_arn
from tracing_lab.embedded.apigateway.model import Exchange, Failure
from tracing_lab.embedded.model import (
    MAX_INVOKE_BYTES,
    AcceptEvent,
    FunctionSpec,
    Invocation,
    InvokeFunction,
    InvokeResult,
    Throttled,
)
from tracing_lab.xray_model.trace_header import TraceHeader

from .waiting import FunctionCalls, NoResponseError

LOGGER = logging.getLogger(__name__)

PRINCIPAL = "apigateway.amazonaws.com"
TOO_MANY_REQUESTS = 429
_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}")

RoleMayInvoke = Callable[[str, str], bool]
"""Returns whether API Gateway may assume a role that may invoke a function, both by ARN."""


class IntegrationError(Exception):
    """A call of a function failed, so that there is no response for the client."""

    def __init__(self, failure: Failure, *, status: int | None = None, problem: str) -> None:
        super().__init__(problem)
        self.failure = failure
        self.status = status or failure.status  # of the Lambda service's response


@dataclass(frozen=True)
class FunctionTarget:
    """A function to call.

    Parameters
    ----------
    function
        The function.
    arn
        Its ARN as the API names it, with the qualifier.
    credentials_arn
        The role that calls it; None if the function's own policy has to allow the call.
    source_arn
        What calls it, for that policy.
    """

    function: FunctionArn
    arn: str
    credentials_arn: str | None
    source_arn: str


def target_of(arn: str, credentials_arn: str | None, source_arn: str) -> FunctionTarget:
    """Return the function that an ARN names; ValueError if it names none."""
    return FunctionTarget(parse_function_arn(arn), arn, credentials_arn, source_arn)


def error_message(payload: bytes) -> str | None:
    """Return the message of a function's error; None if there is none.

    Examples
    --------
    >>> error_message(b'{"errorMessage": "no stock"}'), error_message(b"{}")
    ('no stock', None)
    """
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    message = content.get("errorMessage") if isinstance(content, dict) else None
    return None if message is None else str(message)


def with_stage_variables(text: str, variables: Mapping[str, str]) -> str:
    """Return a text with the values of stage variables in place of ``${stageVariables.name}``.

    Examples
    --------
    >>> with_stage_variables("orders-${stageVariables.shop}", {"shop": "north"})
    'orders-north'
    """
    return _STAGE_VARIABLE.sub(lambda match: variables.get(match[1], ""), text)


def method_arn(exchange: Exchange) -> str:
    """Return the ARN of the method that a request calls, with the request's verb and path."""
    request, stage = exchange.request, exchange.stage
    place = f"{stage.api_id}/{stage.stage_name}/{request.method}{exchange.path}"
    return str(Arn("execute-api", exchange.region, exchange.account_id, place))


class FunctionCatalog(Protocol):
    """Has functions and their policies. Raises KeyError for those that do not exist."""

    def function(self, name_or_arn: str, qualifier: str | None = None) -> FunctionSpec:
        """Return a function by name or ARN."""

    def may_invoke(self, function_arn: str, *, principal: str, source_arn: str) -> bool:
        """Return whether the function's resource policy lets a service call it."""


class FunctionCaller:
    """Calls functions for the APIs of a region.

    Parameters
    ----------
    catalog
        Has functions and their policies.
    invoke
        Runs a function and waits for its response.
    """

    def __init__(self, *, catalog: FunctionCatalog, invoke: InvokeFunction) -> None:
        self.accept: AcceptEvent | None = None
        self.role_may_invoke: RoleMayInvoke = lambda _role_arn, _function_arn: False
        self._catalog = catalog
        self._calls = FunctionCalls(invoke)
        self.close = self._calls.close

    async def result(
        self, target: FunctionTarget, payload: bytes, header: TraceHeader, *, timeout_s: float
    ) -> InvokeResult:
        """Run a function and return its result.

        Raises
        ------
        IntegrationError
            There is none.
        """
        invocation = Invocation(self._function(target), payload, header)
        _check_size(payload)
        return await self._wait_for(invocation, timeout_s=timeout_s)

    async def queue(self, target: FunctionTarget, payload: bytes, header: TraceHeader) -> str:
        """Queue an event for a function and return the request id.

        Raises
        ------
        IntegrationError
            It is not accepted.
        """
        invocation = Invocation(self._function(target), payload, header)
        _check_size(payload)
        if self.accept is None:
            raise IntegrationError(Failure.INTERNAL, problem="There are no asynchronous calls")
        try:
            return await self.accept(invocation)
        except Throttled as error:
            raise _throttled() from error
        except OSError as error:
            LOGGER.exception("an event for %s could not be written", target.arn)
            problem = f"The event could not be written: {error}"
            raise IntegrationError(Failure.INTERNAL, problem=problem) from error

    def _function(self, target: FunctionTarget) -> FunctionSpec:
        if not self._may_invoke(target):
            problem = "Invalid permissions on Lambda function"
            raise IntegrationError(Failure.INTERNAL, status=403, problem=problem)
        try:
            return self._catalog.function(target.function.arn, target.function.qualifier)
        except KeyError as error:
            problem = "The function does not exist"
            raise IntegrationError(Failure.INTERNAL, status=404, problem=problem) from error

    def _may_invoke(self, target: FunctionTarget) -> bool:
        """Return whether the integration's role, or else the function's policy, allows the call.

        Source: https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html
        """
        if target.credentials_arn is not None:
            return self.role_may_invoke(target.credentials_arn, target.arn)
        return self._catalog.may_invoke(
            target.arn, principal=PRINCIPAL, source_arn=target.source_arn
        )

    async def _wait_for(self, invocation: Invocation, *, timeout_s: float) -> InvokeResult:
        """Wait for a function; it continues after the timeout, as on AWS.

        Throttling is a 500 for the client: API Gateway treats it like its own configuration
        errors. Source: https://repost.aws/knowledge-center/api-gateway-internal-server-error
        """
        try:
            return await self._calls.result(invocation, timeout_s=timeout_s)
        except NoResponseError as error:
            raise IntegrationError(Failure.TIMED_OUT, problem=str(error)) from error
        except Throttled as error:
            raise _throttled() from error
        except Exception as error:
            LOGGER.exception("Invoking %s failed", invocation.function.arn)
            problem = f"The Lambda service failed: {error!r}"
            raise IntegrationError(Failure.INTERNAL, problem=problem) from error


def _throttled() -> IntegrationError:
    return IntegrationError(Failure.INTERNAL, status=TOO_MANY_REQUESTS, problem="Rate Exceeded")


def _check_size(payload: bytes) -> None:
    if len(payload) > MAX_INVOKE_BYTES:
        problem = f"The event has {len(payload)} bytes, Lambda accepts {MAX_INVOKE_BYTES}"
        raise IntegrationError(Failure.TOO_LONG, problem=problem)
