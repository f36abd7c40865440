"""Routes requests to API stages, data planes and the control plane."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from urllib.parse import unquote

from tracing_lab.arns import function_name_in

from .apigateway.http_apis.function_urls import forbidden
from .apigateway.model import StageAddress
from .apigateway.usage_api import UsageApi
from .cloudformation.loading import Formation
from .eventbridge.put_events_api import put_events_response
from .functions.invoke_api import INVOKING, LambdaApi
from .http.callers import Callers
from .http.code_urls import CodeAddress, code_address
from .http.hosts import region_of_host
from .http.invoke_urls import ApiAddress, FunctionUrlAddress, api_address, function_url_address
from .http.messages import (
    HttpRequest,
    HttpResponse,
    error_response,
    json_response,
    with_request_id,
)
from .iam.credentials import SESSION_KEY_PREFIX
from .iam.identity import GET_CALLER_IDENTITY, caller_identity
from .moto.overrides.functions.downloads import zip_at
from .moto.plane import ControlPlane
from .protocol.api_call import UNSIGNED, ApiCall, read_call
from .protocol.errors import rejection
from .protocol.function_names import with_plain_function
from .protocol.responses import completed
from .protocol.signature import signature_problem, signing_scope
from .queues.long_poll import poll, wait_of
from .region.region import Region
from .xray.api.span_endpoint import PATH as SPANS_PATH

_QUICKLY_TAKEN_BYTES = 128 * 1024
_STAGE = re.compile(r"/+(?P<stage>[^/]+)(?P<path>/.*)?")  # AWS serves //stage/path, too

_CALLING_FUNCTIONS = frozenset({"cloudwatch", "events", "lambda", "logs", "s3", "scheduler", "sns"})
_SCHEDULING = frozenset({"events", "scheduler"})

GetRegion = Callable[[str], Region]
Handler = Callable[[ApiCall, Region], Awaitable[HttpResponse]]


class Router:
    """Dispatches each request to the part that handles it.

    Parameters
    ----------
    control
        Handles all calls that no data plane does.
    region
        Returns a region's data planes, starting them when needed.
    callers
        Identifies calls of functions.
    formation
        Has the stacks.
    """

    def __init__(
        self,
        control: ControlPlane,
        region: GetRegion,
        callers: Callers,
        formation: Formation,
    ) -> None:
        self._control = control
        self._region = region
        self._callers = callers
        self._formation = formation

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Handle a request."""
        address = api_address(request)
        if address is not None:
            return await self._call_api(request, address)
        url_address = function_url_address(request)
        if url_address is not None:
            return await self._call_url(request, url_address)
        code = code_address(request)
        if code is not None:
            return with_request_id(await self._download(code))
        if request.path == SPANS_PATH and request.method == "POST":
            return with_request_id(await self._take_spans(request))
        return await self._call_service(request)

    async def _call_api(self, request: HttpRequest, address: ApiAddress) -> HttpResponse:
        region = self._control.region_where(lambda catalog: catalog.has_api(address.api_id))
        if region is None:
            return json_response(403, {"message": "Forbidden"})
        data_planes = self._region(region)
        problem = data_planes.permissions.key_problem(request)
        if problem is not None:
            return json_response(403, {"message": problem})
        if data_planes.catalog.has_http_api(address.api_id):
            return await data_planes.http.call_api(request, *address)
        stage = stage_address(address)
        if stage is None:
            return json_response(403, {"message": "Forbidden"})
        return await data_planes.gateway.handle(request, stage)

    async def _call_url(self, request: HttpRequest, address: FunctionUrlAddress) -> HttpResponse:
        region = self._control.region_where(
            lambda catalog: catalog.has_function_url(address.url_id)
        )
        if region is None:
            return forbidden()
        data_planes = self._region(region)
        problem = data_planes.permissions.key_problem(request)
        if problem is not None:
            return json_response(403, {"Message": problem})
        return await data_planes.http.call_url(request, *address)

    async def _download(self, address: CodeAddress) -> HttpResponse:
        """Return a zip; its URL needs no signature, as a presigned one has its own."""
        try:
            content = await asyncio.to_thread(self._control.locked, partial(zip_at, address))
        except KeyError:
            return error_response(403, "AccessDenied", "No function or layer has this zip now.")
        return HttpResponse(200, (("Content-Type", "application/zip"),), content)

    async def _take_spans(self, request: HttpRequest) -> HttpResponse:
        """Pass on spans of OpenTelemetry; the user's own processes need not sign them.

        AWS wants a signature of everybody. Stock exporters cannot make one, so that only functions
        need it here, whose roles decide what they may do.
        """
        scope = signing_scope(request)
        name = scope.region if scope else region_of_host(request.header("Host")) or UNSIGNED.region
        if not self._control.has_region(name):
            return error_response(400, "InvalidRequestException", f"There is no region {name!r}.")
        region = self._region(name)
        if self._callers.function_of(request.peer) is not None:
            problem = None if scope else "Sign the request: functions have credentials for that."
            problem = problem or region.permissions.key_problem(request)
            problem = problem or region.permissions.denial_for(request.peer, "xray:PutSpans")
            if problem:
                return error_response(403, "AccessDeniedException", problem)
        return await asyncio.to_thread(region.xray.spans.handle, request)

    async def _call_service(self, request: HttpRequest) -> HttpResponse:
        call = self._read(request)
        if isinstance(call, HttpResponse):
            return with_request_id(call)
        denied = self._denial(call)
        if denied is not None:
            return completed(call, denied)
        if call.key == GET_CALLER_IDENTITY:
            identity = self._identity(call)
            if identity is not None:
                return completed(call, identity)
        handler = _xray if call.service == "xray" else _DATA_PLANES.get(call.key)
        if handler is not None:
            return with_request_id(await handler(call, self._region(call.region)))
        if call.service in _CALLING_FUNCTIONS:
            self._region(call.region)  # its topics, rules and alarms may invoke functions
        wait_s = wait_of(call)
        if wait_s:
            return completed(call, await poll(self._provision, call, wait_s=wait_s))
        response = await self._provision(call)
        if response.status < 400:  # noqa: PLR2004 - done
            await self._follow_up(call)
        return completed(call, response)

    def _read(self, request: HttpRequest) -> ApiCall | HttpResponse:
        """Return the call of a signed request, or the response to one with an invalid signature."""
        problem = signature_problem(request)
        if problem is not None:
            return error_response(403, "IncompleteSignatureException", problem)
        scope = signing_scope(request)
        if scope is None:
            message = "Sign the request or call an API's invoke URL; see /_embedded/health"
            return error_response(403, "MissingAuthenticationToken", message)
        call = read_call(request, scope)
        call = with_plain_function(call, account_id=self._control.account_id)
        if not self._control.has_region(call.region):
            message = f"Credential should be scoped to a valid region, not '{call.region}'."
            return rejection(call, 403, "InvalidSignatureException", message)
        return call

    def _denial(self, call: ApiCall) -> HttpResponse | None:
        """Return the access-denied response to a call; None if it is allowed."""
        may_be_role = call.scope.access_key.upper().startswith(SESSION_KEY_PREFIX)
        if may_be_role or self._callers.function_of(call.request.peer) is not None:
            return self._region(call.region).permissions.denial_of(call)
        return None  # the user's own call needs no data plane

    def _identity(self, call: ApiCall) -> HttpResponse | None:
        """Return who a role's session is; None for the user, whose identity is moto's."""
        permissions = self._region(call.region).permissions
        principal = permissions.principal(call.scope.access_key)
        if principal is None:
            return None
        return caller_identity(principal, role_id=self._control.role_id(principal.role_arn))

    async def _provision(self, call: ApiCall) -> HttpResponse:
        if self._formation.handles(call):
            return await self._formation.handle(call)
        return await asyncio.to_thread(self._control.handle, call)

    async def _follow_up(self, call: ApiCall) -> None:
        """Update the data planes after a call of the control plane."""
        if call.key == ("lambda", "DeleteFunction"):
            name = function_name_in(call.path_members["FunctionName"])
            self._region(call.region).functions.forget(name)
        if call.key == ("events", "StartReplay"):
            await self._region(call.region).replay(call.members)
        if call.service in _SCHEDULING:
            self._region(call.region).scheduling.refresh()


