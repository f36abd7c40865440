"""The segment of an API Gateway stage, as X-Ray shows it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-understanding-xray-traces.html
"""

from typing import Any

from tracing_lab.embedded.model import Document

from .model import Exchange, FunctionCall, Outcome

ORIGIN = "AWS::ApiGateway::Stage"

_TOO_MANY_REQUESTS = 429


def stage_segment(exchange: Exchange, outcome: Outcome, *, ended_s: float) -> Document:
    """Make the segment of a request that is over.

    Parameters
    ----------
    exchange
        The request and its trace.
    outcome
        How it ended.
    ended_s
        When, in epoch seconds.
    """
    stage, trace = exchange.stage, exchange.trace
    status = outcome.response.status
    document: Document = {
        "id": trace.segment_id,
        "name": stage_name(exchange),
        "start_time": _ms_precision(exchange.started_s),
        "trace_id": trace.header.root,
        "end_time": _ms_precision(ended_s),
        **({"parent_id": trace.header.parent} if trace.header.parent else {}),
        "http": {
            "request": _http_request(exchange),
            # always 0 in the documents that AWS makes
            "response": {"status": status, "content_length": 0},
        },
        "aws": _aws(exchange),
        "annotations": {"aws:api_id": stage.api_id, "aws:api_stage": stage.stage_name},
        "metadata": {
            "default": {
                "extended_request_id": exchange.extended_request_id,
                "request_id": exchange.request_id,
            }
        },
        "origin": ORIGIN,
        "resource_arn": stage_arn(exchange.region, stage.api_id, stage.stage_name),
        **flags(status),
    }
    if outcome.call is not None:
        document["subsegments"] = [_subsegment(exchange, outcome.call)]
    return document


def stage_name(exchange: Exchange) -> str:
    """Give the service name of a stage: ``api/stage``."""
    return f"{exchange.stage.api_name}/{exchange.stage.stage_name}"


def stage_arn(region: str, api_id: str, stage: str) -> str:
    """Give the ARN of a stage, which has no account id.

    Examples
    --------
    >>> stage_arn("us-east-1", "a1b2c3", "prod")
    'arn:aws:apigateway:us-east-1::/restapis/a1b2c3/stages/prod'
    """
    return f"arn:aws:apigateway:{region}::/restapis/{api_id}/stages/{stage}"


def flags(status: int) -> dict[str, bool]:
    """Give the flags of a segment or subsegment for an HTTP status.

    Examples
    --------
    >>> flags(200), flags(404), flags(429), flags(502)
    ({}, {'error': True}, {'error': True, 'throttle': True}, {'fault': True})
    """
    if status == _TOO_MANY_REQUESTS:
        return {"error": True, "throttle": True}
    return {4: {"error": True}, 5: {"fault": True}}.get(status // 100, {})


def _http_request(exchange: Exchange) -> dict[str, Any]:
    request, stage = exchange.request, exchange.stage
    query = f"?{request.raw_query}" if request.raw_query else ""
    host = f"{stage.api_id}.execute-api.{exchange.region}.amazonaws.com"
    user_agent = request.header("User-Agent")
    return {
        "url": f"https://{host}{exchange.stage_path}{query}",
        "method": request.method,
        **({"user_agent": user_agent} if user_agent else {}),
        "client_ip": request.source_ip,
        "x_forwarded_for": True,
    }


def _aws(exchange: Exchange) -> dict[str, Any]:
    rule = exchange.trace.rule_name
    return {
        **({"xray": {"sampling_rule_name": rule}} if rule else {}),
        "api_gateway": {
            "account_id": exchange.account_id,
            "rest_api_id": exchange.stage.api_id,
            "stage": exchange.stage.stage_name,
            "request_id": exchange.request_id,
        },
    }


def _subsegment(exchange: Exchange, call: FunctionCall) -> Document:
    name, qualifier = call.function.name, call.function.qualifier
    arn = f"{call.function.arn}:{qualifier}" if qualifier else call.function.arn
    path = f"2015-03-31/functions/{arn}/invocations"
    return {
        "id": exchange.trace.subsegment_id,
        "name": "Lambda",
        "start_time": _ms_precision(call.started_s),
        "end_time": _ms_precision(call.ended_s),
        "http": {
            "request": {
                "url": f"https://lambda.{exchange.region}.amazonaws.com/{path}",
                "method": exchange.request.method,  # the client's, not that of the Invoke call
            },
            "response": {"status": call.status, "content_length": call.content_length},
        },
        "aws": {
            "function_name": name,
            "region": exchange.region,
            "operation": "Invoke",
            "resource_names": [name],
        },
        "namespace": "aws",
        **flags(call.status),
    }


def _ms_precision(moment_s: float) -> float:
    return round(moment_s, 3)
