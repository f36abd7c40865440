"""Access log lines of API Gateway stages.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from .model import Exchange, Outcome
from .proxy_events import request_time

_VARIABLE = re.compile(r"\$context\.([A-Za-z]\w*(?:\.\w+)*)")
_ABSENT = "-"
_QUOTED = json.JSONEncoder(ensure_ascii=False).encode


def access_log_line(
    log_format: str, exchange: Exchange, outcome: Outcome, *, ended_s: float
) -> str:
    """Fill in a stage's access log format.

    Parameters
    ----------
    log_format
        Text with ``$context`` variables.
    exchange
        The request.
    outcome
        How it ended.
    ended_s
        When, in epoch seconds.
    """
    return fill_format(log_format, context_variables(exchange, outcome, ended_s=ended_s))


def fill_format(log_format: str, variables: Mapping[str, Any]) -> str:
    """Put values in the place of ``$context`` variables; ``-`` for what has none.

    Values are escaped as inside of a JSON string, so that a client cannot forge members or lines.

    Examples
    --------
    >>> fill_format('{"id":"$context.requestId","who":"$context.identity.user"}',
    ...     {"requestId": "r-1"})
    '{"id":"r-1","who":"-"}'
    """
    return _VARIABLE.sub(lambda match: _shown(variables.get(match[1])), log_format)


def access_log_stream(exchange: Exchange) -> str:
    """Name the log stream of a stage: opaque, as on AWS."""
    name = f"{exchange.stage.api_id}/{exchange.stage.stage_name}"
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _shown(value: Any) -> str:
    if value is None or value == "":
        return _ABSENT
    return _QUOTED(str(value))[1:-1]


def context_variables(exchange: Exchange, outcome: Outcome, *, ended_s: float) -> dict[str, Any]:
    """Give the values of ``$context`` variables by name, without ``$context.``.

    Parameters
    ----------
    exchange
        The request.
    outcome
        How it ended.
    ended_s
        When, in epoch seconds.
    """
    client = exchange.client
    request, stage, route = exchange.request, exchange.stage, exchange.route
    return {
        "accountId": exchange.account_id,
        "apiId": stage.api_id,
        "deploymentId": stage.deployment_id,
        "domainName": request.host,
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
        "responseLatency": _latency_ms(exchange.started_s, ended_s),
        "responseLength": len(outcome.response.body),
        "stage": stage.stage_name,
        "status": outcome.response.status,
        "xrayTraceId": exchange.trace.header.root if stage.tracing else None,
        **_error_variables(outcome),
        **_integration_variables(outcome),
    }


def _error_variables(outcome: Outcome) -> dict[str, Any]:
    refusal = outcome.refusal
    if refusal is None:
        return {}
    return {
        "error.message": refusal.text,
        "error.messageString": f'"{refusal.text}"',
        "error.responseType": refusal.failure.response_type,
        "error.validationErrorString": refusal.detail,
    }


def _integration_variables(outcome: Outcome) -> dict[str, Any]:
    call = outcome.call
    if call is None:
        return {}
    latency_ms = _latency_ms(call.started_s, call.ended_s)
    return {
        "awsEndpointRequestId": call.request_id,
        "integration.error": call.problem,
        "integration.integrationStatus": call.status,
        "integration.latency": latency_ms,
        "integration.requestId": call.request_id,
        "integration.status": 200 if call.request_id else call.status,
        "integrationErrorMessage": call.problem,
        "integrationLatency": latency_ms,
        "integrationStatus": call.status,
    }


def _latency_ms(started_s: float, ended_s: float) -> int:
    return round((ended_s - started_s) * 1000)
