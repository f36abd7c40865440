"""Deployments of HTTP APIs, which moto does not have.

A stage serves the routes of its deployment. One with automatic deployment gets a new one by each
change. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html
"""

from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import random_id
from tracing_lab.embedded.moto.calling import CallNext, Override, succeeded
from tracing_lab.embedded.moto.replaying.call_clock import CLOCK
from tracing_lab.embedded.protocol.api_call import ApiCall

from .finding import api_of, found, reject, stage_of
from .specs import Deployment, deployments_of, routes_of

_AUTOMATIC = "Automatic deployment triggered by changes to the Api configuration"


def deploying(override: Override) -> Override:
    """Return an override whose changes are deployed to stages with automatic deployment."""

    def deployed(call: ApiCall, call_next: CallNext) -> HttpResponse:
        api = api_of(call)
        response = override(call, call_next)
        if succeeded(response):
            deploy_automatically(api)
        return response

    return deployed


def deploy_automatically(api: Any) -> None:
    """Deploy an API to its stages with automatic deployment, if it has any."""
    stages = [stage for stage in api.stages.values() if stage.auto_deploy]
    if not stages:
        return
    deployment = _new(api, _AUTOMATIC, auto=True)
    for stage in stages:
        stage.deployment_id = deployment.id


def create_deployment(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to CreateDeployment."""
    api, name = api_of(call), call.members.get("stageName")
    stage = None if name is None else stage_of(call, api, name)
    deployment = _new(api, call.members.get("description"), auto=False)
    if stage is not None:
        stage.deployment_id = deployment.id
    return json_response(201, _shown(deployment))


def get_deployments(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to GetDeployments, the newest first."""
    deployments = reversed(deployments_of(api_of(call)).values())
    return json_response(200, {"items": [_shown(deployment) for deployment in deployments]})


def get_deployment(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to GetDeployment."""
    return json_response(200, _shown(_deployment(call, api_of(call))))


def update_deployment(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to UpdateDeployment."""
    deployment = _deployment(call, api_of(call))
    deployment.description = call.members.get("description", deployment.description)
    return json_response(200, _shown(deployment))


def delete_deployment(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to DeleteDeployment; one that a stage serves stays."""
    api = api_of(call)
    deployment = _deployment(call, api)
    if any(getattr(stage, "deployment_id", None) == deployment.id for stage in api.stages.values()):
        message = "Active stages pointing to this deployment must be moved or deleted"
        reject(message)
    del deployments_of(api)[deployment.id]
    return HttpResponse(204)


def _deployment(call: ApiCall, api: Any) -> Deployment:
    deployment: Deployment = found(
        deployments_of(api), call.path_members["DeploymentId"], "Deployment"
    )
    return deployment


def _new(api: Any, description: str | None, *, auto: bool) -> Deployment:
    created = CLOCK.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    deployment = Deployment(random_id(6), created, auto, description, routes_of(api))
    deployments_of(api)[deployment.id] = deployment
    return deployment


def _shown(deployment: Deployment) -> dict[str, Any]:
    described = {"description": deployment.description} if deployment.description else {}
    return {
        "autoDeployed": deployment.auto,
        "createdDate": deployment.created,
        "deploymentId": deployment.id,
        "deploymentStatus": "DEPLOYED",
        **described,
    }
