"""Lambda proxy integration: the event that a function gets and the answer it may give.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from tracing_lab.embedded.protocol.trace_header import HEADER_NAME

from .media_types import decoded, event_body, is_binary
from .model import Exchange, GatewayResponse, Route

_ANSWER_MEMBERS = frozenset(
    ("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded")
)
_HOP_BY_HOP = frozenset(
    (
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
_REMAPPED = frozenset(("date", "host", "server", "user-agent", "via", "www-authenticate"))
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
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# A 1xx answer is not final: a client would go on waiting. AWS does not say what it makes of one, so
# it counts as malformed, as other numbers that cannot end a request do.
FINAL_STATUSES = range(200, 600)


class MalformedAnswerError(ValueError):
    """The function's answer is not one of a Lambda proxy integration."""


def proxy_event(exchange: Exchange, route: Route) -> dict[str, Any]:
    """Make the version 1.0 event of a Lambda proxy integration.

    The body is text, read as UTF-8, or base64 where its type is one of the API's binary ones.
    """
    request = exchange.request
    binary = is_binary(exchange.stage.binary_media_types, request.header("Content-Type"))
    body, is_base64 = event_body(request.body, binary=binary)
    headers = _several(_event_headers(exchange), ignore_case=True)
    query = _several(parse_qsl(request.raw_query, keep_blank_values=True))
    return {
        "resource": route.method.resource_path,
        "path": request.path,
        "httpMethod": request.method,
        "headers": _last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": route.path_parameters or None,
        "stageVariables": dict(exchange.stage.variables) or None,
        "requestContext": request_context(exchange, route),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def request_context(exchange: Exchange, route: Route) -> dict[str, Any]:
    """Make ``requestContext`` of the event."""
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
        "domainName": request.host,
        "deploymentId": stage.deployment_id,
        "apiId": stage.api_id,
    }


def _key_of(exchange: Exchange) -> dict[str, str]:
    client = exchange.client
    return {"apiKey": client.key, "apiKeyId": client.key_id} if client is not None else {}


def request_time(moment_s: float) -> str:
    """Write a time as access logs and events have it.

    Examples
    --------
    >>> request_time(1795435200.5)
    '23/Nov/2026:12:00:00 +0000'
    """
    moment = datetime.fromtimestamp(moment_s, UTC)
    return f"{moment.day:02d}/{_MONTHS[moment.month - 1]}/{moment:%Y:%H:%M:%S} +0000"


def response_from_answer(payload: bytes, *, binary: bool = False) -> GatewayResponse:
    """Make the response from what the function returned.

    No member is mandatory, but no other member is allowed, and the body must be text.

    Parameters
    ----------
    payload
        What the function returned.
    binary
        The client accepts a binary media type of the API, so that a body that is marked
        ``isBase64Encoded`` becomes bytes. Others are sent as they are.

    Raises
    ------
    MalformedAnswerError
        The answer breaks the format; the client gets 502.

    Examples
    --------
    >>> response_from_answer(b'{"statusCode": 201, "body": "done"}').body
    b'done'
    """
    answer = _parsed(payload)
    body = answer.get("body")
    if isinstance(body, (dict, list)):
        msg = "body is not text; serialise it, for example with json.dumps"
        raise MalformedAnswerError(msg)
    pairs = _answer_headers(answer)
    if not any(name.lower() == "content-type" for name, _value in pairs):
        pairs.insert(0, ("Content-Type", "application/json"))
    content = _content(body, decode=binary and answer.get("isBase64Encoded") is True)
    return GatewayResponse(_status(answer.get("statusCode")), tuple(pairs), content)


def _content(body: Any, *, decode: bool) -> bytes:
    if not decode:
        return _text(body).encode()
    try:
        return decoded(_text(body))
    except ValueError as error:
        raise MalformedAnswerError(str(error)) from error


def _parsed(payload: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(payload)
    except (ValueError, RecursionError) as error:
        msg = f"the function's answer is not JSON: {error}"
        raise MalformedAnswerError(msg) from error
    if not isinstance(answer, dict):
        msg = "the function's answer is not an object"
        raise MalformedAnswerError(msg)
    unknown = sorted(set(answer) - _ANSWER_MEMBERS)
    if unknown:
        msg = f"the function's answer has unknown members: {', '.join(unknown)}"
        raise MalformedAnswerError(msg)
    return answer


def _status(value: Any) -> int:
    if value is None:
        return 200
    text = str(value)
    # int() knows more than JSON: True, "٣" and 1_0 are no statuses
    status = int(text) if text.isascii() and text.isdigit() and len(text) == len("200") else 0
    if isinstance(value, bool) or status not in FINAL_STATUSES:
        msg = f"statusCode {value!r} is not a final HTTP status, 200 to 599"
        raise MalformedAnswerError(msg)
    return status


def _answer_headers(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Merge ``headers`` and ``multiValueHeaders``; a pair in both appears once."""
    single, multiple = answer.get("headers") or {}, answer.get("multiValueHeaders") or {}
    if not isinstance(single, dict) or not isinstance(multiple, dict):
        msg = "headers are not an object"
        raise MalformedAnswerError(msg)
    pairs = [(name, value) for name, values in multiple.items() for value in _listed(values)]
    known = {name.lower() for name in multiple}
    pairs += [(name, value) for name, value in single.items() if name.lower() not in known]
    checked = [_checked(name, value) for name, value in pairs if value is not None]
    return [pair for pair in map(_remapped, checked) if pair is not None]


def _listed(values: Any) -> list[Any]:
    if not isinstance(values, list):
        msg = "multiValueHeaders has a value that is not a list"
        raise MalformedAnswerError(msg)
    return values


def _checked(name: str, value: Any) -> tuple[str, str]:
    text = _text(value)
    unfit = isinstance(value, (dict, list)) or not text.isprintable()  # a line break, say
    if unfit or not _HEADER_NAME.fullmatch(name):
        msg = f"header {name!r} cannot be sent: {value!r}"
        raise MalformedAnswerError(msg)
    return name, text


def _remapped(pair: tuple[str, str]) -> tuple[str, str] | None:
    """Rename or drop the headers that API Gateway keeps for itself."""
    lower = pair[0].lower()
    if lower in _HOP_BY_HOP:
        return None
    return (f"x-amzn-Remapped-{pair[0]}", pair[1]) if lower in _REMAPPED else pair


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()  # JSON can smuggle in lone surrogates


def _event_headers(exchange: Exchange) -> Iterable[tuple[str, str]]:
    """Give the client's headers with those that API Gateway sets."""
    request, trace = exchange.request, exchange.trace
    forwarded = [v for name, v in request.headers if name.lower() == "x-forwarded-for"]
    ours = {
        HEADER_NAME: trace.incoming or trace.for_function().format(),
        "X-Forwarded-For": ", ".join([*forwarded, request.source_ip]),
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    taken = {name.lower() for name in ours} | _HOP_BY_HOP
    yield from ((name, value) for name, value in request.headers if name.lower() not in taken)
    yield from ours.items()


def _several(
    pairs: Iterable[tuple[str, str]], *, ignore_case: bool = False
) -> dict[str, list[str]]:
    spelling: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        first = spelling.setdefault(name.lower(), name) if ignore_case else name
        found.setdefault(first, []).append(value)
    return found


def _last(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: several[-1] for name, several in values.items()}
