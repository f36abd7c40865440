"""Builds the segment of an API Gateway stage.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-understanding-xray-traces.html
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from tracing_lab.arns import Arn
from tracing_lab.embedded.model import Document
from tracing_lab.xray_model.outcomes import flags_of_http_status

from .calls import FunctionCall, ServiceResult
from .model import Exchange, StageResponse
from .undocumented import SUBSEGMENT_NAMES

ORIGIN = "AWS::ApiGateway::Stage"


def stage_segment(exchange: Exchange, outcome: StageResponse, *, ended_s: float) -> Document:
    """Return the segment of a finished request.

    Parameters
    ----------
    exchange
        The request and its trace.
    outcome
        How it ended.
    ended_s
        The time of its end, in epoch seconds.
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
            # always 0 in AWS's documents
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
        **flags_of_http_status(status),
    }
    subsegments = list(_subsegments(exchange, outcome))
    if subsegments:
        document["subsegments"] = subsegments
    return document


def _subsegments(exchange: Exchange, outcome: StageResponse) -> Iterator[Document]:
    authorizing, call = outcome.authorizer_call, outcome.call
    if authorizing is not None:
        yield _of_function(exchange, authorizing.call, authorizing.subsegment_id)
    if isinstance(call, FunctionCall):
        yield _of_function(exchange, call, exchange.trace.subsegment_id)
    elif call is not None:
        yield _of_service(exchange, call)


def stage_name(exchange: Exchange) -> str:
    """Return the service name of a stage: ``api/stage``."""
    return f"{exchange.stage.api_name}/{exchange.stage.stage_name}"


def stage_arn(region: str, api_id: str, stage: str) -> str:
    """Return the ARN of a stage, which has no account id.

    Examples
    --------
    >>> stage_arn("us-east-1", "a1b2c3", "prod")
    'arn:aws:apigateway:us-east-1::/restapis/a1b2c3/stages/prod'
    """
    return str(Arn("apigateway", region, "", f"/restapis/{api_id}/stages/{stage}"))


def _http_request(exchange: Exchange) -> dict[str, Any]:
    request, stage = exchange.request, exchange.stage
    query = f"?{request.query}" if request.query else ""
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


def _of_function(exchange: Exchange, call: FunctionCall, subsegment_id: str) -> Document:
    name, qualifier = call.function.name, call.function.qualifier
    arn = f"{call.function.arn}:{qualifier}" if qualifier else call.function.arn
    path = f"2015-03-31/functions/{arn}/invocations"
    url = f"https://lambda.{exchange.region}.amazonaws.com/{path}"
    called = {"function_name": name, "operation": "Invoke", "resource_names": [name]}
    return _subsegment(exchange, call, name="Lambda", id_=subsegment_id, url=url, called=called)


def _of_service(exchange: Exchange, call: ServiceResult) -> Document:
    called = {"operation": call.operation, **call.resources}
    if call.request_id:
        called["request_id"] = call.request_id
    name = SUBSEGMENT_NAMES.get(call.service, call.service)
    id_ = exchange.trace.subsegment_id
    return _subsegment(exchange, call, name=name, id_=id_, url=call.url, called=called)


def _subsegment(
    exchange: Exchange,
    call: FunctionCall | ServiceResult,
    *,
    name: str,
    id_: str,
    url: str,
    called: Mapping[str, Any],
) -> Document:
    return {
        "id": id_,
        "name": name,
        "start_time": _ms_precision(call.started_s),
        "end_time": _ms_precision(call.ended_s),
        "http": {
            # the client's method, not that of the call
            "request": {"url": url, "method": exchange.request.method},
            "response": {"status": call.status, "content_length": call.content_length},
        },
        "aws": {**called, "region": exchange.region},
        "namespace": "aws",
        **flags_of_http_status(call.status),
    }


def _ms_precision(moment_s: float) -> float:
    """Return a time in whole milliseconds, cut as in Lambda's segments: none begins too early."""
    return math.floor(round(moment_s * 1e3, 2)) / 1e3  # binary fractions fall short of a whole
