"""Events of payload format 2.0, which HTTP APIs and function URLs send.

- https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
- https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-request-payload
"""

import base64
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from tracing_lab.embedded.apigateway.proxy_events import request_time
from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.protocol.function_results import HOP_BY_HOP
from tracing_lab.xray_model.trace_header import HEADER_NAME

from .exchange import HttpExchange

Authorized = Mapping[str, Any] | None
"""What ``requestContext.authorizer`` has; None for requests without authorization."""

_TEXT_TYPES = frozenset({"application/javascript", "application/json", "application/xml"})
_NOT_SENT = HOP_BY_HOP | {HEADER_NAME.lower(), "x-forwarded-for"}


def event_2_0(exchange: HttpExchange, authorized: Authorized = None) -> dict[str, Any]:
    """Return the event of a request to an HTTP API, without members that it does not have."""
    route = exchange.route
    request = exchange.request
    context = {
        **context_of(request, exchange.shown_path, host=exchange.host, time_s=exchange.started_s),
        "accountId": exchange.account_id,
        "apiId": exchange.api.id,
        **({"authorizer": authorized} if authorized is not None else {}),
        "domainPrefix": exchange.api.id,
        "requestId": exchange.request_id,
        "routeKey": exchange.route_key,
        "stage": exchange.stage.name,
    }
    return {
        **request_members(request, exchange.shown_path, exchange.trace_text, context),
        **_present("pathParameters", route.path_parameters if route else {}),
        **_present("stageVariables", exchange.stage.variables),
    }


def context_of(request: HttpRequest, path: str, *, host: str, time_s: float) -> dict[str, Any]:
    """Return the members of ``requestContext`` that HTTP APIs and function URLs share."""
    return {
        "domainName": host,
        "http": {
            "method": request.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": request.header("User-Agent") or "",
        },
        "time": request_time(time_s),
        "timeEpoch": int(time_s * 1000),
    }


def request_members(
    request: HttpRequest, path: str, trace_text: str, context: Mapping[str, Any]
) -> dict[str, Any]:
    """Return an event of a request, without path parameters and stage variables.

    Parameters
    ----------
    request
        The request.
    path
        Its path as events have it.
    trace_text
        The trace header that the function is invoked with.
    context
        ``requestContext``, with the route key.
    """
    body, is_base64 = body_of(request)
    query = parse_qsl(request.query, keep_blank_values=True)
    return {
        "version": "2.0",
        "routeKey": context["routeKey"],
        "rawPath": path,
        "rawQueryString": request.query,
        **_present("cookies", _cookies(request)),
        "headers": _joined((name.lower(), value) for name, value in _headers(request, trace_text)),
        **_present("queryStringParameters", _joined(query)),
        "requestContext": context,
        **({"body": body} if body else {}),
        "isBase64Encoded": is_base64,
    }


def body_of(request: HttpRequest) -> tuple[str, bool]:
    """Return ``body`` and ``isBase64Encoded`` of an event: only few content types are text.

    Source: https://github.com/ministackorg/ministack/pull/766, observed on AWS.

    Examples
    --------
    >>> body_of(HttpRequest("POST", "/", headers=(("Content-Type", "text/csv"),), body=b"a,b"))
    ('a,b', False)
    >>> body_of(HttpRequest("POST", "/", body=b"a=1"))
    ('YT0x', True)
    """
    kind = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if not request.body or kind.startswith("text/") or kind in _TEXT_TYPES:
        return request.body.decode("utf-8", "replace"), False
    return base64.b64encode(request.body).decode(), True


def forwarded_headers(request: HttpRequest, trace_text: str) -> list[tuple[str, str]]:
    """Return the client's headers with those that the service sets."""
    forwarded = request.by_name.get("x-forwarded-for", ())
    kept = [(name, value) for name, value in request.headers if name.lower() not in _SET]
    return [
        *kept,
        ("Content-Length", str(len(request.body))),
        (HEADER_NAME, trace_text),
        ("X-Forwarded-For", ", ".join([*forwarded, request.source_ip])),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ]


_SET = _NOT_SENT | {"x-forwarded-port", "x-forwarded-proto"}


def _headers(request: HttpRequest, trace_text: str) -> Iterable[tuple[str, str]]:
    for name, value in forwarded_headers(request, trace_text):
        if name.lower() != "cookie":  # they are in `cookies`
            yield name, value


def _cookies(request: HttpRequest) -> list[str]:
    values = ";".join(request.by_name.get("cookie", ()))
    return [cookie.strip() for cookie in values.split(";") if cookie.strip()]


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return values by name, several of one name with commas."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _present(name: str, value: Any) -> dict[str, Any]:
    return {name: value} if value else {}
