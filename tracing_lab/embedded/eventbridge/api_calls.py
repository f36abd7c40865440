"""Calls of APIs that are targets of EventBridge's rules, with the permission of the target's role.

That HTTP APIs are called like REST APIs is unconfirmed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import NamedTuple

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.iam.policy import AuthorizationRequest

from .api_targets import ApiTargetCall
from .delivery import PRINCIPAL

ACTION = "execute-api:Invoke"
_DEFAULT_STAGE = "$default"
_SIGNED_BY_A_ROLE = ("Authorization", "AWS4-HMAC-SHA256 Credential=events/")
"""What API Gateway takes for the signature of a caller whose permissions were evaluated."""

RoleMay = Callable[[str, AuthorizationRequest], bool]
"""Whether EventBridge may assume a role, by its ARN, and do something with it."""


class Gateways(NamedTuple):
    """The APIs of a region.

    Parameters
    ----------
    has_http_api
        Whether there is an HTTP API with an id.
    call_http_api
        Calls an HTTP API by request, id and path with the stage.
    call_stage
        Calls a stage of a REST API by request, id and name.
    """

    has_http_api: Callable[[str], bool]
    call_http_api: Callable[[HttpRequest, str, str], Awaitable[HttpResponse]]
    call_stage: Callable[[HttpRequest, str, str], Awaitable[HttpResponse]]


async def call_target(call: ApiTargetCall, gateways: Gateways, role_may: RoleMay) -> HttpResponse:
    """Return the response of an API to the request of a target.

    Raises
    ------
    PermissionError
        The target's role may not call the API.
    """
    request = call.request
    if call.role_arn is not None:
        authorization = AuthorizationRequest(ACTION, call.arn)
        if not await asyncio.to_thread(role_may, call.role_arn, authorization):
            msg = f"{PRINCIPAL} may not {ACTION} on {call.arn} as {call.role_arn}; allow that"
            raise PermissionError(msg)
        request = replace(request, headers=(*request.headers, _SIGNED_BY_A_ROLE))
    if gateways.has_http_api(call.api_id):
        stage = "" if call.stage == _DEFAULT_STAGE else f"/{call.stage}"
        return await gateways.call_http_api(request, call.api_id, f"{stage}{request.path}")
    return await gateways.call_stage(request, call.api_id, call.stage)
