"""An HTTP/1.1 server for many small requests of few clients, on asyncio and httptools.

Requests are parsed by httptools, uvicorn's parser. A general web framework needs several times as
long per request, and one order through the chain is fourteen requests.
"""

import asyncio
import socket
import time
from collections.abc import Callable

from .connection import Admit, Connection, Handle, Service
from .limits import HttpLimits, reject_large
from .messages import HttpRequest, HttpResponse

__all__ = ["Admit", "Handle", "HttpServer"]


class HttpServer:
    """Serves one handler on one socket.

    Parameters
    ----------
    handle
        Handles a request; an exception is a defect, logged and responded to with 500.
    limits
        How large and how slow requests may be.
    too_large
        Returns the response to a request, without its body, whose size is over the limit.
    admit
        Decides before the body is read whether a request is accepted.
    """

    def __init__(
        self,
        handle: Handle,
        *,
        limits: HttpLimits | None = None,
        too_large: Callable[[HttpRequest, int], HttpResponse] = reject_large,
        admit: Admit = lambda _head: None,
    ) -> None:
        self.service = Service(handle, limits or HttpLimits(), too_large, admit)
        self._server: asyncio.Server | None = None
        self._sweep_timer: asyncio.TimerHandle | None = None

    async def listen(self, sock: socket.socket | None = None) -> int:
        """Accept connections on a bound socket, or on a free loopback port; return the port."""
        sock = sock or socket.create_server(("127.0.0.1", 0))
        port = int(sock.getsockname()[1])
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self.service), sock=sock)
        self._schedule_sweep()
        return port

    async def close(self) -> None:
        """Stop accepting, close all connections and cancel their requests; idempotent."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
        tasks = [connection.abort() for connection in tuple(self.service.connections)]
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)
        await asyncio.sleep(0)  # lets the connections' closing callbacks run
        await server.wait_closed()

    def _schedule_sweep(self) -> None:
        limits = self.service.limits
        delay_s = min(limits.pause_s, limits.request_s, limits.idle_s) / 4
        loop = asyncio.get_running_loop()
        self._sweep_timer = loop.call_later(delay_s, self._sweep)

    def _sweep(self) -> None:
        now_s = time.monotonic()
        for connection in tuple(self.service.connections):
            connection.end_if_stalled(now_s)
        self._schedule_sweep()
