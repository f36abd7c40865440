"""One client's connection: parses requests, handles them in order, and writes the responses."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import NamedTuple, cast

import httptools

from .limits import HttpLimits
from .messages import HttpRequest, HttpResponse, error_response
from .peers import Address, Peer, peer_of
from .wire import decoded, decoded_headers, origin_form, response_bytes

_LOGGER = logging.getLogger(__name__)
_MAX_PIPELINED = 16
_LINGER_S = 2.0  # reads what a rejected client still sends: a reset would hide the response

Handle = Callable[[HttpRequest], Awaitable[HttpResponse]]
Admit = Callable[[HttpRequest], HttpResponse | None]
"""Returns the response to a rejected request, by its head alone; None if it is accepted."""


@dataclass(eq=False)
class Service:
    """What all connections of a server share.

    Parameters
    ----------
    handle, limits, too_large, admit
        As `HttpServer` describes them.
    connections
        The open connections.
    body_bytes
        Size of all bodies that are being read or handled.
    """

    handle: Handle
    limits: HttpLimits
    too_large: Callable[[HttpRequest, int], HttpResponse]
    admit: Admit
    connections: set["Connection"] = field(default_factory=set)
    body_bytes: int = 0


class _QueuedRequest(NamedTuple):
    """A request in the queue of a connection.

    Parameters
    ----------
    request
        The request.
    body_bytes
        Size of its body, which is dropped if it is over the limit.
    keep_alive
        Whether more requests may follow.
    rejection
        Its response, if it is rejected.
    """

    request: HttpRequest
    body_bytes: int
    keep_alive: bool
    rejection: HttpResponse | None = None


class Connection(asyncio.Protocol):
    """Reads the requests of one client and writes the responses in their order.

    Parameters
    ----------
    service
        Shared with the server's other connections.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._parser: httptools.HttpRequestParser | None = httptools.HttpRequestParser(self)
        self._loop = asyncio.get_running_loop()
        self._addresses: tuple[Address, Address] = (("127.0.0.1", 0), ("127.0.0.1", 0))
        self._peer: Peer | None = None
        self._task: asyncio.Task[None] | None = None
        self._more: asyncio.Future[None] | None = None  # the task waits for it when idle
        self._waiting: deque[_QueuedRequest] = deque()
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
        """Store the transport."""
        self._transport = cast("asyncio.Transport", transport)
        client, server = (transport.get_extra_info(name) for name in ("peername", "sockname"))
        if client and server:
            self._addresses = (client[0], client[1]), (server[0], server[1])
        self._service.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Drop the client and its queued requests; the current request is still handled."""
        self._ending = True
        self._service.connections.discard(self)
        self._forget_body()
        for queued in self._waiting:
            self._service.body_bytes -= len(queued.request.body)
        self._waiting.clear()
        self._wake()
        self._parser = None  # breaks a reference cycle

    def data_received(self, data: bytes) -> None:
        """Parse."""
        if self._ending or self._parser is None:
            return
        self._last_data_s = time.monotonic()
        self._head_bytes = self._head_bytes + len(data) if self._in_head else 0
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._ending = True  # the request itself was accepted; only HTTP/1.1 is supported
        except httptools.HttpParserError as error:
            self._reject(error_response(400, "BadRequest", f"This is not HTTP/1.1: {error}"))
        if self._in_head and self._head_bytes > self._service.limits.head:
            self._reject_large_head()

    def eof_received(self) -> bool:
        """Return whether to keep the connection: a client that sends no more still listens."""
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
        """Store a piece of the request's target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Store a header; trailers are only counted."""
        if not self._in_head:
            self._trailer_bytes += len(name) + len(value)
            if self._trailer_bytes > self._service.limits.head:
                self._reject_large_head()
            return
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Decide whether the request is accepted, before its body is read."""
        self._in_head, self._head_bytes = False, 0
        if self._ending:
            return
        self._head = self._read_head()
        rejection = self._service.admit(self._head)
        if rejection is not None:
            self._reject(rejection)
        elif _expects_continue(self._head):
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Store a piece of the body, unless there is too much of it already."""
        self._body_bytes += len(body)
        if self._ending or self._body_bytes > self._service.limits.body:
            self._forget_body()
        elif self._service.body_bytes + len(body) > self._service.limits.bodies:
            message = "Too many large requests at once; retry later"
            self._reject(error_response(503, "ServiceUnavailable", message))
        else:
            self._body.append(body)
            self._kept_bytes += len(body)
            self._service.body_bytes += len(body)

    def on_message_complete(self) -> None:
        """Queue the request, to be handled after those before it."""
        self._in_head, self._reading = True, False
        if self._ending or self._parser is None or self._head is None:
            return
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        request = self._head.with_body(body) if body else self._head
        self._body, self._kept_bytes = [], 0
        self._enqueue(_QueuedRequest(request, self._body_bytes, self._parser.should_keep_alive()))

    def _forget_body(self) -> None:
        self._service.body_bytes -= self._kept_bytes
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

    # --- responding ---

    def _enqueue(self, queued: _QueuedRequest) -> None:
        self._waiting.append(queued)
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
        """Handle requests until the connection ends, in one task: one for each costs more."""
        while not self._transport.is_closing():
            if not self._waiting:
                self._more = self._loop.create_future()
                await self._more
                continue
            queued = self._waiting.popleft()
            try:
                response = queued.rejection or await self._answer(queued.request, queued.body_bytes)
            finally:
                self._service.body_bytes -= len(queued.request.body)
            if self._transport.is_closing():
                break  # nobody is left to read the response
            self._write(queued, response)
        self._task = None

    def _write(self, queued: _QueuedRequest, response: HttpResponse) -> None:
        is_last = self._ending and not self._waiting
        keep_alive = queued.keep_alive and not is_last
        head = queued.request.method == "HEAD"
        self._transport.write(response_bytes(response, keep_alive=keep_alive, head=head))
        if queued.rejection is not None:
            self._linger()
        elif not keep_alive:
            self._transport.close()
        elif len(self._waiting) == _MAX_PIPELINED:
            self._transport.resume_reading()

    async def _answer(self, request: HttpRequest, body_bytes: int) -> HttpResponse:
        try:
            if body_bytes > self._service.limits.body:
                return self._service.too_large(request, body_bytes)
            return await self._service.handle(request)
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
        self._enqueue(_QueuedRequest(request, 0, keep_alive=False, rejection=response))

    def _linger(self) -> None:
        """Close for writing, and discard incoming data for a moment before closing."""
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self._loop.call_later(_LINGER_S, self._transport.abort)

    def end_if_stalled(self, now_s: float) -> None:
        """Close the connection if its request is not finished in time, or none arrives."""
        limits = self._service.limits
        silent_s = now_s - self._last_data_s
        if self._reading:
            too_slow = now_s - self._request_began_s > limits.request_s
            if silent_s > limits.pause_s or too_slow:
                message = "The request was not sent to its end in time"
                self._reject(error_response(408, "RequestTimeout", message))
        elif not self._is_working() and silent_s > limits.idle_s:
            self._transport.close()

    def abort(self) -> asyncio.Task[None] | None:
        """Close the connection and cancel its request; return the task that ends with it."""
        self._ending = True
        self._transport.abort()
        if self._task is not None:
            self._task.cancel()
        return self._task


def _expects_continue(head: HttpRequest) -> bool:
    values = head.by_name.get("expect", ())
    return any(value.strip().lower() == "100-continue" for value in ",".join(values).split(","))
