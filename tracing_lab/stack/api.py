"""The REST API ``POST /orders/{customerId}`` with its deployment, stage and permission."""

import hashlib
import json
from typing import Any

from . import access
from .model import Resource
from .names import Names
from .references import output

ORDERS_PATH = "/orders/{customerId}"
# Headers that a CORS preflight must allow; X-Amzn-Trace-Id lets browsers begin a trace.
CORS_HEADERS = {
    "Access-Control-Allow-Headers": "'Content-Type,X-Amz-Date,X-Api-Key,X-Amzn-Trace-Id'",
    "Access-Control-Allow-Methods": "'OPTIONS,POST'",
    "Access-Control-Allow-Origin": "'*'",
}
_ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "traceId": "$context.xrayTraceId",
    "ip": "$context.identity.sourceIp",
    "requestTime": "$context.requestTime",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "responseLatency": "$context.responseLatency",
    "responseLength": "$context.responseLength",
}
ACCESS_LOG_FORMAT = json.dumps(_ACCESS_LOG_FIELDS, separators=(",", ":"))


def resources(names: Names) -> list[Resource]:
    """Return the API and its parts.

    Returns
    -------
    list[Resource]
        API, deployment, stage and the API's permission to invoke the order function.
    """
    stage = names.config.api_gateway_stage_name
    source_arn = names.arn("execute-api", output("api"), f"/{stage}/POST/orders/*")
    invoke = permission(
        names,
        "order",
        principal="apigateway.amazonaws.com",
        source_arn=source_arn,
        depends_on=("order-function", "api"),
    )
    return [_api(names), _deployment(names), _stage(names), invoke]


def permission(
    names: Names, service: str, *, principal: str, source_arn: str, depends_on: tuple[str, ...]
) -> Resource:
    """Return the permission of one source to invoke a function.

    Parameters
    ----------
    names
        The stack's names.
    service
        The function's service.
    principal
        The AWS service that invokes.
    source_arn
        The resource on whose behalf it may.
    depends_on
        Logical names of what must exist before.

    Returns
    -------
    Resource
        The permission; it cannot be changed, only replaced.
    """
    properties = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": names.function(service),
        "Principal": principal,
        "SourceArn": source_arn,
    }
    return Resource(
        type="AWS::Lambda::Permission",
        logical=f"{service}-permission",
        name=names.name(f"{service}-permission"),
        properties=properties,
        depends_on=depends_on,
        create_only=frozenset(properties),
        part_of=f"{service}-function",
    )


def methods(names: Names) -> dict[str, Any]:
    """Return the API's integrations by path and HTTP method."""
    uri = names.invocation_uri("order")
    order = {"Type": "AWS_PROXY", "Uri": uri, **access.method_settings(names)}
    preflight = {
        "Type": "MOCK",
        "RequestTemplates": {"application/json": '{"statusCode": 200}'},
        "ResponseHeaders": CORS_HEADERS,
    }
    return {ORDERS_PATH: {"OPTIONS": preflight, "POST": order}}


def _api(names: Names) -> Resource:
    properties = {
        "EndpointType": "REGIONAL",
        "Methods": methods(names),
        "Name": names.api,
        "Tags": names.tags,
        **access.api_settings(names),
    }
    return Resource(
        type="AWS::ApiGateway::RestApi",
        logical="api",
        name=names.api,
        properties=properties,
        create_only=frozenset({"Name"}),
    )


def _deployment(names: Names) -> Resource:
    """Return a deployment; its description identifies the methods, so that no state is needed."""
    text = json.dumps({**methods(names), **access.api_settings(names)}, sort_keys=True)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    return Resource(
        type="AWS::ApiGateway::Deployment",
        logical="deployment",
        name=f"{names.api}/{digest}",
        properties={"Description": f"tracing-lab methods {digest}", "RestApiId": output("api")},
        depends_on=("api",),
        create_only=frozenset({"Description", "RestApiId"}),
        part_of="api",
        create_before_destroy=True,
    )


def _stage(names: Names) -> Resource:
    config = names.config
    access_log = {
        "DestinationArn": names.access_log_group_arn,
        "Format": ACCESS_LOG_FORMAT,
    }
    properties = {
        "AccessLogSetting": access_log if config.enable_detailed_monitoring else {},
        "DeploymentId": output("deployment"),
        "MetricsEnabled": config.enable_detailed_monitoring,
        "RestApiId": output("api"),
        "StageName": config.api_gateway_stage_name,
        "Tags": names.tags,
        **access.throttling(names),
        "TracingEnabled": config.x_ray_tracing_mode == "Active",
    }
    return Resource(
        type="AWS::ApiGateway::Stage",
        logical="stage",
        name=f"{names.api}/{config.api_gateway_stage_name}",
        properties=properties,
        depends_on=("api", "deployment", "access-log-group", "api-account"),
        create_only=frozenset({"RestApiId", "StageName"}),
        part_of="api",
    )
