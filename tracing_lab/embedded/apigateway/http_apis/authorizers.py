"""Lambda authorizers of HTTP APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from tracing_lab.embedded.apigateway.authorizers.cache import CacheKey, ResultCache
from tracing_lab.embedded.iam.policy import Decision, decide

from .calls import GatewayCalls, Target
from .context_variables import context_variables
from .events import event_2_0
from .events_1_0 import context_1_0, parameters_1_0
from .exchange import FORBIDDEN, INTERNAL, UNAUTHORIZED, HttpExchange, HttpProblemError
from .specs import HttpAuthorizerSpec

_LOGGER = logging.getLogger(__name__)


class Authorizers:
    """Runs the authorizers of a region, and caches their results.

    Parameters
    ----------
    calls
        Calls functions.
    clock
        Epoch seconds.
    """

    def __init__(self, calls: GatewayCalls, clock: Callable[[], float]) -> None:
        self._calls = calls
        self._clock = clock
        self._cache = ResultCache[Mapping[str, Any]]()

    async def authorize(
        self, exchange: HttpExchange, authorizer: HttpAuthorizerSpec
    ) -> Mapping[str, Any]:
        """Return the context of an authorized request.

        Raises
        ------
        HttpProblemError
            The request is not authorized, or its authorizer failed.
        """
        sources = identity_sources(exchange, authorizer.identity_sources)
        if not all(sources):
            raise HttpProblemError(UNAUTHORIZED)
        key = CacheKey(exchange.api.id, exchange.stage.name, authorizer.id, tuple(sources))
        known = self._cache.get(key, now_s=self._clock()) if authorizer.ttl_s else None
        content = await self._called(exchange, authorizer, sources) if known is None else known
        allowed = _allows(content, exchange, authorizer)  # raises for what must not be cached
        if known is None and authorizer.ttl_s:
            self._cache.put(key, content, ends_s=self._clock() + authorizer.ttl_s)
        if not allowed:
            raise HttpProblemError(FORBIDDEN)
        context = content.get("context")
        return context if isinstance(context, dict) else {}

    async def _called(
        self, exchange: HttpExchange, authorizer: HttpAuthorizerSpec, sources: Sequence[str]
    ) -> Mapping[str, Any]:
        target = Target(
            authorizer.function_arn,
            exchange.stage.variables,
            exchange.arn(f"authorizers/{authorizer.id}"),
            authorizer.credentials_arn,
            authorizer.timeout_s,
        )
        event = _event(exchange, authorizer, sources)
        try:
            result = await self._calls.result(target, event, exchange.trace)
            content = json.loads(result.payload)
        except (HttpProblemError, ValueError, RecursionError) as error:
            _LOGGER.warning("authorizer %s of API %s: %s", authorizer.id, exchange.api.id, error)
            raise HttpProblemError(INTERNAL, f"The authorizer failed: {error}") from error
        return content if isinstance(content, dict) else {}


def identity_sources(exchange: HttpExchange, expressions: Sequence[str]) -> list[str]:
    """Return the values of identity sources, empty for those that a request does not have."""
    return [_value(exchange, expression) for expression in expressions]


def _value(exchange: HttpExchange, expression: str) -> str:
    request = exchange.request
    kind, _, name = expression.removeprefix("$").rpartition(".")
    if kind == "request.header":
        return ",".join(request.by_name.get(name.lower(), ()))
    if kind == "request.querystring":
        return ",".join(parse_qs(request.query, keep_blank_values=True).get(name, ()))
    if kind == "stageVariables":
        return exchange.stage.variables.get(name, "")
    value = context_variables(exchange).get(expression.removeprefix("$context."))
    return "" if value is None else str(value)


def _event(
    exchange: HttpExchange, authorizer: HttpAuthorizerSpec, sources: Sequence[str]
) -> dict[str, Any]:
    if authorizer.payload_format == "1.0":
        return {
            **parameters_1_0(exchange),
            "type": "REQUEST",
            "methodArn": exchange.route_arn,
            "identitySource": ",".join(sources),
            "authorizationToken": ",".join(sources),
            "requestContext": context_1_0(exchange, None),
        }
    event = event_2_0(exchange)
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": exchange.route_arn,
        "identitySource": list(sources) or None,
        **{name: value for name, value in event.items() if name not in _NOT_FOR_AUTHORIZERS},
    }


_NOT_FOR_AUTHORIZERS = frozenset({"version", "body", "isBase64Encoded"})


def _allows(
    content: Mapping[str, Any], exchange: HttpExchange, authorizer: HttpAuthorizerSpec
) -> bool:
    """Return whether a result allows a request.

    Raises
    ------
    HttpProblemError
        It is not one of an authorizer.
    """
    if authorizer.simple:
        allowed = content.get("isAuthorized")
        if isinstance(allowed, bool):
            return allowed
        raise HttpProblemError(INTERNAL, "The authorizer's response has no isAuthorized")
    policy = content.get("policyDocument")
    if not isinstance(policy, dict) or not content.get("principalId"):
        raise HttpProblemError(
            INTERNAL, "The authorizer's response has no policy, or no principalId"
        )
    return decide([policy], exchange.authorization) is Decision.ALLOWED
