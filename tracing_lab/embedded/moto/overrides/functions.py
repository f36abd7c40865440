"""Settings of functions that moto overlooks when they change.

Dead letters, logs, tracing, processor, ephemeral storage, retries of failed events, and a reserved
concurrency of 0.
"""

import base64
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote

from tracing_lab.embedded.functions.zip_files import unzipped_bytes
from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse, error_response
from tracing_lab.embedded.model import MAX_UNZIPPED_BYTES
from tracing_lab.embedded.moto.adapter import backend

from .function_logging import keep_logging, logging_config, logging_fault

_FUNCTIONS = re.compile(
    r"/20(15-03-31|19-09-25)/functions(?:/(?P<name>[^/]+)(?:/(?P<part>[a-z-]+))?)?/?"
)
_PARTS = frozenset({None, "code", "configuration", "event-invoke-config"})
EPHEMERAL_MB = (512, 10240)  # the least and the most (CreateFunction)
_DEAD_LETTER_CONFIG = "tracing_lab_dead_letter_config"
"""The attribute of moto's functions that keeps what moto itself drops."""

Answer = Callable[[HttpRequest], HttpResponse]


def concerns_functions(request: HttpRequest) -> bool:
    """Tell whether a call makes, changes or reads a function or its retries."""
    match = _FUNCTIONS.fullmatch(request.path)
    return match is not None and match["part"] in _PARTS and request.method != "DELETE"


def answer_functions(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer such a call.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    match = _FUNCTIONS.fullmatch(request.path)
    wanted = json.loads(request.body or b"{}") if request.method in {"POST", "PUT"} else {}
    rejection = _rejection(wanted)
    if rejection is not None:
        return rejection
    response = answer(request)
    if match is None or response.status >= 400:  # noqa: PLR2004 - an error
        return response
    name = unquote(match["name"]) if match["name"] else wanted.get("FunctionName")
    if name is None:  # ListFunctions
        return response
    lambdas = backend("lambda", region)
    qualifier = parse_qs(request.query).get("Qualifier", [None])[0]
    function = lambdas.get_function(name, qualifier)
    if match["part"] == "event-invoke-config":
        del function.event_invoke_config[:-1]  # moto adds, and reads the first
        return response
    content = json.loads(response.body)
    shown = content.get("Configuration", content)
    if wanted.get("Publish"):  # moto has made the version already, without what it drops
        _kept(lambdas.get_function(name, shown["Version"]), wanted)
    for member, value in _kept(function, wanted).items():
        shown[member] = value
    shown["LoggingConfig"] = logging_config(function)
    if dead_letter_arn(function) is not None:
        shown["DeadLetterConfig"] = {"TargetArn": dead_letter_arn(function)}
    if "Configuration" in content and function.reserved_concurrency is not None:
        reserved = int(function.reserved_concurrency)
        content["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
    return HttpResponse(response.status, response.headers, json.dumps(content).encode())


def _rejection(wanted: Mapping[str, Any]) -> HttpResponse | None:
    """Return the response to a call whose members Lambda rejects, or None."""
    fault = logging_fault(wanted.get("LoggingConfig") or {}) or _storage_fault(wanted)
    if fault is not None:
        return error_response(400, "ValidationException", fault)
    fault = _size_fault(wanted)
    if fault is not None:
        return error_response(400, "InvalidParameterValueException", fault)
    return None


def _storage_fault(wanted: Mapping[str, Any]) -> str | None:
    """Return why a function cannot have so little or so much ephemeral storage, or None."""
    low, high = EPHEMERAL_MB
    size = (wanted.get("EphemeralStorage") or {}).get("Size", low)
    if not isinstance(size, int) or low <= size <= high:
        return None  # types are moto's to check
    bound = f"less than or equal to {high}" if size > high else f"greater than or equal to {low}"
    return (
        f"1 validation error detected: Value '{size}' at 'ephemeralStorage.size' failed to satisfy "
        f"constraint: Member must have value {bound}"
    )


def _size_fault(wanted: Mapping[str, Any]) -> str | None:
    """Return why the code of CreateFunction or UpdateFunctionCode is too large, or None."""
    code = wanted.get("ZipFile") or (wanted.get("Code") or {}).get("ZipFile")
    try:
        size = unzipped_bytes(base64.b64decode(code)) if isinstance(code, str) else 0
    except (ValueError, zipfile.BadZipFile):
        return None  # which moto or the first start will tell
    if size < MAX_UNZIPPED_BYTES:
        return None
    return f"Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes"


def dead_letter_arn(function: Any) -> str | None:
    """Return the ARN of the dead-letter queue or topic of one of moto's functions."""
    config: dict[str, str] = getattr(function, _DEAD_LETTER_CONFIG, {})
    return config.get("TargetArn") or None


def _kept(function: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what moto drops of a change, and return what the response has to show of it."""
    if wanted.get("DeadLetterConfig") is not None:
        setattr(function, _DEAD_LETTER_CONFIG, wanted["DeadLetterConfig"])
    if wanted.get("LoggingConfig") is not None:
        keep_logging(function, wanted["LoggingConfig"])
    if wanted.get("TracingConfig") is not None:
        function.tracing_config = wanted["TracingConfig"]
    if wanted.get("Architectures") is not None:
        function.architectures = wanted["Architectures"]
    if wanted.get("EphemeralStorage") is not None:
        function.ephemeral_storage = wanted["EphemeralStorage"]["Size"]
    members = ("Architectures", "EphemeralStorage", "TracingConfig")
    return {one: wanted[one] for one in members if wanted.get(one) is not None}
