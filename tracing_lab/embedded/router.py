"""Where a request goes: an API stage, a data plane, or the control plane."""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from .apigateway.model import GatewayRequest
from .apigateway.usage_api import UsageApi, concerns_usage
from .eventbridge.entries import BusError
from .functions.invoke_api import LambdaApi, is_invoke
from .http.callers import Callers
from .http.hosts import api_of_host
from .http.messages import (
    HttpRequest,
    HttpResponse,
    error_response,
    json_response,
    with_request_id,
)
from .iam.access import SESSION_KEY_PREFIX
from .moto.plane import ControlPlane
from .protocol.operations import operation_name
from .protocol.signature import SigningScope, signature_problem, signing_scope
from .protocol.trace_header import HEADER_NAME, TraceHeader
from .queues.long_poll import poll, wait_of
from .region import Region

_EXECUTE_API = re.compile(r"/_aws/execute-api/(?P<api>[^/]+)/(?P<stage>[^/]+)(?P<path>/.*)?")
_USER_REQUEST = re.compile(
    r"/restapis/(?P<api>[^/]+)/(?P<stage>[^/]+)/_user_request_(?P<path>/.*)?"
)
_QUICKLY_TAKEN_BYTES = 128 * 1024
_HOST_FORM = re.compile(r"/(?P<stage>[^/]+)(?P<path>/.*)?")

_DELETED_FUNCTION = re.compile(r"/2015-03-31/functions/(?:[^/]*:)?(?P<name>[^/:]+)/?")

_CALLING_FUNCTIONS = frozenset({"monitoring", "sns"})

GetRegion = Callable[[str], Region]
Handler = Callable[[HttpRequest, Region], Awaitable[HttpResponse]]


class Router:
    """Sends each request to the part that answers it.

    Parameters
    ----------
    control
        Answers everything that no data plane does.
    region
        Gives a region's data planes, starting them when needed.
    callers
        Knows which calls come from functions.
    """

    def __init__(self, control: ControlPlane, region: GetRegion, callers: Callers) -> None:
        self._control = control
        self._region = region
        self._callers = callers

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        address = api_address(request)
        if address is not None:
            return await self._call_api(request, *address)
        return await self._call_service(request)

    async def _call_api(
        self, request: HttpRequest, api_id: str, stage: str, path: str
    ) -> HttpResponse:
        region = self._control.region_of_api(api_id)
        if region is None:
            return json_response(403, {"message": "Forbidden"})
        data_planes = self._region(region)
        problem = data_planes.permissions.key_problem(request)
        if problem is not None:
            return json_response(403, {"message": problem})
        answer = await data_planes.gateway.handle(
            GatewayRequest(
                api_id=api_id,
                stage_name=stage,
                method=request.method,
                path=path,
                raw_query=request.query,
                headers=list(request.headers),
                body=request.body,
                source_ip=request.source_ip,
                host=request.header("Host") or "",
            )
        )
        return HttpResponse(answer.status, tuple(answer.headers), answer.body)

    async def _call_service(self, request: HttpRequest) -> HttpResponse:
        scope = self._scope(request)
        if isinstance(scope, HttpResponse):
            return scope
        refused = self._refusal(scope, request)
        if refused is not None:
            return with_request_id(refused)
        handler = _data_plane(scope.service, request)
        if handler is not None:
            return with_request_id(await handler(request, self._region(scope.region)))
        if scope.service in _CALLING_FUNCTIONS:
            self._region(scope.region)  # whose functions its topics and alarms may call
        wait_s = wait_of(request)
        if wait_s:
            return await poll(self._provision, request, wait_s=wait_s)
        response = await self._provision(request)
        if response.status < 400:  # noqa: PLR2004 - done
            await self._follow_up(request, scope)
        return response

    def _scope(self, request: HttpRequest) -> SigningScope | HttpResponse:
        """Return the scope of a signed request, or the answer to one that is not signed well."""
        problem = signature_problem(request)
        if problem is not None:
            return error_response(403, "IncompleteSignatureException", problem)
        scope = signing_scope(request)
        if scope is None:
            message = "Sign the request or call an API's invoke URL; see /_embedded/health"
            return error_response(403, "MissingAuthenticationToken", message)
        if not self._control.has_region(scope.region):
            message = f"Credential should be scoped to a valid region, not '{scope.region}'."
            return error_response(403, "InvalidSignatureException", message)
        return scope

    def _refusal(self, scope: SigningScope, request: HttpRequest) -> HttpResponse | None:
        """Return the answer to a call that its caller may not make; None when it may."""
        may_be_role = scope.access_key.upper().startswith(SESSION_KEY_PREFIX)
        if may_be_role or self._callers.function_of(request.peer) is not None:
            return self._region(scope.region).permissions.refusal(scope, request)
        return None  # the user's own call, which needs no data plane to be started

    async def _provision(self, request: HttpRequest) -> HttpResponse:
        return await asyncio.to_thread(self._control.handle, request)

    async def _follow_up(self, request: HttpRequest, scope: SigningScope) -> None:
        """Let the data planes do their part of a call that the control plane has done."""
        deleted = _DELETED_FUNCTION.fullmatch(request.path)
        if deleted and request.method == "DELETE":
            self._region(scope.region).functions.forget(unquote(deleted["name"]))
        if scope.service == "events" and operation_name(request) == "StartReplay":
            await self._region(scope.region).replay(json.loads(request.body))


