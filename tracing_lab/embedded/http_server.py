"""An HTTP/1.1 server for many small requests of few clients, on asyncio and httptools.

httptools, the parser of uvicorn, does the reading. A general web framework costs several times
as much per request, and one order through the chain is fourteen requests.
"""

import asyncio
import functools
import logging
import socket
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

import httptools

from .http import HttpRequest, HttpResponse, error_response

_LOGGER = logging.getLogger(__name__)
_MAX_PIPELINED = 16
_NO_BODY = {204, 304}
_OWN_HEADERS = {"connection", "content-length", "date", "transfer-encoding"}
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_LINE_BREAKS = str.maketrans("\r\n", "  ")

Handle = Callable[[HttpRequest], Awaitable[HttpResponse]]


def refuse_large(_request: HttpRequest, size_bytes: int) -> HttpResponse:
    """Answer a request whose body is over the limit."""
    message = f"The body has {size_bytes} bytes, which is more than this server takes"
    return error_response(413, "RequestEntityTooLargeException", message)


@dataclass(frozen=True, kw_only=True)
class HttpLimits:
    """How large a request may be, in bytes.

    Parameters
    ----------
    head
        Request line and headers.
    body
        The body; a larger one is read to its end, so that the client sees the refusal, but not
        kept.
    """

    head: int = 64 * 1024
    body: int = 10 * 1024**2


class HttpServer:
    """Serves one handler on one socket.

    Parameters
    ----------
    handle
        Answers a request; an exception of it is a defect, logged and answered with 500.
    limits
        How large a request may be.
    too_large
        Answers a request, its body left out, whose body has the given size over the limit.
    """

    def __init__(
        self,
        handle: Handle,
        *,
        limits: HttpLimits | None = None,
        too_large: Callable[[HttpRequest, int], HttpResponse] = refuse_large,
    ) -> None:
        self.handle = handle
        self.limits = limits or HttpLimits()
        self.too_large = too_large
        self.connections: set[_Connection] = set()
        self._server: asyncio.Server | None = None

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
        tasks = [one.abort() for one in tuple(self.connections)]
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)
        await asyncio.sleep(0)  # lets the connections' closing callbacks run
        await server.wait_closed()


