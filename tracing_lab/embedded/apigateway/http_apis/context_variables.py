"""Values of ``$context`` variables of HTTP APIs, for access logs and identity sources.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from typing import Any

from tracing_lab.embedded.apigateway.access_log import elapsed_ms, integration_variables
from tracing_lab.embedded.apigateway.proxy_events import request_time
from tracing_lab.embedded.protocol.function_results import text_of

from .exchange import HttpExchange, HttpOutcome


def context_variables(exchange: HttpExchange) -> dict[str, Any]:
    """Return the variables of a request by name, without ``$context.``."""
    request = exchange.request
    return {
        "accountId": exchange.account_id,
        "apiId": exchange.api.id,
        "domainName": exchange.host,
        "domainPrefix": exchange.api.id,
        "extendedRequestId": exchange.request_id,
        "httpMethod": request.method,
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.header("User-Agent"),
        "path": exchange.shown_path,
        "protocol": "HTTP/1.1",
        "requestId": exchange.request_id,
        "requestTime": request_time(exchange.started_s),
        "requestTimeEpoch": int(exchange.started_s * 1000),
        "routeKey": exchange.route_key,
        "stage": exchange.stage.name,
        **{f"authorizer.{name}": text_of(value) for name, value in exchange.authorizer.items()},
    }


def outcome_variables(
    exchange: HttpExchange, outcome: HttpOutcome, *, ended_s: float
) -> dict[str, Any]:
    """Return the variables of a finished request by name, without ``$context.``.

    Parameters
    ----------
    exchange
        The request.
    outcome
        How it ended.
    ended_s
        The time of its end, in epoch seconds.
    """
    return {
        **context_variables(exchange),
        "dataProcessed": len(exchange.request.body) + len(outcome.response.body),
        "responseLatency": elapsed_ms(exchange.started_s, ended_s),
        "responseLength": len(outcome.response.body),
        "status": outcome.response.status,
        **_problem_variables(outcome),
        **integration_variables(outcome.call),
    }


def _problem_variables(outcome: HttpOutcome) -> dict[str, Any]:
    if outcome.problem is None:
        return {}
    message = outcome.problem.message
    return {"error.message": message, "error.messageString": f'"{message}"'}
