"""Checks of routes, integrations, authorizers and CORS settings of HTTP APIs.

- https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
- https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
- https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from tracing_lab.embedded.apigateway.http_apis.routing import METHODS
from tracing_lab.embedded.apigateway.http_apis.specs import DEFAULT_ROUTE
from tracing_lab.embedded.apigateway.http_apis.subtypes import SUBTYPES

from .finding import conflict, found, reject
from .specs import function_arn_in

_FUNCTION = re.compile(r"arn:[^:]+:lambda:[^:]+:[^:]+:function:.+")
_VARIABLE = "${stageVariables."
_PART = re.compile(r"[^{}]*|\{[\w.:-]+\+?\}")
_SOURCE = re.compile(
    r"\$request\.(header|querystring)\.[\w.-]+|\$context\.[\w.]+|\$stageVariables\.\w+"
)
_TIMEOUTS_MS = range(50, 30_001)
_TTLS_S = range(3601)
_FORMATS = ("1.0", "2.0")
_CORS_LISTS = ("allowHeaders", "allowMethods", "allowOrigins", "exposeHeaders")
_CORS_AGES_S = range(-1, 86_401)


def is_route_key(key: str) -> bool:
    """Return whether a text is the key of a route of an HTTP API.

    Examples
    --------
    >>> is_route_key("GET /orders/{id}"), is_route_key("$default"), is_route_key("/orders")
    (True, True, False)
    >>> is_route_key("ANY /{proxy+}/more")
    False
    """
    method, _, path = key.partition(" ")
    if key == DEFAULT_ROUTE:
        return True
    parts = path.split("/")
    greedy = [part for part in parts[:-1] if part.endswith("+}")]
    return (
        method in METHODS
        and path.startswith("/")
        and not greedy
        and all(map(_PART.fullmatch, parts))
    )


def check_route_key(key: str, others: Iterable[str]) -> None:
    """Return if a route may have a key.

    Raises
    ------
    ApiError
        The key is malformed, or another route has it.
    """
    if not is_route_key(key):
        message = (
            "The provided route key is not formatted properly for HTTP protocol. "
            'Format should be "<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
        )
        reject(message)
    if key in others:
        message = f"Route with key {key} already exists for this API"
        conflict(message)


def check_route(api: Any, members: Mapping[str, Any], *, route_id: str | None) -> None:
    """Return if a route may have members.

    Raises
    ------
    ApiError
        It may not, or what they name does not exist.
    """
    if members.get("routeKey") is not None:
        routes = api.routes.values()
        others = [route.route_key for route in routes if route.route_id != route_id]
        check_route_key(members["routeKey"], others)
    target = members.get("target")
    if target:
        prefix, _, integration_id = str(target).partition("/")
        if prefix != "integrations":
            reject("The target should be integrations/INTEGRATION_ID")
        found(api.integrations, integration_id, "Integration")
    if members.get("authorizationType") == "CUSTOM":
        if not members.get("authorizerId"):
            reject("AuthorizerId is required for AuthorizationType CUSTOM")
        found(api.authorizers, members["authorizerId"], "Authorizer")


def check_integration(members: Mapping[str, Any], *, is_new: bool) -> None:
    """Return if an integration may have members.

    Raises
    ------
    ApiError
        It may not, or a new one lacks some.
    """
    if is_new and not members.get("payloadFormatVersion"):
        reject("PayloadFormatVersion is a required parameter")
    if members.get("integrationSubtype"):
        _check_subtype(members)
    else:
        if members.get("requestParameters"):
            reject("RequestParameters of Lambda is not simulated: read them in the function")
        _check_function(members.get("integrationUri"), "IntegrationUri", is_new=is_new)
    _check_format(members.get("payloadFormatVersion"), "PayloadFormatVersion")
    timeout_ms = members.get("timeoutInMillis")
    if timeout_ms is not None and timeout_ms not in _TIMEOUTS_MS:
        reject("Timeout should be between 50 and 30000 ms")


def _check_subtype(members: Mapping[str, Any]) -> None:
    name, given = str(members["integrationSubtype"]), members.get("requestParameters") or {}
    subtype = SUBTYPES[name]  # others are refused before
    missing = [parameter for parameter in subtype.required if not given.get(parameter)]
    unknown = sorted(given.keys() - {*subtype.required, *subtype.optional})
    if missing:
        reject(f"Parameter: {missing[0]} does not exist; it is required for {name}")
    if unknown:
        reject(f"Parameter: {unknown[0]} is not one of {name}, or is not simulated")
    if not members.get("credentialsArn"):
        reject(f"CredentialsArn is required for {name}")
    if members.get("payloadFormatVersion") not in {None, "1.0"}:
        reject(f"PayloadFormatVersion of {name} has to be 1.0")


def check_authorizer(members: Mapping[str, Any], *, is_new: bool) -> None:
    """Return if an authorizer may have members.

    Raises
    ------
    ApiError
        It may not, or a new one lacks some.
    """
    payload_format = members.get("authorizerPayloadFormatVersion")
    if is_new and not payload_format:
        reject("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
    _check_function(members.get("authorizerUri"), "AuthorizerUri", is_new=is_new)
    _check_format(payload_format, "AuthorizerPayloadFormatVersion")
    if members.get("enableSimpleResponses") and payload_format == "1.0":
        reject("EnableSimpleResponses needs AuthorizerPayloadFormatVersion 2.0")
    _check_sources(members)


def check_cors(configuration: Any) -> None:
    """Return if an API may have a CORS configuration; None is that of an API without it.

    Raises
    ------
    ApiError
        It may not.
    """
    if configuration is None:
        return
    if not isinstance(configuration, Mapping) or not _has_cors_types(configuration):
        reject("Invalid CORS configuration: it has lists of texts, and a MaxAge of -1 to 86400")
    if configuration.get("allowCredentials") and "*" in (configuration.get("allowOrigins") or ()):
        reject("AllowCredentials is not supported for wildcard '*' in AllowOrigins")


def _has_cors_types(configuration: Mapping[str, Any]) -> bool:
    lists = [configuration.get(name) or [] for name in _CORS_LISTS]
    max_age = configuration.get("maxAge")
    return (max_age is None or max_age in _CORS_AGES_S) and all(
        isinstance(texts, list) and all(isinstance(text, str) for text in texts) for texts in lists
    )


def _check_sources(members: Mapping[str, Any]) -> None:
    sources = members.get("identitySource") or []
    for source in sources:
        if _SOURCE.fullmatch(source) is None:
            reject(f"Invalid mapping expression specified: {source}")
    ttl_s = members.get("authorizerResultTtlInSeconds")
    if ttl_s is not None and ttl_s not in _TTLS_S:
        reject("AuthorizerResultTtlInSeconds should be between 0 and 3600")
    if ttl_s and not sources:
        reject("Caching of authorizer results needs an IdentitySource")


def _check_function(uri: Any, member: str, *, is_new: bool) -> None:
    if uri is None and not is_new:
        return
    text = function_arn_in(str(uri or ""))
    if _FUNCTION.fullmatch(text) is None and _VARIABLE not in text:
        reject(f"{member} has to be the ARN of a Lambda function, not {text!r}")


def _check_format(value: Any, member: str) -> None:
    if value is not None and value not in _FORMATS:
        reject(f"{member} should be 1.0 or 2.0")
