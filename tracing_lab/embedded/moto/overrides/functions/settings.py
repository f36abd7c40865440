"""Settings of functions that moto ignores when they change.

Dead letters, logs, tracing, processor, ephemeral storage, and a reserved concurrency of 0.
"""

from collections.abc import Mapping
from typing import Any

from moto.core.utils import iso_8601_datetime_with_nanoseconds

from tracing_lab.arns import function_name_in
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext, content_of, succeeded, with_content
from tracing_lab.embedded.moto.errors import MOTO_ERRORS
from tracing_lab.embedded.protocol.api_call import ApiCall, json_members
from tracing_lab.embedded.protocol.errors import ApiError

from .logging import keep_logging
from .shown import CREATING, DEAD_LETTER_CONFIG, UPDATING, configuration

_STALE_CODE = "PreconditionFailedException"
_STALE = (
    "The Revision Id provided does not match the latest Revision Id. Call the "
    "GetFunction/GetAlias API to retrieve the latest Revision Id"
)
_STATES: Mapping[str | None, Mapping[str, str]] = {
    "CreateFunction": CREATING,
    "UpdateFunctionCode": UPDATING,
    "UpdateFunctionConfiguration": UPDATING,
}


def with_settings(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Store and show the settings that moto drops in calls that write or read a function."""
    call = _with_plain_name(call)
    wanted = _wanted(call)
    _check_revision(call, wanted)
    response = call_next(call)
    if not succeeded(response):
        return response
    content = content_of(response)
    shown = content.get("Configuration", content)
    function = _function(call)
    if wanted:
        _keep(function, wanted)
        function.last_modified = iso_8601_datetime_with_nanoseconds()
        shown["LastModified"] = function.last_modified
    if wanted.get("Publish"):  # moto has published the version already, without these settings
        _keep(backend("lambda", call.region).get_function(_name(call), shown["Version"]), wanted)
    shown = {**configuration(function, shown), **_STATES.get(call.operation, {})}
    if "Configuration" not in content:
        return with_content(response, shown)
    if function.reserved_concurrency is not None:
        reserved = int(function.reserved_concurrency)
        content["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
    return with_content(response, {**content, "Configuration": shown})


def publish_version(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Show a published version as Lambda does.

    https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    """
    wanted = _wanted(call)
    _check_revision(call, wanted)
    _check_code(call, wanted)
    response = call_next(call)
    if not succeeded(response):
        return response
    content = content_of(response)
    version = backend("lambda", call.region).get_function(_name(call), content["Version"])
    return with_content(response, configuration(version, content))


def _with_plain_name(call: ApiCall) -> ApiCall:
    """Return CreateFunction with the name alone, of which moto's functions are made."""
    name = call.members.get("FunctionName", "")
    if call.operation != "CreateFunction" or ":" not in name:
        return call
    return call.with_members({**call.members, "FunctionName": function_name_in(f":{name}")})


def _check_revision(call: ApiCall, wanted: Mapping[str, Any]) -> None:
    """Raise ApiError if a call expects another revision of its function."""
    if not wanted.get("RevisionId"):
        return
    try:
        function = _function(call)
    except MOTO_ERRORS:
        return  # moto reports it
    shown = configuration(function, function.get_configuration())
    if shown["RevisionId"] != wanted["RevisionId"]:
        raise ApiError(_STALE_CODE, _STALE, status=412)


def _check_code(call: ApiCall, wanted: Mapping[str, Any]) -> None:
    """Raise ApiError if a call expects other code."""
    try:
        current = _function(call).code_sha_256
    except MOTO_ERRORS:
        return  # moto reports it
    given = wanted.get("CodeSha256")
    if given and given != current:
        code = "InvalidParameterValueException"
        message = (
            f"CodeSHA256 ({given}) is different from current CodeSHA256 in $LATEST ({current}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )
        raise ApiError(code, message)


def _wanted(call: ApiCall) -> Mapping[str, Any]:
    """Return the members of the body of a call that changes a function."""
    writes = call.request.method in {"POST", "PUT"}
    return (json_members(call.request) or {}) if writes else {}


def _name(call: ApiCall) -> str:
    return str(call.members["FunctionName"])


def _function(call: ApiCall) -> Any:
    """Return moto's function that a call names."""
    return backend("lambda", call.region).get_function(_name(call), call.query.get("Qualifier"))


def _keep(function: Any, wanted: Mapping[str, Any]) -> None:
    """Store the settings that moto drops."""
    if wanted.get("DeadLetterConfig") is not None:
        setattr(function, DEAD_LETTER_CONFIG, wanted["DeadLetterConfig"])
    if wanted.get("LoggingConfig") is not None:
        keep_logging(function, wanted["LoggingConfig"])
    if wanted.get("TracingConfig") is not None:
        function.tracing_config = wanted["TracingConfig"]
    if wanted.get("Architectures") is not None:
        function.architectures = wanted["Architectures"]
    if wanted.get("EphemeralStorage") is not None:
        function.ephemeral_storage = wanted["EphemeralStorage"]["Size"]
