"""Authorizes requests by Lambda authorizers.

The API's resource policy counts, too: what it denies is rejected before the function is called, and
what it allows needs no allowance of the function's policy.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

import orjson

from tracing_lab.arns import Arn
from tracing_lab.embedded.apigateway.admission.resource_policy import authorization_of
from tracing_lab.embedded.apigateway.calls import AuthorizerCall, FunctionCall
from tracing_lab.embedded.apigateway.integrations.function_calls import (
    FunctionCaller,
    FunctionTarget,
    IntegrationError,
    error_message,
    method_arn,
    target_of,
    with_stage_variables,
)
from tracing_lab.embedded.apigateway.model import (
    Authorized,
    Exchange,
    Failure,
    GatewayRejection,
    MethodRoute,
)
from tracing_lab.embedded.apigateway.undocumented import CACHED_LATENCY_MS
from tracing_lab.embedded.iam.policy import Decision, decide
from tracing_lab.embedded.model import AuthorizerSpec, InvokeResult
from tracing_lab.xray_model.trace_ids import new_entity_id

from .cache import CacheKey, ResultCache
from .events import authorizer_event
from .identity import identity_of
from .results import AuthorizerResult, InvalidResultError, read_result

LOGGER = logging.getLogger(__name__)

_UNAUTHORIZED = "Unauthorized"
_NOT_ALLOWED = "User is not authorized to access this resource"
_DENIED = f"{_NOT_ALLOWED} with an explicit deny"
_TIMEOUT_S = 30.0


@dataclass(frozen=True)
class Authorization:
    """The outcome of an authorizer: the caller, a rejection, and its call, each if there is one."""

    authorized: Authorized | None = None
    rejection: GatewayRejection | None = None
    call: AuthorizerCall | None = None


class _RejectedError(Exception):
    """The authorizer's function failed."""

    def __init__(self, failure: Failure, problem: str, *, status: int = 200) -> None:
        super().__init__(problem)
        self.failure = failure
        self.status = status


