"""The Runtime API of one environment, on a loopback port of its own, for its own processes.

Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import base64
import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from tracing_lab.embedded.http.callers import OncePerConnection
from tracing_lab.embedded.http.limits import HttpLimits
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.http.peers import Peer
from tracing_lab.embedded.http.server import HttpServer

from .outcome import MAX_RESPONSE_BYTES
from .session import (
    EnvironmentLostError,
    InvalidRequestIdError,
    InvalidStateError,
    Run,
    RuntimeSession,
)

_PREFIX = "/2018-06-01/runtime/"
_INVOCATION = _PREFIX + "invocation/"
_NEXT = _INVOCATION + "next"
_INIT_ERROR = _PREFIX + "init/error"
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_ERROR_CAUSE = "Lambda-Runtime-Function-XRay-Error-Cause"
_MAX_HEAD_BYTES = 2 * 1024**2  # the cause header of AWS's client may have 1 MB
_JSON = (("Content-Type", "application/json"),)
_ACCEPTED = HttpResponse(202, _JSON, b'{"status":"OK"}\n')


class RuntimeApi:
    """Serves one runtime client.

    Parameters
    ----------
    session
        Holds the runs and accepts their outcomes.
    may_call
        Returns whether a connection is the environment's own; called once for each.
    """

    def __init__(self, session: RuntimeSession, *, may_call: Callable[[Peer], bool]) -> None:
        self._session = session
        self._may_call = OncePerConnection(may_call)
        self._http = HttpServer(
            self._serve,
            limits=HttpLimits(head=_MAX_HEAD_BYTES, body=MAX_RESPONSE_BYTES),
            too_large=self._reject_large,
        )
        self.address = ""

    async def listen(self) -> str:
        """Start serving; return ``host:port``."""
        self.address = f"127.0.0.1:{await self._http.listen()}"
        return self.address

    async def close(self) -> None:
        """Stop serving and close the connection; idempotent."""
        await self._http.close()

    async def _serve(self, request: HttpRequest) -> HttpResponse:
        if request.header("Host") != self.address:
            return _error(403, "InvalidHost", "not a host name of this Runtime API")
        if request.header("Origin") is not None or not self._is_own(request.peer):
            return _error(403, "AccessDenied", "this Runtime API is another environment's")
        try:
            return await self._route(request)
        except InvalidStateError:
            return _error(403, "InvalidStateTransition", "State transition is not allowed")
        except InvalidRequestIdError:
            return _error(400, "InvalidRequestID", "Invalid request ID")
        except EnvironmentLostError:
            return _error(500, "ShuttingDown", "the environment is being ended")

    def _is_own(self, peer: Peer | None) -> bool:
        return peer is not None and self._may_call(peer)

    async def _route(self, request: HttpRequest) -> HttpResponse:
        if request.path == _NEXT and request.method == "GET":
            return await self._next()
        if request.method == "POST" and request.path == _INIT_ERROR:
            self._session.init_failed(request.body, error_type=_error_type(request))
            return _ACCEPTED
        request_id, verb = _invocation(request)
        if verb == "response":
            self._session.respond(request_id, request.body)
            return _ACCEPTED
        if verb == "error":
            return self._error(request, request_id)
        return _error(404, "NotFound", f"there is no {request.method} {request.path}")

    async def _next(self) -> HttpResponse:
        run = await self._session.next()
        return HttpResponse(200, (*_JSON, *_run_headers(run)), run.request.payload or b"{}")

    def _error(self, request: HttpRequest, request_id: str) -> HttpResponse:
        self._session.fail(
            request_id,
            request.body,
            error_type=_error_type(request),
            cause=_object(request.header(_ERROR_CAUSE)),
        )
        return _ACCEPTED

    def _reject_large(self, request: HttpRequest, size_bytes: int) -> HttpResponse:
        request_id, verb = _invocation(request)
        try:
            if verb:
                self._session.reject_response(request_id, size_bytes)
        except InvalidRequestIdError:
            return _error(400, "InvalidRequestID", "Invalid request ID")
        if verb == "error":
            return _ACCEPTED
        message = f"Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
        return _error(413, "RequestEntityTooLarge", message)


def _run_headers(run: Run) -> Iterator[tuple[str, str]]:
    request = run.request
    yield "Lambda-Runtime-Aws-Request-Id", request.request_id
    yield "Lambda-Runtime-Invoked-Function-Arn", request.function.invoked_arn
    yield "Lambda-Runtime-Trace-Id", run.trace.handler_header.format()
    yield "Lambda-Runtime-Deadline-Ms", str(run.deadline_ms)
    client_context = request.invocation.client_context
    if client_context:
        yield "Lambda-Runtime-Client-Context", client_context_json(client_context)


def _invocation(request: HttpRequest) -> tuple[str, str]:
    """Return id and verb of ``POST .../invocation/{id}/{verb}``, empty for other requests."""
    if request.method != "POST" or not request.path.startswith(_INVOCATION):
        return "", ""
    request_id, _, verb = request.path.removeprefix(_INVOCATION).partition("/")
    return request_id, verb if verb in {"response", "error"} else ""


def _error_type(request: HttpRequest) -> str:
    """Return the error's type: that of the JSON, which is more specific than the header."""
    content = _object(request.body)
    found = content.get("errorType") if content else None
    return str(found or request.header(_ERROR_TYPE) or "Runtime.Unknown")


def _object(text: str | bytes | None) -> dict[str, Any] | None:
    try:
        content = json.loads(text) if text else None
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _error(status: int, kind: str, message: str) -> HttpResponse:
    content = json.dumps({"errorMessage": message, "errorType": kind}).encode()
    return HttpResponse(status, _JSON, content)


def client_context_json(text: str) -> str:
    """Return a client context as JSON: Invoke's header has it in base64.

    Examples
    --------
    >>> client_context_json("eyJjdXN0b20iOiB7fX0=")
    '{"custom": {}}'
    """
    with contextlib.suppress(ValueError):  # not base64, so it is JSON already
        text = base64.b64decode(text, validate=True).decode()
    try:
        return json.dumps(json.loads(text))
    except ValueError:
        return " ".join(text.split())  # the runtime reports to the handler that it is not JSON
