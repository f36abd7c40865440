"""Settings of asynchronous invocations, of which each version and alias has its own.

moto has one for all. https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
"""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext, succeeded
from tracing_lab.embedded.moto.errors import MOTO_ERRORS
from tracing_lab.embedded.moto.replaying.call_clock import CLOCK
from tracing_lab.embedded.protocol.api_call import ApiCall, json_members
from tracing_lab.embedded.protocol.errors import ApiError

from .lists import page_of

LATEST = "$LATEST"
_ATTRIBUTE = "tracing_lab_event_configs"  # of moto's functions: settings by qualifier
_MEMBERS = ("DestinationConfig", "MaximumEventAgeInSeconds", "MaximumRetryAttempts")
_NOT_FOUND = "ResourceNotFoundException"


def event_config(function: Any, qualifier: str | None) -> Mapping[str, Any]:
    """Return the settings of a function's version or alias; empty if it has none.

    Parameters
    ----------
    function
        moto's function, the unpublished version.
    qualifier
        Version or alias; None for the unpublished version.
    """
    config: Mapping[str, Any] = _configs(function).get(qualifier or LATEST, {})
    return config


def put(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Replace the settings of a version or alias."""
    return _written(call, call_next, before={})


def update(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Change some of the settings of a version or alias."""
    function, qualifier = _target(call)
    return _written(call, call_next, before=_existing(function, qualifier))


def get(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to GetFunctionEventInvokeConfig."""
    function, qualifier = _target(call)
    return json_response(200, _shown(function, qualifier, _existing(function, qualifier)))


def delete(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to DeleteFunctionEventInvokeConfig."""
    function, qualifier = _target(call)
    _existing(function, qualifier)
    del _configs(function)[qualifier]
    return HttpResponse(204)


def list_configs(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to ListFunctionEventInvokeConfigs."""
    function, _ = _target(call)
    shown = [_shown(function, name, config) for name, config in _configs(function).items()]
    return json_response(200, page_of(call, "FunctionEventInvokeConfigs", shown))


def _written(call: ApiCall, call_next: CallNext, *, before: Mapping[str, Any]) -> HttpResponse:
    function, qualifier = _target(call)
    response = call_next(call)  # which validates
    if not succeeded(response):
        return response
    function.event_invoke_config.clear()
    wanted = json_members(call.request) or {}
    given = {name: wanted[name] for name in _MEMBERS if wanted.get(name) is not None}
    config = {**before, **given, "LastModified": CLOCK.time_s()}
    setattr(function, _ATTRIBUTE, {**_configs(function), qualifier: config})
    return json_response(200, _shown(function, qualifier, config))


def _target(call: ApiCall) -> tuple[Any, str]:
    """Return moto's function that a call names, and the version or alias.

    Raises
    ------
    ApiError
        There is no such function, version or alias.
    """
    lambdas = backend("lambda", call.region)
    name, _, in_name = str(call.members["FunctionName"]).partition(":")
    qualifier = in_name or call.query.get("Qualifier") or LATEST
    try:
        lambdas.get_function(name, qualifier)
        return lambdas.get_function(name), qualifier
    except MOTO_ERRORS as error:
        raise ApiError(_NOT_FOUND, str(error.message), status=404) from error


def _configs(function: Any) -> dict[str, dict[str, Any]]:
    configs: dict[str, dict[str, Any]] = getattr(function, _ATTRIBUTE, {})
    return configs


def _existing(function: Any, qualifier: str) -> Mapping[str, Any]:
    config = _configs(function).get(qualifier)
    if config is None:
        message = f"The function {function.function_arn}:{qualifier} doesn't have an "
        raise ApiError(_NOT_FOUND, f"{message}EventInvokeConfig", status=404)
    return config


def _shown(function: Any, qualifier: str, config: Mapping[str, Any]) -> dict[str, Any]:
    return {**config, "FunctionArn": f"{function.function_arn}:{qualifier}"}
