"""Settings of functions that Lambda rejects and moto accepts.

https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

import base64
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from tracing_lab.embedded.functions.zip_files import unzipped_bytes
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.model import MAX_UNZIPPED_BYTES
from tracing_lab.embedded.moto.calling import CallNext
from tracing_lab.embedded.protocol.api_call import ApiCall, json_members
from tracing_lab.embedded.protocol.errors import ApiError

MAX_ENVIRONMENT_BYTES = 4096
_RANGES = {
    "timeout": (1, 900),
    "memorySize": (128, 10240),
    "ephemeralStorage.size": (512, 10240),
}
"""Least and most of members for which botocore's model has the limits of other kinds of functions.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
"""

# fmt: off
RESERVED_VARIABLES = frozenset((
    "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
))
"""Variables that Lambda sets itself.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

RETIRED_RUNTIMES = frozenset((
    "nodejs", "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10", "nodejs10.x", "nodejs12.x",
    "nodejs14.x", "python2.7", "python3.6", "python3.7", "ruby2.5", "ruby2.7", "java8", "go1.x",
    "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1", "dotnetcore3.1", "provided",
))
"""Runtimes for which functions can be neither created nor updated any more.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
"""
# fmt: on

_VALIDATION, _INVALID = "ValidationException", "InvalidParameterValueException"
_ENVIRONMENT = (
    "Lambda was unable to configure your environment variables because the environment variables "
    "you have provided "
)


def with_limits(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Reject settings of a function that Lambda does not accept."""
    wanted = json_members(call.request) or {}
    sizes = {
        "timeout": wanted.get("Timeout"),
        "memorySize": wanted.get("MemorySize"),
        "ephemeralStorage.size": (wanted.get("EphemeralStorage") or {}).get("Size"),
    }
    for place, value in sizes.items():
        fault = _range_fault(place, value)
        if fault is not None:
            raise ApiError(_VALIDATION, fault)
    fault = next(_faults(call, wanted), None)
    if fault is not None:
        raise ApiError(_INVALID, fault)
    return call_next(call)


def _faults(call: ApiCall, wanted: Mapping[str, Any]) -> Iterator[str]:
    runtime, package = wanted.get("Runtime"), wanted.get("PackageType") or "Zip"
    is_whole = package != "Zip" or (runtime and wanted.get("Handler"))
    if call.operation == "CreateFunction" and not is_whole:
        yield (
            "Runtime and Handler are mandatory parameters for functions created with "
            "deployment packages."
        )
    if runtime in RETIRED_RUNTIMES:
        yield (
            f"The runtime parameter of {runtime} is no longer supported for creating or updating "
            "AWS Lambda functions. We recommend you use a supported runtime while creating or "
            "updating functions."
        )
    yield from _environment_faults((wanted.get("Environment") or {}).get("Variables") or {})
    yield from _size_faults(wanted)


def _environment_faults(variables: Mapping[str, str]) -> Iterator[str]:
    reserved = sorted(RESERVED_VARIABLES & variables.keys())
    if reserved:
        yield (
            f"{_ENVIRONMENT}contains reserved keys that are currently not supported for "
            f"modification. Reserved keys used in this request: {', '.join(reserved)}"
        )
    size = sum(len(name.encode()) + len(value.encode()) for name, value in variables.items())
    if size > MAX_ENVIRONMENT_BYTES:
        yield f"{_ENVIRONMENT}exceeded the 4KB limit. They have {size} bytes."


def _size_faults(wanted: Mapping[str, Any]) -> Iterator[str]:
    code = wanted.get("ZipFile") or (wanted.get("Code") or {}).get("ZipFile")
    try:
        size = unzipped_bytes(base64.b64decode(code)) if isinstance(code, str) else 0
    except (ValueError, zipfile.BadZipFile):
        return  # moto or the first start reports it
    if size >= MAX_UNZIPPED_BYTES:
        yield f"Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes"


def _range_fault(place: str, value: Any) -> str | None:
    low, high = _RANGES[place]
    if not isinstance(value, int) or low <= value <= high:
        return None
    bound = f"less than or equal to {high}" if value > high else f"greater than or equal to {low}"
    return (
        f"1 validation error detected: Value '{value}' at '{place}' failed to satisfy "
        f"constraint: Member must have value {bound}"
    )
