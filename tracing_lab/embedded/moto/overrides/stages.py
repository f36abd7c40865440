"""Deployments to stages: moto creates the stage again, API Gateway keeps its settings.

https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html
"""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext, succeeded
from tracing_lab.embedded.protocol.api_call import ApiCall


def create_deployment(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Respond to CreateDeployment; an existing stage keeps its settings.

    Stage variables of the call are added to those that the stage has. That they do not replace
    them is unconfirmed.
    """
    api = backend("apigateway", call.region).apis.get(call.path_members["restApiId"])
    before = {} if api is None else dict(api.stages)
    response = call_next(call)
    name = call.members.get("stageName")
    if succeeded(response) and name in api.stages:
        api.stages[name] = _settled(api.stages[name], before.get(name), call.members)
    return response


def _settled(made: Any, kept: Any, body: Mapping[str, Any]) -> Any:
    """Return the stage of the deployment with the settings of the call."""
    stage = made
    if kept is not None:
        stage = kept
        stage.deployment_id = made.deployment_id
        stage.variables = {**(kept.variables or {}), **made.variables}
    if body.get("tracingEnabled") is not None:
        stage.tracing_enabled = body["tracingEnabled"]
    if body.get("stageDescription") is not None:
        stage.description = body["stageDescription"]
    return stage