def api_address(request: HttpRequest) -> tuple[str, str, str] | None:
    """Give ``(api id, stage, path)`` of an invoke URL in any of its three forms.

    Examples
    --------
    >>> api_address(HttpRequest("POST", "/_aws/execute-api/a1/prod/orders/7"))
    ('a1', 'prod', '/orders/7')
    """
    match = _EXECUTE_API.fullmatch(request.path) or _USER_REQUEST.fullmatch(request.path)
    if match:
        return match["api"], unquote(match["stage"]), match["path"] or "/"
    api_id = api_of_host(request.header("Host"))
    by_host = _HOST_FORM.fullmatch(request.path) if api_id else None
    if api_id and by_host:
        return api_id, unquote(by_host["stage"]), by_host["path"] or "/"
    return None


def _data_plane(service: str, request: HttpRequest) -> Handler | None:
    if service == "xray":
        return _xray
    if service == "events" and (request.header("X-Amz-Target") or "").endswith(".PutEvents"):
        return _put_events
    if service == "lambda" and is_invoke(request):
        return _invoke
    if service == "apigateway" and concerns_usage(request):
        return _usage
    return None


async def _xray(request: HttpRequest, region: Region) -> HttpResponse:
    if request.path == "/TraceSegments" and len(request.body) < _QUICKLY_TAKEN_BYTES:
        answer = region.xray.handle(request.path, request.body)  # sooner done than handed over
    else:
        answer = await asyncio.to_thread(region.xray.handle, request.path, request.body)
    return HttpResponse(answer.status, tuple(answer.headers.items()), answer.body)


async def _invoke(request: HttpRequest, region: Region) -> HttpResponse:
    api = LambdaApi(region.catalog, invoke=region.invoke, accept=region.accept)
    return await api.handle(request)


async def _usage(request: HttpRequest, region: Region) -> HttpResponse:
    api = UsageApi(region.catalog.usage_plan, region.gateway.quotas, clock=time.time)
    return await asyncio.to_thread(api.handle, request)


async def _put_events(request: HttpRequest, region: Region) -> HttpResponse:
    try:
        header = TraceHeader.parse(request.header(HEADER_NAME))
        return json_response(200, await region.bus.put_events(request.json, header))
    except BusError as error:
        return error_response(error.status, error.code, str(error))
    except (ValueError, RecursionError) as error:
        return error_response(400, "SerializationException", f"The body is not JSON: {error}")
