"""The embedded AWS as a server: one port, regions on demand, graceful shutdown."""

import asyncio
import contextlib
import hmac
import logging
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs

import tracing_lab
from tracing_lab.errors import EmbeddedError

from .cloudformation.loading import Formation
from .functions import FunctionSettings
from .http.admission import PAGE_HEADERS, Admission
from .http.callers import Callers, FunctionProcess
from .http.invoke_urls import is_public
from .http.limits import HttpLimits
from .http.messages import HttpRequest, HttpResponse, error_response, json_response
from .http.server import HttpServer
from .iam.access import CallAuthorizer
from .iam.usage import ActionUsage
from .moto.plane import ControlPlane
from .region import Region, RegionSettings, queue_files
from .router import Router
from .storage.damage import damaged_files, forget_damaged
from .xray import DEFAULT_CACHE_MB

_LOGGER = logging.getLogger(__name__)

TOKEN_HEADER = "X-Tracing-Lab-Token"  # noqa: S105 - a header's name
MAX_BODY_BYTES = 80 * 1024**2
"""A Lambda zip may have 50 MB, and is sent in base64."""

_READ_ONLY_PAGES = frozenset(
    {"/_embedded/health", "/_embedded/actions", "/_embedded/ledger", "/_localstack/health"}
)


@dataclass(frozen=True, kw_only=True)
class AccessSettings:
    """Access that is denied unless the server's owner allows it.

    Parameters
    ----------
    other_users
        Other users of this machine may call, as on a shared lab machine.
    allow_reset
        ``POST /moto-api/reset`` deletes everything without a token, as test suites for moto expect.
    """

    other_users: bool = False
    allow_reset: bool = False


