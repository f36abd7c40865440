"""A runtime client for Python functions: our stand-in for AWS's ``awslambdaric``.

Used where that package cannot be installed (it is built for Linux only). It behaves the same
towards handler, log and Runtime API; the tests run both through the same scenarios. Stand-alone:
standard library only, and only the parts that load fast.
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
import time
import traceback
from types import SimpleNamespace, TracebackType
from typing import Any, NamedTuple, NoReturn

from .client_log import PLAIN_FRAME, FrameHandler, Frames

_API = "/2018-06-01/runtime"
_UNICODE_RUNTIMES = {f"AWS_Lambda_python3.{minor}" for minor in (12, 13, 14, 15)}
_MAX_CAUSE_BYTES = 1024 * 1024
_W3C_FIELDS = ("traceparent", "tracestate", "baggage")
_DECIMAL = re.compile('"\ue000(-?[0-9][^"]*)\ue000"')


class RuntimeFault(Exception):  # noqa: N818 - named as the documented condition
    """An error of the runtime itself, such as a handler that is not there."""

    def __init__(self, message: str, *, kind: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind = f"Runtime.{kind}"
        self.trace = trace or []


class Answer(NamedTuple):
    """One HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class RuntimeApi:
    """A keep-alive connection to the Runtime API.

    The API's answers always carry a Content-Length, so this is all of HTTP that is needed.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._address = address
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = self._socket.makefile("rb")

    def get(self, path: str) -> Answer:
        """Ask, for as long as it takes."""
        return self._exchange(
            f"GET {_API}{path} HTTP/1.1\r\nHost: {self._address}\r\n\r\n".encode()
        )

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Tell."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"POST {_API}{path} HTTP/1.1\r\nHost: {self._address}\r\n"
            f"Content-Length: {len(body)}\r\n{lines}\r\n"
        )
        return self._exchange(head.encode() + body)

    def _exchange(self, request: bytes) -> Answer:
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
        return Answer(int(status_line.split()[1]), headers, body)


class LambdaContext:
    """What a handler gets as its second argument."""

    def __init__(self, request: dict[str, str]) -> None:
        client = _parsed(request.get("lambda-runtime-client-context"), "Client Context")
        identity = _parsed(request.get("lambda-runtime-cognito-identity"), "Cognito Identity") or {}
        self.aws_request_id = request.get("lambda-runtime-aws-request-id")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = request.get("lambda-runtime-invoked-function-arn")
        self.tenant_id = request.get("lambda-runtime-aws-tenant-id")
        self._w3c = _w3c_fields(client)
        self.client_context = _client_context(client)
        self.identity = SimpleNamespace(
            cognito_identity_id=identity.get("cognitoIdentityId"),
            cognito_identity_pool_id=identity.get("cognitoIdentityPoolId"),
        )
        self._deadline_ms = int(request.get("lambda-runtime-deadline-ms", "0"))

    def get_remaining_time_in_millis(self) -> int:
        """Give the milliseconds until the timeout."""
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def w3c(self) -> dict[str, str]:
        """Give the W3C trace context of the client context."""
        return dict(self._w3c)

    def log(self, message: object) -> None:
        """Write to the function's log."""
        for handler in logging.getLogger().handlers:
            if isinstance(handler, FrameHandler):
                handler.frames.write(str(message), PLAIN_FRAME)
                return
        sys.stdout.write(str(message))

    def __repr__(self) -> str:
        shown = ",".join(f"{k}={v}" for k, v in vars(self).items() if not k.startswith("_"))
        return f"LambdaContext([{shown}])"


def _parsed(header: str | None, name: str) -> Any:
    if not header:
        return None
    try:
        return json.loads(header)
    except ValueError as error:
        message = f"Unable to parse {name} JSON: {error}"
        raise RuntimeFault(message, kind="LambdaContextUnmarshalError") from error


def _w3c_fields(client: Any) -> dict[str, str]:
    fields = client.pop("w3c", None) if isinstance(client, dict) else None
    if not isinstance(fields, dict):
        return {}
    return {key: fields[key] for key in _W3C_FIELDS if isinstance(fields.get(key), str)}


def _client_context(client: dict[str, Any] | None) -> SimpleNamespace | None:
    if client is None:
        return None
    names = ("installation_id", "app_title", "app_version_name", "app_version_code")
    app = client.get("client")
    return SimpleNamespace(
        custom=client.get("custom"),
        env=client.get("env"),
        client=None
        if app is None
        else SimpleNamespace(**{name: app.get(name) for name in (*names, "app_package_name")}),
    )


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
        return {key: _encodable(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encodable(one) for one in value]
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


def _error_json(
    error: Exception, request_id: str, frames: list[traceback.FrameSummary]
) -> dict[str, Any]:
    if isinstance(error, RuntimeFault):
        kind, trace = error.kind, error.trace
    else:
        plain = [(one.filename, one.lineno or 0, one.name, one.line) for one in frames]
        kind, trace = type(error).__name__, traceback.format_list(plain)  # without ^^^ marks
    return {
        "errorMessage": str(error),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": trace,
    }


def _user_frames(trace: TracebackType | None) -> list[traceback.FrameSummary]:
    frames = traceback.extract_tb(trace)
    own = next((n for n, one in enumerate(frames) if one.filename != __file__), 0)
    return frames[own:]


def _cause_json(error: Exception, frames: list[traceback.FrameSummary]) -> str:
    fault = isinstance(error, RuntimeFault)
    stack = [{"label": one.name, "path": one.filename, "line": one.lineno} for one in frames]
    exception = {
        "message": str(error),
        "type": "LambdaValidationError" if fault else type(error).__name__,
        "stack": [] if fault else stack,
    }
    cause = {
        "working_directory": os.getcwd(),  # noqa: PTH109 - pathlib costs start-up time
        "exceptions": [exception],
        "paths": [] if fault else sorted({one.filename for one in frames}),
    }
    text = json.dumps(cause)
    return text if len(text) < _MAX_CAUSE_BYTES else ""


class Runtime:
    """Runs a handler for one request after the other."""

    def __init__(self, api: RuntimeApi, log: FrameHandler) -> None:
        self._api = api
        self._log = log

    def load(self, name: str) -> Any:
        """Import the handler; tell the API and end the process when that fails."""
        try:
            return load_handler(name)
        except Exception as error:  # noqa: BLE001 - whatever the module raises is reported
            self._refuse(error)

    def _refuse(self, error: Exception) -> NoReturn:
        content = _error_json(error, "", _user_frames(error.__traceback__))
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
        content = _error_json(error, request_id, frames)
        self._log.log_error(content)
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Function-Error-Type": "Unhandled",
            "Lambda-Runtime-Function-XRay-Error-Cause": _cause_json(error, frames),
        }
        self._api.post(f"{path}/error", to_json(content).encode(), headers)


def _handled(handler: Any, request: Answer) -> tuple[bytes, str]:
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
    """Write at once, as with ``python -u``: prints and log records keep their order."""
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
    runtime = Runtime(RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"]), log)
    handler = runtime.load(handler_name)
    while True:
        runtime.run_one(handler)
