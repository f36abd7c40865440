"""An HTTP/1.1 server for many small requests of few clients, on asyncio and httptools.

httptools, the parser of uvicorn, does the reading. A general web framework costs several times
as much per request, and one order through the chain is fourteen requests.
"""

import asyncio
import logging
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NamedTuple, cast

import httptools

from .limits import HttpLimits, refuse_large
from .messages import HttpRequest, HttpResponse, error_response
from .peers import Address, Peer, peer_of
from .wire import decoded, decoded_headers, origin_form, response_bytes

_LOGGER = logging.getLogger(__name__)
_MAX_PIPELINED = 16
_LINGER_S = 2.0  # for what a rejected client still sends: a reset would hide the response from it

Handle = Callable[[HttpRequest], Awaitable[HttpResponse]]
Admit = Callable[[HttpRequest], HttpResponse | None]
"""Return why a request is rejected, by its head alone; None when it is accepted."""


class HttpServer:
    """Serves one handler on one socket.

    Parameters
    ----------
    handle
        Answers a request; an exception of it is a defect, logged and answered with 500.
    limits
        How large and how slow requests may be.
    too_large
        Answers a request, its body left out, whose body has the given size over the limit.
    admit
        Decides before the body is read whether a request is answered at all.
    """

    def __init__(
        self,
        handle: Handle,
        *,
        limits: HttpLimits | None = None,
        too_large: Callable[[HttpRequest, int], HttpResponse] = refuse_large,
        admit: Admit = lambda _head: None,
    ) -> None:
        self.handle = handle
        self.limits = limits or HttpLimits()
        self.too_large = too_large
        self.admit = admit
        self.connections: set[_Connection] = set()
        self.body_bytes = 0
        self._server: asyncio.Server | None = None
        self._sweep_timer: asyncio.TimerHandle | None = None

    async def listen(self, sock: socket.socket | None = None) -> int:
        """Accept connections on a bound socket, or on a free loopback port; gives the port."""
        sock = sock or socket.create_server(("127.0.0.1", 0))
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), sock=sock)
        return int(sock.getsockname()[1])

    async def close(self) -> None:
        """Accept no more, cut all connections and what they wait for; harmless when repeated."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        tasks = [connection.abort() for connection in tuple(self.connections)]
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)
        await asyncio.sleep(0)  # lets the connections' closing callbacks run
        await server.wait_closed()

    def opened(self, connection: "_Connection") -> None:
        """Note a connection, and look after all of them from time to time from now on."""
        self.connections.add(connection)
        if self._sweep_timer is None:
            self._schedule_sweep()

    def closed(self, connection: "_Connection") -> None:
        """Forget a connection."""
        self.connections.discard(connection)
        if not self.connections and self._sweep_timer is not None:
            self._sweep_timer.cancel()
            self._sweep_timer = None

    def _schedule_sweep(self) -> None:
        delay_s = min(self.limits.pause_s, self.limits.request_s, self.limits.idle_s) / 4
        loop = asyncio.get_running_loop()
        self._sweep_timer = loop.call_later(delay_s, self._sweep)

    def _sweep(self) -> None:
        now_s = time.monotonic()
        for connection in tuple(self.connections):
            connection.end_if_stalled(now_s)
        self._schedule_sweep()


class _Turn(NamedTuple):
    """A request that waits for its turn on a connection.

    Parameters
    ----------
    request
        The request.
    body_bytes
        Size of its body, which was not kept when it is over the limit.
    keep_alive
        Whether more requests may follow.
    rejection
        Its response, when that is known already.
    """

    request: HttpRequest
    body_bytes: int
    keep_alive: bool
    rejection: HttpResponse | None = None


class _Connection(asyncio.Protocol):
    """One client: parses, has requests answered one after the other, writes."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._loop = asyncio.get_running_loop()
        self._addresses: tuple[Address, Address] = (("127.0.0.1", 0), ("127.0.0.1", 0))
        self._peer: Peer | None = None
        self._task: asyncio.Task[None] | None = None
        self._more: asyncio.Future[None] | None = None  # the task waits for this one, if it does
        self._waiting: deque[_Turn] = deque()
        self._ending = False
        self._last_data_s = self._request_began_s = time.monotonic()
        self._reading = False
        self._head_bytes = 0
        self._begin()

    def _begin(self) -> None:
        self._target = b""
        self._head: HttpRequest | None = None
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._body_bytes = self._kept_bytes = self._trailer_bytes = 0
        self._in_head = True

    # --- asyncio's callbacks ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)
        client, server = (transport.get_extra_info(name) for name in ("peername", "sockname"))
        if client and server:
            self._addresses = (client[0], client[1]), (server[0], server[1])
        self._server.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the client and what it sent; the request that is being answered goes on."""
        self._ending = True
        self._server.closed(self)
        self._forget_body()
        for turn in self._waiting:
            self._server.body_bytes -= len(turn.request.body)
        self._waiting.clear()
        self._wake()
        self._parser = None  # which refers to this object: only a full collection would free both

    def data_received(self, data: bytes) -> None:
        """Parse."""
        if self._ending or self._parser is None:
            return
        self._last_data_s = time.monotonic()
        self._head_bytes = self._head_bytes + len(data) if self._in_head else 0
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._ending = True  # the request itself was taken; nothing is spoken here but HTTP/1.1
        except httptools.HttpParserError as error:
            self._reject(error_response(400, "BadRequest", f"This is not HTTP/1.1: {error}"))
        if self._in_head and self._head_bytes > self._server.limits.head:
            self._reject_large_head()

    def eof_received(self) -> bool:
        """Return whether to keep the connection, as a client that sends no more still listens."""
        self._ending, self._reading = True, False
        return self._is_working()

    # --- httptools' callbacks ---

    def on_message_begin(self) -> None:
        """Start a request."""
        if self._ending:
            return
        self._begin()
        self._reading, self._request_began_s = True, self._last_data_s

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request's target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer, which nobody needs."""
        if not self._in_head:
            self._trailer_bytes += len(name) + len(value)
            if self._trailer_bytes > self._server.limits.head:
                self._reject_large_head()
            return
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Decide whether the request is accepted, before its body is read."""
        self._in_head, self._head_bytes = False, 0
        if self._ending:
            return
        self._head = self._read_head()
        rejection = self._server.admit(self._head)
        if rejection is not None:
            self._reject(rejection)
        elif (self._head.header("Expect") or "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body, unless there is too much of it already."""
        self._body_bytes += len(body)
        if self._ending or self._body_bytes > self._server.limits.body:
            self._forget_body()
        elif self._server.body_bytes + len(body) > self._server.limits.bodies:
            message = "Too many large requests at once; retry later"
            self._reject(error_response(503, "ServiceUnavailable", message))
        else:
            self._body.append(body)
            self._kept_bytes += len(body)
            self._server.body_bytes += len(body)

    def on_message_complete(self) -> None:
        """Have the request answered, after those before it."""
        self._in_head, self._reading = True, False
        if self._ending or self._parser is None or self._head is None:
            return
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        request = self._head.with_body(body) if body else self._head
        self._body, self._kept_bytes = [], 0
        self._enqueue(_Turn(request, self._body_bytes, self._parser.should_keep_alive()))

    def _forget_body(self) -> None:
        self._server.body_bytes -= self._kept_bytes
        self._body, self._kept_bytes = [], 0

    def _read_head(self) -> HttpRequest:
        target = decoded(self._target)
        if not target.startswith("/") and "://" in target:
            target = origin_form(target)
        path, _, query = target.partition("?")
        client, server = self._addresses
        if self._peer is None:
            self._peer = peer_of(client, server)
        return HttpRequest(
            method=self._method(),
            path=path.partition("#")[0],
            query=query,
            headers=decoded_headers(self._headers),
            source_ip=client[0],
            peer=self._peer,
        )

    def _method(self) -> str:
        return "" if self._parser is None else self._parser.get_method().decode("ascii")

    # --- answering ---

    def _enqueue(self, turn: _Turn) -> None:
        self._waiting.append(turn)
        if len(self._waiting) > _MAX_PIPELINED:
            self._transport.pause_reading()
        if self._task is None:
            self._task = self._loop.create_task(self._work())
        self._wake()

    def _wake(self) -> None:
        more, self._more = self._more, None
        if more is not None and not more.done():
            more.set_result(None)

    def _is_working(self) -> bool:
        return self._task is not None and self._more is None

    async def _work(self) -> None:
        """Answer requests as long as the connection is there: a task for each would cost more."""
        while not self._transport.is_closing():
            if not self._waiting:
                self._more = self._loop.create_future()
                await self._more
                continue
            turn = self._waiting.popleft()
            try:
                response = turn.rejection or await self._answer(turn.request, turn.body_bytes)
            finally:
                self._server.body_bytes -= len(turn.request.body)
            if self._transport.is_closing():
                break  # nobody is left to read the answer
            self._write(turn, response)
        self._task = None

    def _write(self, turn: _Turn, response: HttpResponse) -> None:
        is_last = self._ending and not self._waiting
        keep_alive = turn.keep_alive and not is_last
        head = turn.request.method == "HEAD"
        self._transport.write(response_bytes(response, keep_alive=keep_alive, head=head))
        if turn.rejection is not None:
            self._linger()
        elif not keep_alive:
            self._transport.close()
        elif len(self._waiting) == _MAX_PIPELINED:
            self._transport.resume_reading()

    async def _answer(self, request: HttpRequest, body_bytes: int) -> HttpResponse:
        try:
            if body_bytes > self._server.limits.body:
                return self._server.too_large(request, body_bytes)
            return await self._server.handle(request)
        except Exception:
            _LOGGER.exception("%s %s failed", request.method, request.path)
            return error_response(500, "InternalFailure", "The embedded AWS failed; see its log")

    # --- rejecting ---

    def _reject_large_head(self) -> None:
        message = "The request's head is too large"
        self._reject(error_response(431, "RequestHeaderFieldsTooLarge", message))

    def _reject(self, response: HttpResponse) -> None:
        """Respond after the requests before, then end the connection: the rest is not read."""
        if self._ending:
            return
        self._ending, self._reading = True, False
        self._forget_body()
        request = HttpRequest(self._method(), "/")
        self._enqueue(_Turn(request, 0, keep_alive=False, rejection=response))

    def _linger(self) -> None:
        """Close for writing; what still comes is dropped for a moment, then the rest cut off."""
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._loop.call_later(_LINGER_S, self._transport.abort)

    def end_if_stalled(self, now_s: float) -> None:
        """Cut the connection off when its request does not get finished, or none comes at all."""
        limits = self._server.limits
        silent_s = now_s - self._last_data_s
        if self._reading:
            too_slow = now_s - self._request_began_s > limits.request_s
            if silent_s > limits.pause_s or too_slow:
                message = "The request was not sent to its end in time"
                self._reject(error_response(408, "RequestTimeout", message))
        elif not self._is_working() and silent_s > limits.idle_s:
            self._transport.close()

    def abort(self) -> asyncio.Task[None] | None:
        """Cut the connection and what it waits for; gives the task that ends with it."""
        self._ending = True
        self._transport.abort()
        if self._task is not None:
            self._task.cancel()
        return self._task