class Server:
    """Everything behind the one port.

    Parameters
    ----------
    state_dir
        Folder of persistent state: traces and the journal of the control plane.
    endpoint_url
        The server's own address.
    token
        The secret for stopping or resetting the server.
    idle_timeout_s
        The server ends by itself after this time without a request.
    function_settings
        Tunables of the Lambda data plane.
    access
        Access beyond the owner's own programs.
    cache_mb
        Megabytes of each region for caches of what is derived from traces.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        endpoint_url: str,
        token: str,
        idle_timeout_s: float,
        function_settings: FunctionSettings | None = None,
        access: AccessSettings | None = None,
        cache_mb: int = DEFAULT_CACHE_MB,
    ) -> None:
        access = access or AccessSettings()
        self._state_dir = state_dir
        self._settings = RegionSettings(function_settings, cache_mb)
        self._endpoint_url = endpoint_url
        self._token = token
        self._idle_timeout_s = idle_timeout_s
        self._started_at = time.time()
        self._last_request = time.monotonic()
        self._stopping = asyncio.Event()
        self._regions: dict[str, Region] = {}
        self._control = ControlPlane(state_dir)
        self._usage = ActionUsage(state_dir / "actions.json")
        self._iam = self._make_iam()
        self._callers = Callers(self._function_processes)
        self._formation = Formation(
            state_dir,
            account_id=self._control.account_id,
            send=self._call_router,
            gaps=self._control.gaps,
        )
        self._router = Router(self._control, self.region, self._callers, self._formation)
        self._admission = Admission(
            is_public=is_public,
            pages=_READ_ONLY_PAGES,
            other_users=access.other_users,
        )
        self._http = HttpServer(
            self._answer, limits=HttpLimits(body=MAX_BODY_BYTES), admit=self._admission
        )
        self._own_pages: dict[str, Callable[[HttpRequest], Awaitable[HttpResponse]]] = {
            "/_embedded/health": self._health,
            "/_embedded/actions": self._actions,
            "/_embedded/ledger": self._ledger,
            "/_localstack/health": self._localstack_health,
            "/_embedded/stop": self._stop,
            "/_embedded/reset": self._reset,
            **({"/moto-api/reset": self._reset_as_moto} if access.allow_reset else {}),
        }

    async def _call_router(self, request: HttpRequest) -> HttpResponse:
        return await self._router(request)

    def _make_iam(self) -> CallAuthorizer:
        control = self._control
        return CallAuthorizer(
            control.role_policies,
            control.resource_policy,
            session_policies=control.session_policies,
            assumed_role=control.assumed_role,
            trusts=control.trusts,
            usage=self._usage,
        )

    def _function_processes(self) -> Iterator[FunctionProcess]:
        for region in self._regions.values():
            yield from region.functions.processes

    async def start(self) -> None:
        """Rebuild the resources of an earlier server with the same state folder."""
        calls = await asyncio.to_thread(self._control.replay)
        if calls:
            _LOGGER.info("rebuilt the control plane from %d calls", calls)

    async def listen(self, sock: socket.socket) -> None:
        """Accept connections on a bound socket."""
        loop = asyncio.get_running_loop()
        await self._http.listen(sock)
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(NotImplementedError):  # Windows; the stop page works there
                loop.add_signal_handler(number, self._stopping.set)

    def resume(self) -> None:
        """Continue pending work in all regions of an earlier server with the same state folder."""
        for folder in self._state_dir.glob("*/xray"):
            name = folder.parent.name
            if self._control.has_region(name):
                try:
                    self.region(name)
                except EmbeddedError:
                    _LOGGER.exception("region %s cannot be used", name)

    async def wait_until_stopped(self) -> None:
        """Wait for a stop request, a signal or the idle timeout, then close all regions."""
        while not self._stopping.is_set():
            idle_s = time.monotonic() - self._last_request
            left_s = self._idle_timeout_s - idle_s
            if left_s <= 0:
                _LOGGER.info("no request for %.0f s: ending", idle_s)
                self._warn_of_schedules()
                break
            try:
                await asyncio.wait_for(self._stopping.wait(), left_s)
            except TimeoutError:
                continue
        await self._formation.close()
        await self._close_regions()
        await self._http.close()
        self._control.close()

    def _warn_of_schedules(self) -> None:
        waiting = sum(len(region.scheduling) for region in self._regions.values())
        if waiting:
            _LOGGER.warning("%d schedules do not fire until the server is started again", waiting)

    def region(self, name: str) -> Region:
        """Return a region's data planes, starting them on first use."""
        if name not in self._regions:
            self._regions[name] = Region(
                self._control,
                self._iam,
                name=name,
                state_dir=self._state_dir,
                endpoint_url=self._endpoint_url,
                admit=replace(self._admission, is_public=lambda _head: False),
                callers=self._callers,
                settings=self._settings,
            )
            self._regions[name].resume()
        return self._regions[name]

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        self._last_request = time.monotonic()
        # a host of an API or function URL has no pages of ours, whatever the path is
        page = None if is_public(request) else self._own_pages.get(request.path)
        if page is None:
            response = await self._router(request)
            for region in self._regions.values():
                region.xray.keep_emitted()
            return response
        response = await page(request)
        return replace(response, headers=(*response.headers, *PAGE_HEADERS))

    async def _health(self, request: HttpRequest) -> HttpResponse:
        for name in filter(self._control.has_region, parse_qs(request.query).get("region", [])):
            self.region(name)
        return json_response(
            200,
            {
                "service": "tracing-lab embedded AWS",
                "version": tracing_lab.__version__,
                "pid": os.getpid(),
                "started_at": self._started_at,
                "account_id": self._control.account_id,
                "damaged": damaged_files(self._state_dir),
                "unsimulated": self._control.gaps.messages,
                "regions": {
                    name: {"xray_daemon_address": region.daemon_address}
                    for name, region in self._regions.items()
                },
            },
        )

    async def _actions(self, _request: HttpRequest) -> HttpResponse:
        return json_response(200, {"roles": [use.to_dict() for use in self._iam.report()]})

    async def _ledger(self, _request: HttpRequest) -> HttpResponse:
        regions = {name: region.event_accounting() for name, region in self._regions.items()}
        return json_response(200, {"regions": regions})

    async def _localstack_health(self, _request: HttpRequest) -> HttpResponse:
        names = ("apigateway", "cloudwatch", "events", "iam", "lambda", "logs", "sts", "xray")
        return json_response(
            200,
            {
                "services": dict.fromkeys(names, "running"),
                "edition": "tracing-lab",
                "version": tracing_lab.__version__,
            },
        )

    async def _stop(self, request: HttpRequest) -> HttpResponse:
        if not self._knows_token(request):
            return error_response(403, "AccessDenied", "Use: tracing-lab embedded stop")
        self._stopping.set()
        return json_response(202, {"stopping": True})

    async def _reset(self, request: HttpRequest) -> HttpResponse:
        if not self._knows_token(request):
            return error_response(403, "AccessDenied", "Use: tracing-lab embedded reset")
        await self._forget_everything()
        return json_response(200, {"reset": True})

    async def _reset_as_moto(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return error_response(405, "MethodNotAllowed", "Use POST")
        if self._callers.function_of(request.peer) is not None:
            return error_response(403, "AccessDenied", "Functions may not reset the embedded AWS")
        await self._forget_everything()
        return json_response(200, {"status": "ok"})

    async def _forget_everything(self) -> None:
        await self._formation.reset()  # first, for a deployment would make resources again
        for folder in self._state_dir.glob("*/xray"):
            self.region(folder.parent.name).xray.reset()  # also regions unused since the start
        await self._close_regions()
        for path in queue_files(self._state_dir):
            path.unlink()
        forget_damaged(self._state_dir)
        await asyncio.to_thread(self._control.reset)
        self._usage.clear()
        self._iam = self._make_iam()

    def _knows_token(self, request: HttpRequest) -> bool:
        if self._callers.function_of(request.peer) is not None:
            return False  # functions can read the token, being processes of the same user
        given = request.header(TOKEN_HEADER) or ""
        # as bytes: text with other than ASCII characters cannot be compared so
        matches = hmac.compare_digest(given.encode("utf-8", "replace"), self._token.encode())
        return request.method == "POST" and matches

    async def _close_regions(self) -> None:
        regions, self._regions = self._regions, {}
        await asyncio.gather(*(region.close() for region in regions.values()))
