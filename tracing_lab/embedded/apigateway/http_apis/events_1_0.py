"""Events of payload format 1.0 of HTTP APIs: nearly those of REST APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from typing import Any
from urllib.parse import parse_qsl

from tracing_lab.embedded.apigateway.proxy_events import last, request_time, several

from .events import Authorized, body_of, forwarded_headers
from .exchange import HttpExchange

_IDENTITY = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAmr",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)


def event_1_0(exchange: HttpExchange, authorized: Authorized = None) -> dict[str, Any]:
    """Return the event of a request; what it does not have is null."""
    body, is_base64 = body_of(exchange.request)
    return {
        **parameters_1_0(exchange),
        "requestContext": context_1_0(exchange, authorized),
        "body": body or None,
        "isBase64Encoded": is_base64,
    }


def parameters_1_0(exchange: HttpExchange) -> dict[str, Any]:
    """Return the members of an event before the context, which authorizers receive, too."""
    request, route = exchange.request, exchange.route
    headers = several(forwarded_headers(request, exchange.trace_text), ignore_case=True)
    query = several(parse_qsl(request.query, keep_blank_values=True))
    return {
        "version": "1.0",
        "resource": resource_of(exchange),
        "path": exchange.shown_path,
        "httpMethod": request.method,
        "headers": last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": (route.path_parameters if route else None) or None,
        "stageVariables": dict(exchange.stage.variables) or None,
    }


def context_1_0(exchange: HttpExchange, authorized: Authorized) -> dict[str, Any]:
    """Return ``requestContext`` of an event."""
    request = exchange.request
    return {
        "accountId": exchange.account_id,
        "apiId": exchange.api.id,
        **({"authorizer": authorized} if authorized is not None else {}),
        "domainName": exchange.host,
        "domainPrefix": exchange.api.id,
        "extendedRequestId": exchange.request_id,
        "httpMethod": request.method,
        "identity": {
            **dict.fromkeys(_IDENTITY),
            "sourceIp": request.source_ip,
            "userAgent": request.header("User-Agent"),
        },
        "path": exchange.shown_path,
        "protocol": "HTTP/1.1",
        "requestId": exchange.request_id,
        "requestTime": request_time(exchange.started_s),
        "requestTimeEpoch": int(exchange.started_s * 1000),
        "resourceId": None,
        "resourcePath": resource_of(exchange),
        "stage": exchange.stage.name,
    }


def resource_of(exchange: HttpExchange) -> str | None:
    """Return the path of the route, ``$default`` for that route."""
    key = exchange.route_key
    return key and (key.partition(" ")[2] or key)
