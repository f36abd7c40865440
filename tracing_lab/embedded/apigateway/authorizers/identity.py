"""The identity of a caller: what an authorizer's identity sources name.

https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from tracing_lab.embedded.apigateway.model import Exchange
from tracing_lab.embedded.apigateway.request_variables import request_variables
from tracing_lab.embedded.model import AuthorizerSpec

TOKEN = "TOKEN"  # noqa: S105 - a kind of authorizer
REQUEST = "REQUEST"

_SOURCE = re.compile(
    r"(?:method\.request\.(?P<part>header|querystring)|(?P<other>stageVariables|context))\.(?P<name>\S+)"
)


def identity_of(authorizer: AuthorizerSpec, exchange: Exchange) -> tuple[str, ...] | None:
    """Return the values of an authorizer's identity sources; None if one is missing or invalid.

    A TOKEN authorizer's token has to match its expression as a whole. An empty tuple means that
    there are no sources, so that nothing is required and nothing can be cached.
    """
    values = tuple(_value(source, exchange) for source in authorizer.identity_sources)
    if not all(values):
        return None
    if authorizer.kind == TOKEN and authorizer.validation:
        return values if _is_valid(authorizer.validation, values[0]) else None
    return values


def source_problem(kind: str, sources: str) -> str | None:
    """Return what is wrong with the identity sources of an authorizer, or None.

    Examples
    --------
    >>> source_problem("TOKEN", "method.request.header.Authorization")
    >>> source_problem("REQUEST", "method.request.header.A, context.httpMethod")
    >>> source_problem("REQUEST", "method.request.body")
    'Invalid Identity Source: method.request.body'
    """
    for source in split_sources(sources):
        found = _SOURCE.fullmatch(source)
        if found is None or (kind == TOKEN and found["part"] != "header"):
            return f"Invalid Identity Source: {source}"
    return None


def split_sources(sources: str) -> tuple[str, ...]:
    """Return identity sources that are written with commas between them."""
    return tuple(source.strip() for source in sources.split(",") if source.strip())


def _is_valid(expression: str, token: str) -> bool:
    try:
        return re.fullmatch(expression, token) is not None
    except re.error:
        return False


def _value(source: str, exchange: Exchange) -> str:
    found = _SOURCE.fullmatch(source)
    if found is None:
        return ""
    name = found["name"]
    if found["part"] == "header":
        return exchange.request.header(name) or ""
    if found["part"] == "querystring":
        return dict(parse_qsl(exchange.request.query)).get(name, "")
    other: Mapping[str, Any] = (
        exchange.stage.variables
        if found["other"] == "stageVariables"
        else request_variables(exchange)
    )
    value = other.get(name)
    return "" if value is None else str(value)
