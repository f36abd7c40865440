"""The TCP side of the X-Ray daemon: unsigned HTTP requests, answered by the X-Ray API."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, Protocol

from tracing_lab.embedded.http.limits import HttpLimits
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse, error_response
from tracing_lab.embedded.http.server import Admit, HttpServer

_MAX_BODY_BYTES = 8 * 1024 * 1024


class Response(Protocol):
    """What an API answers."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def headers(self) -> Any:
        """Headers by name."""

    @property
    def body(self) -> bytes:
        """The body."""


Handle = Callable[[str, bytes], Response]
"""Answer a POST request, given its path and body; may block."""


class DaemonApi:
    """Forwards requests to the X-Ray API.

    Parameters
    ----------
    handle
        Answers the requests.
    admit
        Decides by the head of a request whether it is answered.
    authorize
        Returns the response to a request that its sender may not make; None for all others.
    """

    def __init__(
        self,
        handle: Handle,
        *,
        admit: Admit,
        authorize: Callable[[HttpRequest], HttpResponse | None] = lambda _request: None,
    ) -> None:
        self._handle = handle
        self._authorize = authorize
        self._http = HttpServer(self._answer, limits=HttpLimits(body=_MAX_BODY_BYTES), admit=admit)

    async def listen(self, sock: socket.socket) -> None:
        """Accept connections on a bound socket."""
        await self._http.listen(sock)

    async def close(self) -> None:
        """Accept no more and cut all connections; harmless when repeated."""
        await self._http.close()

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            message = f"The X-Ray daemon answers POST only, not {request.method}"
            return error_response(405, "MethodNotAllowed", message)
        denied = self._authorize(request)
        if denied is not None:
            return denied
        response = await asyncio.to_thread(self._handle, request.path, request.body)
        return HttpResponse(response.status, tuple(response.headers.items()), response.body)
