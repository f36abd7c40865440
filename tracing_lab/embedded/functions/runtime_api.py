"""The Runtime API of one environment, on a loopback port of its own.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
import json
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import RequestHandler

from .exchange import EnvironmentLostError, Exchange, InvalidRequestIdError, InvalidStateError
from .outcome import MAX_RESPONSE_BYTES

_PREFIX = "/2018-06-01/runtime/"
_INVOCATION = _PREFIX + "invocation/"
_NEXT = _INVOCATION + "next"
_INIT_ERROR = _PREFIX + "init/error"
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_ERROR_CAUSE = "Lambda-Runtime-Function-XRay-Error-Cause"
_MAX_HEADER_BYTES = 2 * 1024**2  # the cause header of AWS's client may have 1 MB
_ACCEPTED = b'{"status":"OK"}\n'


class RuntimeApi:
    """Serves one runtime client.

    Parameters
    ----------
    exchange
        Holds the work and takes the answers.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._server: asyncio.Server | None = None
        self._protocols: web.Server | None = None
        self.address = ""

    async def listen(self) -> str:
        """Start serving; gives ``host:port``."""
        loop = asyncio.get_running_loop()
        self._protocols = web.Server(
            self._serve,
            request_factory=_unlimited_request,
            access_log=None,
            max_field_size=_MAX_HEADER_BYTES,
            max_line_size=_MAX_HEADER_BYTES,  # aiohttp without its C parser looks at this one
        )
        self._server = await loop.create_server(self._protocols, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        return self.address

    async def close(self) -> None:
        """Stop serving and cut the connection; harmless when repeated."""
        if self._server is None or self._protocols is None:
            return
        self._server.close()
        await self._protocols.shutdown(0)
        await self._server.wait_closed()
        self._server = None

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Host") != self.address:
            return _error(403, "InvalidHost", "not a host name of this Runtime API")
        try:
            return await self._route(request)
        except InvalidStateError:
            return _error(403, "InvalidStateTransition", "State transition is not allowed")
        except InvalidRequestIdError:
            return _error(400, "InvalidRequestID", "Invalid request ID")
        except EnvironmentLostError:
            return _error(500, "ShuttingDown", "the environment is being ended")

    async def _route(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path
        if path == _NEXT and request.method == "GET":
            return await self._next()
        if request.method == "POST" and path == _INIT_ERROR:
            body = await request.read()
            self._exchange.init_failed(body, error_type=_error_type(request, body))
            return _accepted()
        request_id, _, verb = path.removeprefix(_INVOCATION).partition("/")
        if request.method == "POST" and path.startswith(_INVOCATION):
            if verb == "response":
                return await self._response(request, request_id)
            if verb == "error":
                return await self._error(request, request_id)
        return _error(404, "NotFound", f"there is no {request.method} {path}")

    async def _next(self) -> web.Response:
        work, deadline_ms = await self._exchange.next()
        headers = {**work.headers, "Lambda-Runtime-Deadline-Ms": str(deadline_ms)}
        return web.Response(body=work.payload, headers=headers, content_type="application/json")

    async def _response(self, request: web.BaseRequest, request_id: str) -> web.Response:
        size_bytes = request.content_length or 0
        if size_bytes > MAX_RESPONSE_BYTES:
            async for _ in request.content.iter_any():
                pass  # a client that is cut off in the middle would not read the refusal
            self._exchange.refuse_response(request_id, size_bytes)
            message = f"Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
            return _error(413, "RequestEntityTooLarge", message)
        self._exchange.respond(request_id, await request.read())
        return _accepted()

    async def _error(self, request: web.BaseRequest, request_id: str) -> web.Response:
        body = await request.read()
        self._exchange.fail(
            request_id,
            body,
            error_type=_error_type(request, body),
            cause=_object(request.headers.get(_ERROR_CAUSE)),
        )
        return _accepted()


def _unlimited_request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: RequestHandler,
    writer: AbstractStreamWriter,
    task: "asyncio.Task[None]",
) -> web.BaseRequest:
    """Make a request whose body may have any size: Lambda's own limits are checked here."""
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=0)


def _error_type(request: web.BaseRequest, body: bytes) -> str:
    """Give the error's type: that of the JSON, which is more telling than the header."""
    content = _object(body)
    found = content.get("errorType") if content else None
    return str(found or request.headers.get(_ERROR_TYPE) or "Runtime.Unknown")


def _object(text: str | bytes | None) -> dict[str, Any] | None:
    try:
        content = json.loads(text) if text else None
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _accepted() -> web.Response:
    return web.Response(status=202, body=_ACCEPTED, content_type="application/json")


def _error(status: int, kind: str, message: str) -> web.Response:
    content = json.dumps({"errorMessage": message, "errorType": kind}).encode()
    return web.Response(status=status, body=content, content_type="application/json")
