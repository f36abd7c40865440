"""Calls the functions of integrations and authorizers, as REST APIs do, with other responses."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from tracing_lab.embedded.apigateway.integrations.function_calls import (
    TOO_MANY_REQUESTS,
    FunctionCaller,
    IntegrationError,
    RoleMayInvoke,
    target_of,
    with_stage_variables,
)
from tracing_lab.embedded.apigateway.model import Failure
from tracing_lab.embedded.model import InvokeFunction, InvokeResult
from tracing_lab.xray_model.trace_header import TraceHeader

from .exchange import INTERNAL, TOO_LARGE, UNAVAILABLE, HttpProblemError
from .specs import HttpCatalog

_FORBIDDEN = 403


class Target(NamedTuple):
    """A function to call.

    Parameters
    ----------
    arn
        Its ARN, in which stage variables are replaced.
    variables
        The stage variables.
    source_arn
        What calls it.
    credentials_arn
        The role that calls it, in place of its policy.
    timeout_s
        Longest time for its response.
    """

    arn: str
    variables: Mapping[str, str]
    source_arn: str
    credentials_arn: str | None
    timeout_s: float


class GatewayCalls:
    """Calls functions for the HTTP APIs of a region.

    Parameters
    ----------
    catalog
        Has functions and their policies.
    invoke
        Runs a function and waits for its response.
    role_may_invoke
        Evaluates the roles of integrations.
    """

    def __init__(
        self, catalog: HttpCatalog, *, invoke: InvokeFunction, role_may_invoke: RoleMayInvoke
    ) -> None:
        self._caller = FunctionCaller(catalog=catalog, invoke=invoke)
        self._caller.role_may_invoke = role_may_invoke
        self.close = self._caller.close

    async def result(
        self, target: Target, event: Mapping[str, Any], trace: TraceHeader
    ) -> InvokeResult:
        """Return the result of a function that has not failed.

        Raises
        ------
        HttpProblemError
            There is none.
        """
        arn = with_stage_variables(target.arn, target.variables)
        try:
            called = target_of(arn, target.credentials_arn, target.source_arn)
            payload = orjson.dumps(event)
            result = await self._caller.result(called, payload, trace, timeout_s=target.timeout_s)
        except IntegrationError as error:
            raise _problem(error, target) from error
        except ValueError as error:
            raise HttpProblemError(INTERNAL, f"{arn!r} is no function", status=404) from error
        if result.function_error:
            detail = f"The function failed: {result.function_error}"
            raise HttpProblemError(INTERNAL, detail, status=200)
        return result


def _problem(error: IntegrationError, target: Target) -> HttpProblemError:
    """Return the response to a failed call; that to a throttled one is unconfirmed."""
    detail = str(error)
    if error.status == _FORBIDDEN:
        detail += f": the function's policy has to allow {target.source_arn}"
    if error.failure is Failure.TOO_LONG:
        return HttpProblemError(TOO_LARGE, detail, status=error.status)
    unavailable = error.failure is Failure.TIMED_OUT or error.status == TOO_MANY_REQUESTS
    return HttpProblemError(UNAVAILABLE if unavailable else INTERNAL, detail, status=error.status)
