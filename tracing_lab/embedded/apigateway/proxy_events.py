"""Lambda proxy integration: builds the function's event and reads its response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.protocol.function_results import (
    HOP_BY_HOP,
    MalformedResponseError,
    header_in,
    status_in,
    text_of,
)
from tracing_lab.xray_model.trace_header import HEADER_NAME

from .media_types import decoded, event_body, is_binary
from .model import Exchange, MethodRoute

_ANSWER_MEMBERS = frozenset(
    ("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded")
)
_REMAPPED = frozenset(("date", "host", "server", "user-agent", "via", "www-authenticate"))
_FRONT_END_SPELLING = {
    "authorization": "Authorization",
    "host": "Host",
    "user-agent": "User-Agent",
}
"""Headers that API Gateway's front end knows were seen to arrive in its own spelling."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_IDENTITY = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)


def proxy_event(exchange: Exchange, route: MethodRoute) -> dict[str, Any]:
    """Return the version 1.0 event of a Lambda proxy integration.

    The body is text, read as UTF-8, or base64 where its type is one of the API's binary ones.
    """
    request = exchange.request
    binary = is_binary(exchange.stage.binary_media_types, request.header("Content-Type"))
    body, is_base64 = event_body(request.body, binary=binary)
    headers = several(event_headers(exchange), ignore_case=True)
    query = several(parse_qsl(request.query, keep_blank_values=True))
    return {
        "resource": route.method.resource_path,
        "path": exchange.path,
        "httpMethod": request.method,
        "headers": last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": route.path_parameters or None,
        "stageVariables": dict(exchange.stage.variables) or None,
        "requestContext": request_context(exchange, route),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def request_context(exchange: Exchange, route: MethodRoute) -> dict[str, Any]:
    """Return ``requestContext`` of the event."""
    request, stage = exchange.request, exchange.stage
    return {
        "resourceId": route.method.resource_id,
        "resourcePath": route.method.resource_path,
        "httpMethod": request.method,
        "extendedRequestId": exchange.extended_request_id,
        "requestTime": request_time(exchange.started_s),
        "path": exchange.stage_path,
        "accountId": exchange.account_id,
        "protocol": "HTTP/1.1",
        "stage": stage.stage_name,
        "domainPrefix": stage.api_id,
        "requestTimeEpoch": int(exchange.started_s * 1000),
        "requestId": exchange.request_id,
        "identity": {
            **dict.fromkeys(_IDENTITY),
            **_key_of(exchange),
            "sourceIp": request.source_ip,
            "userAgent": request.header("User-Agent"),
        },
        "domainName": exchange.host,
        "deploymentId": stage.deployment_id,
        "apiId": stage.api_id,
        **_authorizer_of(exchange),
    }


def _authorizer_of(exchange: Exchange) -> dict[str, Any]:
    authorized = exchange.authorized
    return {} if authorized is None else {"authorizer": dict(authorized.context)}


def _key_of(exchange: Exchange) -> dict[str, str]:
    client = exchange.client
    return {"apiKey": client.key, "apiKeyId": client.key_id} if client is not None else {}


def request_time(moment_s: float) -> str:
    """Return a time in the format of access logs and events.

    Examples
    --------
    >>> request_time(1795435200.5)
    '23/Nov/2026:12:00:00 +0000'
    """
    moment = datetime.fromtimestamp(moment_s, UTC)
    return f"{moment.day:02d}/{_MONTHS[moment.month - 1]}/{moment:%Y:%H:%M:%S} +0000"


def response_from_result(payload: bytes, *, binary: bool = False) -> HttpResponse:
    """Return the HTTP response of a function's result.

    No member is mandatory, but no other member is allowed, and the body must be text.

    Parameters
    ----------
    payload
        The function's result.
    binary
        Whether the client accepts a binary media type of the API, so that a body with
        ``isBase64Encoded`` is decoded. Others are sent as they are.

    Raises
    ------
    MalformedResponseError
        The result is malformed; the client gets 502.

    Examples
    --------
    >>> response_from_result(b'{"statusCode": 201, "body": "done"}').body
    b'done'
    """
    answer = _parsed(payload)
    body = answer.get("body")
    if isinstance(body, (dict, list)):
        msg = "body is not text; serialise it, for example with json.dumps"
        raise MalformedResponseError(msg)
    pairs = _response_headers(answer)
    if not any(name.lower() == "content-type" for name, _value in pairs):
        pairs.insert(0, ("Content-Type", "application/json"))
    content = _content(body, decode=binary and answer.get("isBase64Encoded") is True)
    return HttpResponse(status_in(answer.get("statusCode")), tuple(pairs), content)


def _content(body: Any, *, decode: bool) -> bytes:
    if not decode:
        return text_of(body).encode()
    try:
        return decoded(text_of(body))
    except ValueError as error:
        raise MalformedResponseError(str(error)) from error


def _parsed(payload: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError) as error:
        msg = f"the function's response is not JSON: {error}"
        raise MalformedResponseError(msg) from error
    if not isinstance(answer, dict):
        msg = "the function's response is not an object"
        raise MalformedResponseError(msg)
    unknown = sorted(set(answer) - _ANSWER_MEMBERS)
    if unknown:
        msg = f"the function's response has unknown members: {', '.join(unknown)}"
        raise MalformedResponseError(msg)
    return answer


def _response_headers(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Merge ``headers`` and ``multiValueHeaders``; a pair in both appears once."""
    single, multiple = answer.get("headers") or {}, answer.get("multiValueHeaders") or {}
    if not isinstance(single, dict) or not isinstance(multiple, dict):
        msg = "headers are not an object"
        raise MalformedResponseError(msg)
    pairs = [(name, value) for name, values in multiple.items() for value in _listed(values)]
    known = {(name.lower(), str(value)) for name, value in pairs}
    pairs += [
        (name, value) for name, value in single.items() if (name.lower(), str(value)) not in known
    ]
    checked = [header_in(name, value) for name, value in pairs if value is not None]
    return [pair for pair in map(_remapped, checked) if pair is not None]


def _listed(values: Any) -> list[Any]:
    if not isinstance(values, list):
        msg = "multiValueHeaders has a value that is not a list"
        raise MalformedResponseError(msg)
    return values


def _remapped(pair: tuple[str, str]) -> tuple[str, str] | None:
    """Rename or drop headers that are reserved by API Gateway."""
    lower = pair[0].lower()
    if lower in HOP_BY_HOP:
        return None
    return (f"x-amzn-Remapped-{pair[0]}", pair[1]) if lower in _REMAPPED else pair


def event_headers(exchange: Exchange) -> Iterable[tuple[str, str]]:
    """Return the client's headers with those that API Gateway sets."""
    request, trace = exchange.request, exchange.trace
    forwarded = request.by_name.get("x-forwarded-for", ())
    ours = {
        HEADER_NAME: trace.incoming or trace.for_function().format(),
        "X-Forwarded-For": ", ".join([*forwarded, request.source_ip]),
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    taken = {name.lower() for name in ours} | HOP_BY_HOP
    for name, value in request.headers:
        lower = name.lower()
        if lower not in taken:
            yield _FRONT_END_SPELLING.get(lower, name), value
    yield from ours.items()


def several(pairs: Iterable[tuple[str, str]], *, ignore_case: bool = False) -> dict[str, list[str]]:
    """Return all values by name; names that differ by case only are one if case is ignored."""
    spelling: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        first = spelling.setdefault(name.lower(), name) if ignore_case else name
        found.setdefault(first, []).append(value)
    return found


def last(values: Mapping[str, list[str]]) -> dict[str, str]:
    """Return the last value of each name."""
    return {name: several[-1] for name, several in values.items()}
