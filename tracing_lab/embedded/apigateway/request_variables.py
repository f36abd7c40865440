"""The values of ``$context`` that are known before the response.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

from typing import Any

from .model import Exchange
from .proxy_events import request_time


def request_variables(exchange: Exchange) -> dict[str, Any]:
    """Return the values of ``$context`` variables by name, without ``$context.``."""
    client = exchange.client
    request, stage, route = exchange.request, exchange.stage, exchange.route
    return {
        "accountId": exchange.account_id,
        "apiId": stage.api_id,
        "deploymentId": stage.deployment_id,
        "domainName": exchange.host,
        "domainPrefix": stage.api_id,
        "extendedRequestId": exchange.extended_request_id,
        "httpMethod": request.method,
        "identity.apiKey": client.key if client else None,
        "identity.apiKeyId": client.key_id if client else None,
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.header("User-Agent"),
        "path": exchange.stage_path,
        "protocol": "HTTP/1.1",
        "requestId": exchange.request_id,
        "requestTime": request_time(exchange.started_s),
        "requestTimeEpoch": int(exchange.started_s * 1000),
        "resourceId": route.method.resource_id if route else None,
        "resourcePath": route.method.resource_path if route else None,
        "stage": stage.stage_name,
        "xrayTraceId": exchange.trace.header.root if stage.tracing else None,
        **_authorizer_variables(exchange),
    }


def _authorizer_variables(exchange: Exchange) -> dict[str, Any]:
    authorized = exchange.authorized
    if authorized is None:
        return {}
    return {f"authorizer.{name}": value for name, value in authorized.context.items()}
