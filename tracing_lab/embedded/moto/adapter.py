"""moto's server, called in this process instead of over a socket."""

import functools
import logging
import sys
from html import escape
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from moto.backends import get_backend
from moto.core import model_instances, responses
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.utils import method_names_from_class
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    create_backend_app,
)
from werkzeug.test import run_wsgi_app

from tracing_lab.embedded.http.messages import (
    HttpRequest,
    HttpResponse,
    error_response,
)
from tracing_lab.embedded.protocol.signature import signing_scope
from tracing_lab.embedded.storage.append_log import is_disk_full

from .openapi import import_without_validator

_LOGGER = logging.getLogger(__name__)
_FORM = "application/x-www-form-urlencoded"
_OWN_API = "/moto-api"
_CORS = "access-control-"

ACCOUNT_ID: str = DEFAULT_ACCOUNT_ID

_SHORT_LIVED = {
    "cloudwatch": ("MetricAggregatedDatum", "MetricDatum", "MetricDatumBase"),
    "logs": ("LogEvent",),
    "sqs": ("Message",),
}

PRELOADED = ("apigateway", "cloudwatch", "events", "iam", "lambda", "logs", "sqs", "sts")
"""moto services that a small serverless app provisions; loaded before the first call comes."""


class MotoApp:
    """Answers AWS control-plane calls for every service that moto knows."""

    def __init__(self) -> None:
        self._app = _Dispatcher()

    def __call__(self, request: HttpRequest, *, seed: int) -> HttpResponse:
        """Answer a call; the ids that moto makes up follow from the seed alone.

        moto's API for its own settings is closed: it forgets everything without being asked twice
        and writes files. So are its CORS headers, which would open the server to any web page.
        """
        if unquote(request.path, "latin-1").startswith(_OWN_API):  # as moto itself reads it
            message = f"{_OWN_API} is not available; see: tracing-lab embedded reset"
            return refusal(request, 403, "AccessDeniedException", message)
        mock_random.seed(seed)
        try:
            chunks, status, headers = run_wsgi_app(self._app, _environ(request), buffered=True)
        except NotImplementedError as error:
            return refusal(request, 400, "UnknownOperationException", f"moto: {error}")
        except Exception as error:  # noqa: BLE001 - moto trips over input with any of them
            if is_disk_full(error):
                return failure(request, str(error))
            message = f"The request cannot be processed: {type(error).__name__}: {error}"
            _LOGGER.warning("moto on %s %s: %s", request.method, request.path, message)
            return refusal(request, 400, "ValidationException", message)
        if status.startswith("404") and headers.get("Content-Type", "").startswith("text/html"):
            message = f"There is no operation {request.method} {request.path}"
            return refusal(request, 404, "UnknownOperationException", message)
        kept = [(name, value) for name, value in headers.items() if not _is_cors(name)]
        return HttpResponse(int(status.split()[0]), tuple(kept), b"".join(chunks))

    def preload(self) -> None:
        """Import the services that are nearly always used."""
        import_without_validator("moto.apigateway.models")
        for service in PRELOADED:
            get_backend(service)  # type: ignore[call-overload] # one literal each upstream
        forget_short_lived()
        remember_operations()

    def reset(self) -> None:
        """Forget all resources of all services."""
        moto_api_backend.reset()


