"""Deployments to stages: moto makes the stage anew, API Gateway keeps what was set for it.

https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDeployment.html
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.adapter import backend

_DEPLOYMENTS = re.compile(r"/restapis/(?P<api>[^/]+)/deployments/?")

Answer = Callable[[HttpRequest], HttpResponse]


def concerns_deployments(request: HttpRequest) -> bool:
    """Tell whether a call is CreateDeployment.

    Examples
    --------
    >>> concerns_deployments(HttpRequest("POST", "/restapis/a1/deployments"))
    True
    """
    return request.method == "POST" and _DEPLOYMENTS.fullmatch(request.path) is not None


def answer_deployments(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer CreateDeployment; a stage that is there keeps its settings.

    Stage variables of the call are added to those that the stage has. That they do not replace
    them is unconfirmed.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    match = _DEPLOYMENTS.fullmatch(request.path)
    api = backend("apigateway", region).apis.get(match["api"] if match else "")
    before = {} if api is None else dict(api.stages)
    response = answer(request)
    if response.status < 400:  # noqa: PLR2004 - an error
        body = json.loads(request.body or b"{}")
        name = body.get("stageName")
        if name in api.stages:
            api.stages[name] = _settled(api.stages[name], before.get(name), body)
    return response


def _settled(made: Any, kept: Any, body: Mapping[str, Any]) -> Any:
    """Give the stage that the deployment is for, with what the call says about it."""
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
