"""The APIs of a replay, and who may invoke its functions."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tracing_lab.stack import Resource
from tracing_lab.stack.references import output

from .shape import EVENT, FRONT, ReplayNames

_INVOCATION_TYPE: Final = "integration.request.header.X-Amz-Invocation-Type"
_ACCEPTED: Final = "202"


def api_resources(names: ReplayNames, api: str, routes: Iterable[str]) -> list[Resource]:
    """Return an API with routes to stand-ins.

    Parameters
    ----------
    names
        The names.
    api
        Name of the API; `shape.FRONT` is not traced.
    routes
        As in `ReplayShape`.

    Returns
    -------
    list[Resource]
        The API, its deployment, its stage, and its permissions to invoke functions.
    """
    methods = {f"/{route}": {"POST": _method(names, route)} for route in routes}
    stage = names.stack.config.api_gateway_stage_name
    properties = {
        "EndpointType": "REGIONAL",
        "Methods": methods,
        "Name": names.api(api),
        "Tags": names.stack.tags,
    }
    rest_api = Resource(
        type="AWS::ApiGateway::RestApi",
        logical=api,
        name=names.api(api),
        properties=properties,
        create_only=frozenset({"Name"}),
    )
    permissions = [
        permission(
            names,
            service,
            "-".join(filter(None, (api, kind))),
            "apigateway.amazonaws.com",
            names.stack.arn("execute-api", output(api), f"/{stage}/POST/{route}"),
            (api,),
        )
        for route in routes
        for service, _, kind in [route.partition("/")]
    ]
    return [rest_api, _deployment(names, api, methods), _stage(names, api), *permissions]


def _method(names: ReplayNames, route: str) -> dict[str, Any]:
    """Return the integration of a route; of an asynchronous one, a proxy would wait.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-integration-async.html
    """
    service, _, kind = route.partition("/")
    uri = names.stack.invocation_uri(service)
    if kind != EVENT:
        return {"Type": "AWS_PROXY", "Uri": uri}
    parameters = {_INVOCATION_TYPE: "'Event'"}
    return {"Answers": [_ACCEPTED], "RequestParameters": parameters, "Type": "AWS", "Uri": uri}


def _deployment(names: ReplayNames, api: str, methods: Mapping[str, Any]) -> Resource:
    digest = hashlib.sha256(json.dumps(methods, sort_keys=True).encode()).hexdigest()[:16]
    return Resource(
        type="AWS::ApiGateway::Deployment",
        logical=f"{api}-deployment",
        name=f"{names.api(api)}/{digest}",
        properties={"Description": f"tracing-lab methods {digest}", "RestApiId": output(api)},
        depends_on=(api,),
        create_only=frozenset({"Description", "RestApiId"}),
        part_of=api,
        create_before_destroy=True,
    )


def _stage(names: ReplayNames, api: str) -> Resource:
    properties = {
        "AccessLogSetting": {},
        "DeploymentId": output(f"{api}-deployment"),
        "MetricsEnabled": False,
        "RestApiId": output(api),
        "StageName": names.stack.config.api_gateway_stage_name,
        "Tags": names.stack.tags,
        "TracingEnabled": api != FRONT,
    }
    return Resource(
        type="AWS::ApiGateway::Stage",
        logical=f"{api}-stage",
        name=names.stage(api),
        properties=properties,
        depends_on=(api, f"{api}-deployment"),
        create_only=frozenset({"RestApiId", "StageName"}),
        part_of=api,
    )


def permission(
    names: ReplayNames,
    service: str,
    source: str,
    principal: str,
    source_arn: str,
    depends_on: tuple[str, ...],
) -> Resource:
    """Return the permission of a source to invoke a stand-in.

    Parameters
    ----------
    names
        The names.
    service
        Name of the stand-in.
    source
        What the source is called in the permission's own name.
    principal
        The AWS service that invokes.
    source_arn
        The resource on whose behalf it may.
    depends_on
        Logical names of what must exist before, besides the function.
    """
    properties = {
        "Action": "lambda:InvokeFunction",
        "FunctionName": names.stack.function(service),
        "Principal": principal,
        "SourceArn": source_arn,
    }
    return Resource(
        type="AWS::Lambda::Permission",
        logical=f"{service}-{source}-permission",
        name=names.stack.name(f"{service}-{source}-permission"),
        properties=properties,
        depends_on=(f"{service}-function", *depends_on),
        create_only=frozenset(properties),
        part_of=f"{service}-function",
    )