class _Connection(asyncio.Protocol):
    """One client: parses, has requests answered one after the other, writes."""

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._parser = httptools.HttpRequestParser(self)
        self._loop = asyncio.get_running_loop()
        self._peer = "127.0.0.1"
        self._task: asyncio.Task[None] | None = None
        self._waiting: deque[tuple[HttpRequest, int, bool]] = deque()
        self._head_bytes = 0
        self._ending = False
        self._begin()

    def _begin(self) -> None:
        self._target = b""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._body_bytes = 0
        self._in_head = True

    # --- asyncio's callbacks ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._peer = str(peer[0]) if peer else self._peer
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Forget the client; what it asked for goes on, as on AWS."""
        self._ending = True
        self._server.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        """Parse."""
        if self._ending:
            return
        self._head_bytes = self._head_bytes + len(data) if self._in_head else 0
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._ending = True  # the request itself was taken; nothing is spoken here but HTTP/1.1
        except httptools.HttpParserError as error:
            self._refuse(400, "BadRequest", f"This is not HTTP/1.1: {error}")
        if self._in_head and self._head_bytes > self._server.limits.head:
            self._refuse(431, "RequestHeaderFieldsTooLarge", "The request's head is too large")

    # --- httptools' callbacks ---

    def on_message_begin(self) -> None:
        """Start a request."""
        self._begin()

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request's target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers.append((_text(name), _text(value)))
        if name.lower() == b"expect" and value.lower() == b"100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_headers_complete(self) -> None:
        """Note that the body follows."""
        self._in_head, self._head_bytes = False, 0

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body, unless there is too much of it already."""
        self._body_bytes += len(body)
        if self._body_bytes <= self._server.limits.body:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """Have the request answered, after those before it."""
        self._in_head = True
        request = self._request()
        self._waiting.append((request, self._body_bytes, self._parser.should_keep_alive()))
        if len(self._waiting) > _MAX_PIPELINED:
            self._transport.pause_reading()
        if self._task is None:
            self._task = self._loop.create_task(self._work())

    def _request(self) -> HttpRequest:
        target = _text(self._target)
        if not target.startswith("/") and "://" in target:
            target = _origin_form(target)
        path, _, query = target.partition("?")
        return HttpRequest(
            method=self._parser.get_method().decode("ascii"),
            path=path.partition("#")[0],
            query=query,
            headers=tuple(self._headers),
            body=self._body[0] if len(self._body) == 1 else b"".join(self._body),
            source_ip=self._peer,
        )

    # --- answering ---

    async def _work(self) -> None:
        while self._waiting and not self._transport.is_closing():
            request, body_bytes, keep_alive = self._waiting.popleft()
            response = await self._answer(request, body_bytes)
            if self._transport.is_closing():
                break  # nobody is left to read the answer
            keep_alive = keep_alive and not self._ending
            self._transport.write(
                response_bytes(response, keep_alive=keep_alive, head=request.method == "HEAD")
            )
            if not keep_alive:
                self._transport.close()
            elif len(self._waiting) == _MAX_PIPELINED:
                self._transport.resume_reading()
        self._task = None

    async def _answer(self, request: HttpRequest, body_bytes: int) -> HttpResponse:
        try:
            if body_bytes > self._server.limits.body:
                return self._server.too_large(request, body_bytes)
            return await self._server.handle(request)
        except Exception:
            _LOGGER.exception("%s %s failed", request.method, request.path)
            return error_response(500, "InternalFailure", "The embedded AWS failed; see its log")

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Answer what is no request, and end the connection: what follows cannot be told apart."""
        if not self._ending and self._task is None:
            response = error_response(status, code, message)
            self._transport.write(response_bytes(response, keep_alive=False))
        self._ending = True
        if self._task is None:
            self._transport.close()

    def abort(self) -> "asyncio.Task[None] | None":
        """Cut the connection; gives the task that is being cancelled."""
        self._transport.abort()
        if self._task is not None:
            self._task.cancel()
        return self._task


def response_bytes(response: HttpResponse, *, keep_alive: bool, head: bool = False) -> bytes:
    r"""Write an answer as HTTP/1.1.

    Line breaks in header values become spaces, so that no function can forge a second answer.

    Parameters
    ----------
    response
        The answer; its own Connection, Content-Length, Date and Transfer-Encoding do not count.
    keep_alive
        Whether more requests may follow.
    head
        Whether it answers HEAD, which gets no body.

    Examples
    --------
    >>> response_bytes(HttpResponse(200, (("X-A", "1"),), b"hi"), keep_alive=True)[:24]
    b'HTTP/1.1 200 OK\r\nX-A: 1\r'
    """
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}"]
    for name, value in response.headers:
        if name.lower() not in _OWN_HEADERS:
            lines.append(f"{_one_line(name)}: {_one_line(value)}")
    bodiless = response.status in _NO_BODY
    if not bodiless:
        lines.append(f"Content-Length: {len(response.body)}")
    lines.append(f"Date: {_date(int(time.time()))}")
    if not keep_alive:
        lines.append("Connection: close")
    start = "\r\n".join(lines).encode("utf-8", "replace") + b"\r\n\r\n"
    return start if bodiless or head else start + response.body


def _one_line(text: str) -> str:
    return text if text.isprintable() else text.translate(_LINE_BREAKS)


@functools.lru_cache(maxsize=2)
def _date(now_s: int) -> str:
    return formatdate(now_s, usegmt=True)


def _text(data: bytes) -> str:
    """Decode a piece of a head: UTF-8, as Lambda's clients send it, else as HTTP always had it."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _origin_form(target: str) -> str:
    """Give path and query of a target that is a whole URL, as clients of a proxy send it.

    >>> _origin_form("http://127.0.0.1:4566/a?b=1")
    '/a?b=1'
    """
    try:
        parts = urlsplit(target)
    except ValueError:
        return target
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