class LambdaAuthorizers:
    """Authorizes requests of the methods of REST APIs that have a Lambda authorizer.

    Parameters
    ----------
    caller
        Calls functions.
    clock
        Epoch seconds.
    """

    def __init__(self, caller: FunctionCaller, *, clock: Callable[[], float]) -> None:
        self._caller = caller
        self._clock = clock
        self._cache = ResultCache[AuthorizerResult]()
        self.flush = self._cache.flush

    async def authorize(self, exchange: Exchange, route: MethodRoute) -> Authorization:
        """Return whether a caller is authorized, after calling the authorizer if need be."""
        authorizer = route.method.authorizer
        if authorizer is None:
            LOGGER.warning("Method %s has an authorizer that does not exist", route.method.name)
            return _rejected(Failure.AUTHORIZER_CONFIGURATION)
        if _decision(exchange, None) is Decision.DENIED:
            return _rejected(Failure.NOT_AUTHORIZED, _DENIED)
        identity = identity_of(authorizer, exchange)
        if identity is None:
            return _rejected(Failure.UNAUTHORIZED)
        key = CacheKey(exchange.stage.api_id, exchange.stage.stage_name, authorizer.id, identity)
        caches = bool(authorizer.ttl_s and identity)
        known = self._cache.get(key, now_s=self._clock()) if caches else None
        if known is not None:
            return _evaluated(exchange, known, latency_ms=CACHED_LATENCY_MS, call=None)
        return await self._called(authorizer, exchange, route, key, caches=caches)

    async def _called(
        self,
        authorizer: AuthorizerSpec,
        exchange: Exchange,
        route: MethodRoute,
        key: CacheKey,
        *,
        caches: bool,
    ) -> Authorization:
        try:
            target = _target(authorizer, exchange)
        except ValueError:
            LOGGER.warning("Authorizer %s calls no function", authorizer.id)
            return _rejected(Failure.AUTHORIZER_CONFIGURATION)
        event = authorizer_event(
            authorizer, exchange, route, method_arn=method_arn(exchange), identity=key.identity
        )
        started_s, subsegment_id = self._clock(), new_entity_id()
        try:
            result, ran = await self._result(target, event, exchange, subsegment_id)
        except _RejectedError as error:
            LOGGER.info("Authorizer %s of %s: %s", authorizer.id, exchange.stage.api_id, error)
            failed = FunctionCall(
                started_s,
                self._clock(),
                error.status,
                problem=str(error),
                function=target.function,
            )
            return _rejected(error.failure, call=AuthorizerCall(failed, subsegment_id))
        ended_s = self._clock()
        if caches:
            self._cache.put(key, result, ends_s=ended_s + authorizer.ttl_s)
        function_call = FunctionCall(
            started_s,
            ended_s,
            200,
            ran.request_id,
            function=target.function,
            content_length=len(ran.payload),
        )
        latency_ms = ceil((ended_s - started_s) * 1000)  # 0 means that a cached result was used
        call = AuthorizerCall(function_call, subsegment_id)
        return _evaluated(exchange, result, latency_ms=latency_ms, call=call)

    async def _result(
        self, target: FunctionTarget, event: object, exchange: Exchange, subsegment_id: str
    ) -> tuple[AuthorizerResult, InvokeResult]:
        header = exchange.trace.below(subsegment_id)
        try:
            ran = await self._caller.result(
                target, orjson.dumps(event), header, timeout_s=_TIMEOUT_S
            )
        except IntegrationError as error:
            kind = (
                Failure.AUTHORIZER_FAILURE
                if error.failure is Failure.TIMED_OUT
                else Failure.AUTHORIZER_CONFIGURATION
            )
            raise _RejectedError(kind, str(error), status=error.status) from error
        if ran.function_error:
            raise _failed(ran.payload)
        try:
            return read_result(ran.payload), ran
        except InvalidResultError as error:
            raise _RejectedError(Failure.AUTHORIZER_CONFIGURATION, str(error)) from error


def _target(authorizer: AuthorizerSpec, exchange: Exchange) -> FunctionTarget:
    place = f"{exchange.stage.api_id}/authorizers/{authorizer.id}"
    source = Arn("execute-api", exchange.region, exchange.account_id, place)
    return target_of(
        with_stage_variables(authorizer.function_arn, exchange.stage.variables),
        authorizer.credentials_arn,
        str(source),
    )


def _failed(payload: bytes) -> _RejectedError:
    """Return the rejection for a function that raised; ``Unauthorized`` alone is a 401."""
    message = error_message(payload)
    if message == _UNAUTHORIZED:
        return _RejectedError(Failure.UNAUTHORIZED, _UNAUTHORIZED)
    return _RejectedError(Failure.AUTHORIZER_CONFIGURATION, f"The function failed: {message}")


def _evaluated(
    exchange: Exchange, result: AuthorizerResult, *, latency_ms: int, call: AuthorizerCall | None
) -> Authorization:
    decision, context = _decision(exchange, result), dict[str, Any](result.context)
    context |= {"principalId": result.principal_id, "integrationLatency": latency_ms}
    authorized = Authorized(context, result.usage_key)
    if decision is Decision.ALLOWED:
        return Authorization(authorized=authorized, call=call)
    message = _DENIED if decision is Decision.DENIED else _NOT_ALLOWED
    # gateway responses may tell the client what the authorizer said about it
    return replace(_rejected(Failure.NOT_AUTHORIZED, message, call), authorized=authorized)


def _decision(exchange: Exchange, result: AuthorizerResult | None) -> Decision:
    policies = [exchange.stage.policy or {}, {} if result is None else result.policy]
    return decide(policies, authorization_of(exchange))


def _rejected(
    failure: Failure, message: str | None = None, call: AuthorizerCall | None = None
) -> Authorization:
    return Authorization(rejection=GatewayRejection(failure, message), call=call)
