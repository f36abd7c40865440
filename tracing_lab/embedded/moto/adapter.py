"""moto's server, called in this process instead of over a socket."""

import functools
import logging
import string
import sys
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from moto.backends import get_backend
from moto.core import model_instances, responses
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.utils import method_names_from_class
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.test import run_wsgi_app

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import rejection
from tracing_lab.embedded.storage.append_log import is_disk_full

from .openapi import import_without_validator
from .triggers.own_triggers import stop_own_triggers

_LOGGER = logging.getLogger(__name__)
_OWN_API = "/moto-api"
_CORS = "access-control-"

ACCOUNT_ID: str = DEFAULT_ACCOUNT_ID

_SHORT_LIVED = {
    "cloudwatch": ("MetricAggregatedDatum", "MetricDatum", "MetricDatumBase"),
    "dynamodb": ("Item",),
    "logs": ("LogEvent",),
    "s3": ("FakeAcl", "FakeDeleteMarker", "FakeGrant", "FakeGrantee", "FakeKey", "FakeMultipart"),
    "sqs": ("Message",),
}

PRELOADED = ("apigateway", "cloudwatch", "events", "iam", "lambda", "logs", "sqs", "sts")
"""moto services that a small serverless app provisions; loaded before the first call."""


class MotoApp:
    """Responds to AWS control-plane calls for every service that moto supports."""

    def __init__(self) -> None:
        self._app = _Dispatcher()
        stop_own_triggers()

    def __call__(self, call: ApiCall, *, seed: int) -> HttpResponse:
        """Respond to a call; the ids that moto generates depend on the seed alone.

        moto's API for its own settings is closed: it deletes everything without confirmation
        and writes files. Its CORS headers are removed: they would open the server to any web page.
        """
        request = call.request
        if unquote(request.path, "latin-1").startswith(_OWN_API):  # as moto itself reads it
            message = f"{_OWN_API} is not available; see: tracing-lab embedded reset"
            return rejection(call, 403, "AccessDeniedException", message)
        mock_random.seed(seed)
        try:
            chunks, status, headers = run_wsgi_app(self._app, _environ(request), buffered=True)
        except NotImplementedError as error:
            return rejection(call, 400, "UnknownOperationException", f"moto: {error}")
        except Exception as error:
            if is_disk_full(error):
                return failure(call, str(error))
            message = f"The request cannot be processed: {type(error).__name__}: {error}"
            # with its trace, since the fault is as often moto's as the caller's
            _LOGGER.warning(
                "moto on %s %s: %s", request.method, request.path, message, exc_info=True
            )
            return rejection(call, 400, "ValidationException", message)
        if status.startswith("404") and headers.get("Content-Type", "").startswith("text/html"):
            message = f"There is no operation {request.method} {request.path}"
            return rejection(call, 404, "UnknownOperationException", message)
        kept = [(name, value) for name, value in headers.items() if not _is_cors(name)]
        return HttpResponse(int(status.split()[0]), tuple(kept), b"".join(chunks))

    @staticmethod
    def seed(seed: int) -> None:
        """Make the ids of the next call depend on a seed, also where moto is not called."""
        mock_random.seed(seed)

    def preload(self) -> None:
        """Import the services that are nearly always used."""
        import_without_validator("moto.apigateway.models")
        for service in PRELOADED:
            get_backend(service)  # type: ignore[call-overload] # one literal each upstream
        forget_short_lived()
        remember_operations()

    def reset(self) -> None:
        """Delete all resources of all services."""
        moto_api_backend.reset()


def random_id(length: int) -> str:
    """Return an id of small letters and digits, which is the same when the call is replayed."""
    letters = string.ascii_lowercase + string.digits
    return "".join(mock_random.choice(letters) for _ in range(length))


class _Dispatcher(DomainDispatcherApplication):
    """Finds the service of a request without listing moto's folder at every request."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._services = functools.lru_cache(maxsize=1024)(super().get_backend_for_host)

    def get_backend_for_host(self, host: str | None) -> Any:
        """Return the name of the service of a host."""
        return self._services(host)


@functools.lru_cache(maxsize=256)  # moto reads files for it
def is_region(name: str) -> bool:
    """Return whether AWS has such a region.

    Examples
    --------
    >>> is_region("eu-central-1"), is_region("../x")
    (True, False)
    """
    return name in get_backend("lambda")[ACCOUNT_ID].regions


def _is_cors(header: str) -> bool:
    return header.lower().startswith(_CORS)


_FAILURES = {
    "apigateway": (500, "InternalFailure"),
    "cloudwatch": (500, "InternalServiceFault"),
    "dynamodb": (500, "InternalServerError"),
    "events": (500, "InternalException"),
    "iam": (500, "ServiceFailure"),
    "lambda": (500, "ServiceException"),
    "logs": (503, "ServiceUnavailableException"),
    "s3": (500, "InternalError"),
    "sns": (500, "InternalError"),
}


def failure(call: ApiCall, message: str) -> HttpResponse:
    """Return the response for a failure of the service itself, such as a full disk.

    Examples
    --------
    >>> from tracing_lab.embedded.protocol.api_call import read_call
    >>> response = failure(read_call(HttpRequest("POST", "/")), "No space left on device")
    >>> response.status, dict(response.headers)["x-amzn-ErrorType"]
    (500, 'InternalFailure')
    """
    status, code = _FAILURES.get(call.service, (500, "InternalFailure"))
    text = f"The call could not be written: {message}. Free some disk space and try again."
    return rejection(call, status, code, text)


def forget_short_lived() -> None:
    """Stop moto from tracking instances of models of which there are many.

    It keeps every instance ever created for its dashboard, deleted ones too, so that log events,
    messages and metric data would fill the memory.
    """
    for service, names in _SHORT_LIVED.items():
        for name in names:
            model_instances.model_data[service][name].__new__ = _untracked  # type: ignore[method-assign,assignment] # moto has no switch


def remember_operations() -> None:
    """Cache the operations of moto's services, which it otherwise collects at every request."""
    known = functools.cache(method_names_from_class)
    responses.method_names_from_class = known  # type: ignore[attr-defined] # moto has no switch


def _untracked(model: type, *_: Any, **__: Any) -> Any:
    return object.__new__(model)


def backend(service: str, region: str) -> Any:
    """Return moto's in-memory state of a service in a region (``aws`` for global services)."""
    backends = _backends(service)
    # as plain dictionaries, since moto's own look-up takes ten times as long
    found = backends.get(ACCOUNT_ID, {}).get(region)
    return backends[ACCOUNT_ID][region] if found is None else found


def backends_of(service: str) -> list[tuple[str, Any]]:
    """Return moto's in-memory states of a service by region, as far as there are any."""
    return list(_backends(service).get(ACCOUNT_ID, {}).items())


@functools.cache
def _backends(service: str) -> Any:
    return get_backend(service)  # type: ignore[call-overload] # any name


def _environ(request: HttpRequest) -> dict[str, Any]:
    host = request.header("Host") or "127.0.0.1"
    environ: dict[str, Any] = {
        "HTTP_HOST": host,
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
