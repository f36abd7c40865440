"""Access log lines of API Gateway stages.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from .calls import BackendCall
from .model import Exchange, StageResponse
from .request_variables import request_variables

_VARIABLE = re.compile(r"\$context\.([A-Za-z]\w*(?:\.\w+)*)")
_ABSENT = "-"
_QUOTED = json.JSONEncoder(ensure_ascii=False).encode


def access_log_line(
    log_format: str, exchange: Exchange, outcome: StageResponse, *, ended_s: float
) -> str:
    """Return a line in a stage's access log format.

    Parameters
    ----------
    log_format
        Text with ``$context`` variables.
    exchange
        The request.
    outcome
        How it ended.
    ended_s
        The time of its end, in epoch seconds.
    """
    return fill_format(log_format, context_variables(exchange, outcome, ended_s=ended_s))


def fill_format(log_format: str, variables: Mapping[str, Any]) -> str:
    """Return a format with ``$context`` variables replaced by values, ``-`` for missing ones.

    Values are escaped as inside of a JSON string, so that a client cannot forge members or lines.

    Examples
    --------
    >>> fill_format('{"id":"$context.requestId","who":"$context.identity.user"}',
    ...     {"requestId": "r-1"})
    '{"id":"r-1","who":"-"}'
    """
    return _VARIABLE.sub(lambda match: _shown(variables.get(match[1])), log_format)


def access_log_stream(exchange: Exchange) -> str:
    """Return the name of a stage's log stream: opaque, as on AWS."""
    name = f"{exchange.stage.api_id}/{exchange.stage.stage_name}"
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def _shown(value: Any) -> str:
    if value is None or value == "":
        return _ABSENT
    return _QUOTED(str(value))[1:-1]


def context_variables(
    exchange: Exchange, outcome: StageResponse, *, ended_s: float
) -> dict[str, Any]:
    """Return the values of ``$context`` variables by name, without ``$context.``.

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
        **request_variables(exchange),
        "responseLatency": elapsed_ms(exchange.started_s, ended_s),
        "responseLength": len(outcome.response.body),
        "status": outcome.response.status,
        **_error_variables(outcome),
        **_authorizer_variables(outcome),
        **integration_variables(outcome.call),
    }


def _error_variables(outcome: StageResponse) -> dict[str, Any]:
    rejection = outcome.rejection
    if rejection is None:
        return {}
    return {
        "error.message": rejection.text,
        "error.messageString": f'"{rejection.text}"' if rejection.text else "null",
        "error.responseType": rejection.failure.response_type,
        "error.validationErrorString": rejection.detail,
    }


def _authorizer_variables(outcome: StageResponse) -> dict[str, Any]:
    if outcome.authorizer_call is None:
        return {}
    call = outcome.authorizer_call.call
    latency_ms = elapsed_ms(call.started_s, call.ended_s)
    return {
        "authorizer.error": call.problem,
        "authorizer.integrationLatency": latency_ms,
        "authorizer.integrationStatus": call.status,
        "authorizer.latency": latency_ms,
        "authorizer.requestId": call.request_id,
        "authorizer.status": call.status,
    }


def integration_variables(call: BackendCall | None) -> dict[str, Any]:
    """Return the variables of an integration's call; none without a call.

    ``integrationStatus`` is documented both ways: it is the backend's status here.
    """
    if call is None:
        return {}
    latency_ms = elapsed_ms(call.started_s, call.ended_s)
    return {
        "awsEndpointRequestId": call.request_id,
        "integration.error": call.problem,
        "integration.integrationStatus": call.service_status or call.status,
        "integration.latency": latency_ms,
        "integration.requestId": call.request_id,
        "integration.status": call.status,
        "integrationErrorMessage": call.problem,
        "integrationLatency": latency_ms,
        "integrationStatus": call.status,
    }


def elapsed_ms(started_s: float, ended_s: float) -> int:
    """Return the milliseconds between two times in seconds.

    Examples
    --------
    >>> elapsed_ms(10.0, 10.25)
    250
    """
    return round((ended_s - started_s) * 1000)