def stage_address(address: ApiAddress) -> StageAddress | None:
    """Return the stage of a REST API, and the path in it; None for an address without a stage.

    Examples
    --------
    >>> stage_address(ApiAddress("a1", "/prod/orders/7"))
    StageAddress(api_id='a1', stage_name='prod', path='/orders/7')
    """
    match = _STAGE.fullmatch(address.path)
    if match is None:
        return None
    return StageAddress(address.api_id, unquote(match["stage"]), match["path"] or "/")


async def _xray(call: ApiCall, region: Region) -> HttpResponse:
    is_short = len(call.request.body) < _QUICKLY_TAKEN_BYTES
    if call.operation == "PutTraceSegments" and is_short:
        return region.xray.handle(call)  # faster than a thread
    return await asyncio.to_thread(region.xray.handle, call)


async def _invoke(call: ApiCall, region: Region) -> HttpResponse:
    api = LambdaApi(region.catalog, invoke=region.invoke, accept=region.accept)
    return await api.handle(call)


async def _usage(call: ApiCall, region: Region) -> HttpResponse:
    api = UsageApi(region.catalog.usage_plan, region.gateway.quotas, clock=time.time)
    return await asyncio.to_thread(api.handle, call)


async def _flush_authorizers(call: ApiCall, region: Region) -> HttpResponse:
    api_id, stage_name = call.path_members["restApiId"], call.path_members["stageName"]
    try:
        region.catalog.stage(api_id, stage_name)
    except KeyError:
        return error_response(404, "NotFoundException", "Invalid stage identifier specified")
    region.gateway.flush_authorizers(api_id, stage_name)
    return HttpResponse(202)


async def _put_events(call: ApiCall, region: Region) -> HttpResponse:
    return await put_events_response(call, region.bus)


_DATA_PLANES: Mapping[tuple[str, str], Handler] = {
    ("apigateway", "FlushStageAuthorizersCache"): _flush_authorizers,
    ("apigateway", "GetUsage"): _usage,
    ("apigateway", "UpdateUsage"): _usage,
    ("events", "PutEvents"): _put_events,
    **dict.fromkeys(INVOKING, _invoke),
}
"""Handlers of data-plane operations, besides X-Ray's."""
