"""A runtime client for Python functions, in the place of AWS's ``awslambdaric``.

Used where that package cannot be installed (it is built for Linux only). It behaves the same for
handler, log and Runtime API; the tests run both through the same scenarios. Stand-alone: standard
library only, and only the modules that load fast.
Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import decimal
import importlib
import io
import json
import logging
import math
import os
import re
import socket
import sys
import traceback
from types import TracebackType
from typing import Any, NamedTuple, NoReturn

from .client_context import LambdaContext
from .client_errors import RuntimeFault, cause_json, error_json
from .client_log import FrameHandler, Frames

_API = "/2018-06-01/runtime"
_UNICODE_RUNTIMES = {f"AWS_Lambda_python3.{minor}" for minor in (12, 13, 14, 15)}
_DECIMAL = re.compile('"\ue000(-?[0-9][^"]*)\ue000"')


class RuntimeResponse(NamedTuple):
    """One response of the Runtime API; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class RuntimeApiClient:
    """A keep-alive connection to the Runtime API.

    The API's responses always have a Content-Length, so this part of HTTP suffices.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._address = address
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb")

    def get(self, path: str) -> RuntimeResponse:
        """Send a GET request, and wait for the response without a timeout."""
        return self._exchange(
            f"GET {_API}{path} HTTP/1.1\r\nHost: {self._address}\r\n\r\n".encode()
        )

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> RuntimeResponse:
        """Send a POST request."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"POST {_API}{path} HTTP/1.1\r\nHost: {self._address}\r\n"
            f"Content-Length: {len(body)}\r\n{lines}\r\n"
        )
        return self._exchange(head.encode() + body)

    def _exchange(self, request: bytes) -> RuntimeResponse:
        self._socket.sendall(request)
        status_line = self._reader.readline()
        if not status_line:
            message = "the Runtime API is gone"
            raise ConnectionError(message)
        headers = {}
        while line := self._reader.readline().strip():
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        body = self._reader.read(int(headers.get("content-length", "0")))
        return RuntimeResponse(int(status_line.split()[1]), headers, body)


def to_json(value: Any) -> str:
    """Encode like the runtime: Decimal as number, named tuple as object, bytes as text."""
    plain = os.environ.get("AWS_EXECUTION_ENV") not in _UNICODE_RUNTIMES
    text = json.dumps(_encodable(value), ensure_ascii=plain)
    return _DECIMAL.sub(r"\1", text.replace("\\ue000", "\ue000") if plain else text)


def _encodable(value: Any) -> Any:
    if isinstance(value, decimal.Decimal):
        return math.nan if value.is_nan() else f"\ue000{value}\ue000"
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {key: _encodable(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(member) for member in value]
    return value


def load_handler(name: str) -> Any:
    """Import the handler, which is the init phase of the function.

    Raises
    ------
    RuntimeFault
        There is no such module or function, or it cannot be imported.
    """
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        message = f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        raise RuntimeFault(message, kind="MalformedHandlerName")
    if module_name.split(".")[0] in sys.builtin_module_names:
        message = f"Cannot use built-in module {module_name} as a handler module"
        raise RuntimeFault(message, kind="BuiltInModuleConflict")
    module = _imported(module_name)
    if not hasattr(module, function_name):
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise RuntimeFault(message, kind="HandlerNotFound")
    return getattr(module, function_name)


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{name}': {error}"
        raise RuntimeFault(message, kind="ImportModuleError") from error
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        message = f"Syntax error in module '{name}': {error}"
        raise RuntimeFault(message, kind="UserCodeSyntaxError", trace=trace) from error


def _user_frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    frames = traceback.extract_tb(trace)
    own = next((n for n, frame in enumerate(frames) if frame.filename != __file__), 0)
    return frames[own:]


class Runtime:
    """Runs a handler for one request after the other."""

    def __init__(self, api: RuntimeApiClient, log: FrameHandler) -> None:
        self._api = api
        self._log = log

    def load(self, name: str) -> Any:
        """Import the handler; report to the API and exit if that fails."""
        try:
            return load_handler(name)
        except Exception as error:  # noqa: BLE001 - whatever the module raises is reported
            self._fail_init(error)

    def _fail_init(self, error: Exception) -> NoReturn:
        content = error_json(error, "", _user_frames(error.__traceback__))
        self._log.log_error(content)
        headers = {"Lambda-Runtime-Function-Error-Type": content["errorType"]}
        self._api.post("/init/error", to_json(content).encode(), headers)
        sys.exit(1)

    def run_one(self, handler: Any) -> None:
        """Fetch a request, run the handler, report."""
        request = self._api.get("/invocation/next")
        request_id = request.headers["lambda-runtime-aws-request-id"]
        self._log.request_id = request_id
        _set_trace_id(request.headers.get("lambda-runtime-trace-id"))
        path = f"/invocation/{request_id}"
        try:
            body, content_type = _handled(handler, request)
        except Exception as error:  # noqa: BLE001 - whatever the handler raises is reported
            self._report(path, request_id, error)
        else:
            self._api.post(f"{path}/response", body, {"Content-Type": content_type})

    def _report(self, path: str, request_id: str, error: Exception) -> None:
        frames = _user_frames(error.__traceback__)
        content = error_json(error, request_id, frames)
        self._log.log_error(content)
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Function-Error-Type": "Unhandled",
            "Lambda-Runtime-Function-XRay-Error-Cause": cause_json(error, frames),
        }
        self._api.post(f"{path}/error", to_json(content).encode(), headers)


def _handled(handler: Any, request: RuntimeResponse) -> tuple[bytes, str]:
    context = LambdaContext(request.headers)
    try:
        event = json.loads(request.body)
    except ValueError as error:
        message = f"Unable to unmarshal input: {error}"
        raise RuntimeFault(message, kind="UnmarshalError") from error
    result = handler(event, context)
    if isinstance(result, bytes):
        return result, "application/unknown"
    try:
        return to_json(result).encode(), "application/json"
    except Exception as error:
        message = f"Unable to marshal response: {error}"
        raise RuntimeFault(message, kind="MarshalError") from error


def _set_trace_id(header: str | None) -> None:
    if header is None:
        os.environ.pop("_X_AMZN_TRACE_ID", None)
    else:
        os.environ["_X_AMZN_TRACE_ID"] = header


def _unbuffered(fd: int) -> io.TextIOWrapper:
    """Return an unbuffered stream, like ``python -u``: prints and log records keep their order."""
    raw = io.FileIO(fd, "w", closefd=False)
    return io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True)


def main(handler_name: str) -> NoReturn:
    """Serve the function until the server ends this process."""
    as_json = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
    frames = Frames(int(os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD")))
    log = FrameHandler(frames, as_json=as_json)
    root = logging.getLogger()
    root.addHandler(log)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper().replace("TRACE", "DEBUG")
    if level in logging.getLevelNamesMapping():
        root.setLevel(level)
    sys.stdout, sys.stderr = _unbuffered(1), _unbuffered(2)
    runtime = Runtime(RuntimeApiClient(os.environ["AWS_LAMBDA_RUNTIME_API"]), log)
    handler = runtime.load(handler_name)
    while True:
        runtime.run_one(handler)