class _Dispatcher(DomainDispatcherApplication):
    """Finds the service of a request, without moto's look at its own folder every time."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._services = functools.lru_cache(maxsize=1024)(super().get_backend_for_host)

    def get_backend_for_host(self, host: str | None) -> Any:
        """Return the name of the service that a host is of."""
        return self._services(host)


@functools.lru_cache(maxsize=256)  # moto looks through files for the answer
def is_region(name: str) -> bool:
    """Tell whether AWS has such a region.

    Examples
    --------
    >>> is_region("eu-central-1"), is_region("../x")
    (True, False)
    """
    return name in get_backend("lambda")[ACCOUNT_ID].regions


def refusal(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    """Answer with an error in the protocol of the request: XML for forms, else JSON.

    Examples
    --------
    >>> form = (("Content-Type", "application/x-www-form-urlencoded"),)
    >>> refusal(HttpRequest("POST", "/", headers=form), 400, "A", "b").body
    b'<ErrorResponse><Error><Code>A</Code><Message>b</Message></Error></ErrorResponse>'
    """
    if not (request.header("Content-Type") or "").startswith(_FORM):
        return error_response(status, code, message)
    text = f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message>"
    body = f"<ErrorResponse><Error>{text}</Error></ErrorResponse>".encode(errors="replace")
    return HttpResponse(status, (("Content-Type", "text/xml"),), body)


def _is_cors(header: str) -> bool:
    return header.lower().startswith(_CORS)


_FAILURES = {
    "apigateway": (500, "InternalFailure"),
    "cloudwatch": (500, "InternalServiceFault"),
    "events": (500, "InternalException"),
    "iam": (500, "ServiceFailure"),
    "lambda": (500, "ServiceException"),
    "logs": (503, "ServiceUnavailableException"),
    "monitoring": (500, "InternalServiceFault"),
    "s3": (500, "InternalError"),
    "sns": (500, "InternalError"),
}


def failure(request: HttpRequest, message: str) -> HttpResponse:
    """Answer that the service itself has failed, as on a full disk; nothing was acknowledged.

    Examples
    --------
    >>> answer = failure(HttpRequest("POST", "/"), "No space left on device")
    >>> answer.status, dict(answer.headers)["x-amzn-ErrorType"]
    (500, 'InternalFailure')
    """
    scope = signing_scope(request)
    service = "" if scope is None else scope.service
    status, code = _FAILURES.get(service, (500, "InternalFailure"))
    text = f"The call could not be kept: {message}. Free some disk space and try again."
    return refusal(request, status, code, text)


def forget_short_lived() -> None:
    """Have moto not hold on to objects of which there are many.

    It keeps each object it ever made for its dashboard, deleted ones too, so that log events,
    messages and metric data would fill the memory.
    """
    for service, names in _SHORT_LIVED.items():
        for name in names:
            model_instances.model_data[service][name].__new__ = _untracked  # type: ignore[method-assign,assignment] # moto has no switch


def remember_operations() -> None:
    """Have moto not look through all members of a service's class at every request."""
    known = functools.cache(method_names_from_class)
    responses.method_names_from_class = known  # type: ignore[attr-defined] # moto has no switch


def _untracked(model: type, *_: Any, **__: Any) -> Any:
    return object.__new__(model)


def backend(service: str, region: str) -> Any:
    """Give moto's in-memory state of a service in a region (``aws`` for global services)."""
    backends = _backends(service)
    # as plain dictionaries, since moto's own look-up takes ten times as long
    found = backends.get(ACCOUNT_ID, {}).get(region)
    return backends[ACCOUNT_ID][region] if found is None else found


@functools.cache
def _backends(service: str) -> Any:
    return get_backend(service)  # type: ignore[call-overload] # any name


def _environ(request: HttpRequest) -> dict[str, Any]:
    host = request.header("Host") or "127.0.0.1"
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(request.path, "latin-1"),
        "RAW_URI": f"{request.path}?{request.query}" if request.query else request.path,
        "REQUEST_URI": f"{request.path}?{request.query}" if request.query else request.path,
        "QUERY_STRING": request.query,
        "SERVER_NAME": host.partition(":")[0],
        "SERVER_PORT": host.partition(":")[2] or "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": request.source_ip,
        "CONTENT_LENGTH": str(len(request.body)),
        "CONTENT_TYPE": request.header("Content-Type") or "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    skipped = {"content-length", "content-type", "transfer-encoding"}
    for name, value in request.headers:
        if name.lower() not in skipped:
            environ["HTTP_" + name.upper().replace("-", "_")] = value
    return environ
