"""Stages of HTTP APIs: moto neither changes them nor knows their deployments.

https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html
"""

import re
from datetime import datetime
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.calling import CallNext, succeeded
from tracing_lab.embedded.protocol.api_call import ApiCall

from .deployments import deploy_automatically
from .finding import api_of, conflict, found, reject, stage_of
from .specs import deployments_of

_NAME = re.compile(r"\$default|[A-Za-z0-9_-]{1,128}")
_ATTRIBUTES = {
    "accessLogSettings": "access_log_settings",
    "autoDeploy": "auto_deploy",
    "clientCertificateId": "client_certificate_id",
    "deploymentId": "deployment_id",
    "description": "description",
    "stageVariables": "stage_variables",
}
_MERGED = {"defaultRouteSettings": "default_route_settings", "routeSettings": "route_settings"}


def create_stage(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to CreateStage; one with automatic deployment serves what there is at once."""
    api, name = api_of(call), str(call.members["stageName"])
    if _NAME.fullmatch(name) is None:
        reject("Stage name only allows a-zA-Z0-9_- or $default")
    if name in api.stages:
        conflict("Stage already exists")
    _check(call, api, auto=call.members.get("autoDeploy") is True)
    response = call_next(call)
    if not succeeded(response):
        return response
    stage = api.stages[name]
    stage.deployment_id = call.members.get("deploymentId")
    deploy_automatically(api)
    return json_response(201, shown(stage))


def update_stage(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to UpdateStage."""
    api = api_of(call)
    stage, members = stage_of(call, api), call.members
    _check(call, api, auto=members.get("autoDeploy", stage.auto_deploy) is True)
    for member, attribute in _ATTRIBUTES.items():
        if members.get(member) is not None:
            setattr(stage, attribute, members[member])
    for member, attribute in _MERGED.items():
        if members.get(member):
            setattr(stage, attribute, {**(getattr(stage, attribute) or {}), **members[member]})
    stage.updated = datetime.now()  # noqa: DTZ005 - as moto's
    deploy_automatically(api)
    return json_response(200, shown(stage))


def get_stage(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to GetStage."""
    return json_response(200, shown(stage_of(call, api_of(call))))


def get_stages(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to GetStages."""
    return json_response(200, {"items": [shown(stage) for stage in api_of(call).stages.values()]})


def delete_stage(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to DeleteStage."""
    api = api_of(call)
    del api.stages[stage_of(call, api).name]
    return HttpResponse(204)


def delete_access_log_settings(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to DeleteAccessLogSettings."""
    stage_of(call, api_of(call)).access_log_settings = None
    return HttpResponse(204)


def delete_route_settings(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to DeleteRouteSettings."""
    stage, key = stage_of(call, api_of(call)), call.path_members["RouteKey"]
    kept = {name: value for name, value in stage.route_settings.items() if name != key}
    stage.route_settings = kept
    return HttpResponse(204)


def shown(stage: Any) -> dict[str, Any]:
    """Return a stage as API Gateway shows it."""
    deployment_id = getattr(stage, "deployment_id", None)
    content: dict[str, Any] = stage.to_json()
    if deployment_id:
        content["deploymentId"] = deployment_id
        if stage.auto_deploy:
            message = f"Successfully deployed stage with deployment ID '{deployment_id}'"
            content["lastDeploymentStatusMessage"] = message
    if getattr(stage, "managed", False):
        content["apiGatewayManaged"] = True
    return content


def _check(call: ApiCall, api: Any, *, auto: bool) -> None:
    deployment_id = call.members.get("deploymentId")
    if deployment_id is None:
        return
    if auto:
        reject("DeploymentId cannot be set when AutoDeploy is enabled")
    found(deployments_of(api), deployment_id, "Deployment")
