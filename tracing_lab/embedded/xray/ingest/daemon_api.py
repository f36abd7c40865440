"""The TCP side of the X-Ray daemon: forwards unsigned HTTP requests to the X-Ray API."""

import asyncio
import socket
from collections.abc import Callable

from tracing_lab.embedded.http.limits import HttpLimits
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse, error_response
from tracing_lab.embedded.http.server import Admit, HttpServer
from tracing_lab.embedded.protocol.api_call import ApiCall, read_call
from tracing_lab.embedded.protocol.signature import SigningScope

_MAX_BODY_BYTES = 8 * 1024 * 1024


Handle = Callable[[ApiCall], HttpResponse]
"""Responds to a call; may block."""


class DaemonApi:
    """Forwards requests to the X-Ray API.

    Parameters
    ----------
    handle
        Responds to a call of X-Ray; may block.
    region
        The region of the calls.
    admit
        Accepts or rejects requests by their head.
    authorize
        Returns the access-denied response to a call; None if it is allowed.
    """

    def __init__(
        self,
        handle: Handle,
        *,
        region: str,
        admit: Admit,
        authorize: Callable[[ApiCall], HttpResponse | None] = lambda _call: None,
    ) -> None:
        self._handle = handle
        self._authorize = authorize
        self._scope = SigningScope("", region, "xray")  # the daemon signs, its callers do not
        self._http = HttpServer(self._answer, limits=HttpLimits(body=_MAX_BODY_BYTES), admit=admit)

    async def listen(self, sock: socket.socket) -> None:
        """Accept connections on a bound socket."""
        await self._http.listen(sock)

    async def close(self) -> None:
        """Stop accepting and close all connections; idempotent."""
        await self._http.close()

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            message = f"The X-Ray daemon accepts POST only, not {request.method}"
            return error_response(405, "MethodNotAllowed", message)
        call = read_call(request, self._scope)
        denied = self._authorize(call)
        if denied is not None:
            return denied
        return await asyncio.to_thread(self._handle, call)
