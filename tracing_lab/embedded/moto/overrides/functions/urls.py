"""URLs of functions and of their aliases; moto has one for each function, without a server.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
"""

from collections.abc import Mapping
from typing import Any

from tracing_lab.embedded.apigateway.http_apis.specs import FunctionUrlSpec
from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend, random_id
from tracing_lab.embedded.moto.calling import CallNext
from tracing_lab.embedded.moto.errors import MOTO_ERRORS
from tracing_lab.embedded.moto.overrides.http_apis.specs import cors_spec
from tracing_lab.embedded.moto.replaying.call_clock import CLOCK
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

from .lists import page_of

_ATTRIBUTE = "tracing_lab_urls"  # of moto's functions: settings by alias, None for the function
_NOT_FOUND, _CONFLICT = "ResourceNotFoundException", "ResourceConflictException"
_ID_LENGTH = 32
_SETTINGS = ("AuthType", "Cors", "InvokeMode")
_Config = dict[str, Any]


def function_urls(region: str) -> dict[str, FunctionUrlSpec]:
    """Return the function URLs of a region by id."""
    specs = (
        _spec(function, alias, config)
        for function in backend("lambda", region).list_functions(None)
        for alias, config in _configs(function).items()
    )
    return {spec.id: spec for spec in specs}


def create(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to CreateFunctionUrlConfig."""
    function, alias = _target(call)
    if alias in _configs(function):
        message = (
            f"Failed to create function url config for [functionArn = {_arn(function, alias)}]. "
        )
        message += "Error message:  FunctionUrlConfig exists for this Lambda function"
        raise ApiError(_CONFLICT, message, status=409)
    created = _now()
    config = {
        "InvokeMode": "BUFFERED",
        **_given(call),
        "Id": random_id(_ID_LENGTH),
        "CreationTime": created,
        "LastModifiedTime": created,
    }
    _keep(function, alias, config)
    return json_response(201, _shown(call, function, alias, config))


def update(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to UpdateFunctionUrlConfig; empty CORS settings remove those that there are."""
    function, alias = _target(call)
    config = {**_existing(function, alias), **_given(call), "LastModifiedTime": _now()}
    _keep(function, alias, config)
    return json_response(200, _shown(call, function, alias, config))


def get(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to GetFunctionUrlConfig."""
    function, alias = _target(call)
    return json_response(200, _shown(call, function, alias, _existing(function, alias)))


def delete(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to DeleteFunctionUrlConfig."""
    function, alias = _target(call)
    _existing(function, alias)
    kept = {name: config for name, config in _configs(function).items() if name != alias}
    setattr(function, _ATTRIBUTE, kept)
    return HttpResponse(204)


def list_configs(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to ListFunctionUrlConfigs."""
    function, _alias = _target(call)
    shown = [_shown(call, function, name, config) for name, config in _configs(function).items()]
    return json_response(200, page_of(call, "FunctionUrlConfigs", shown))


def _target(call: ApiCall) -> tuple[Any, str | None]:
    """Return moto's function that a call names, and the alias.

    Raises
    ------
    ApiError
        There is no such function or alias.
    """
    lambdas = backend("lambda", call.region)
    name, _, in_name = str(call.members["FunctionName"]).partition(":")
    alias = in_name or call.query.get("Qualifier") or None
    try:
        function = lambdas.get_function(name)
        if alias is not None:
            lambdas.get_alias(alias, name)
    except MOTO_ERRORS as error:
        raise ApiError(_NOT_FOUND, str(error.message), status=404) from error
    return function, alias


def _given(call: ApiCall) -> _Config:
    return {name: call.members[name] for name in _SETTINGS if call.members.get(name) is not None}


def _configs(function: Any) -> dict[str | None, _Config]:
    configs: dict[str | None, _Config] = getattr(function, _ATTRIBUTE, {})
    return configs


def _keep(function: Any, alias: str | None, config: _Config) -> None:
    setattr(function, _ATTRIBUTE, {**_configs(function), alias: config})


def _existing(function: Any, alias: str | None) -> _Config:
    config = _configs(function).get(alias)
    if config is None:
        raise ApiError(_NOT_FOUND, "The resource you requested does not exist.", status=404)
    return config


def _arn(function: Any, alias: str | None) -> str:
    return f"{function.function_arn}:{alias}" if alias else str(function.function_arn)


def _spec(function: Any, alias: str | None, config: Mapping[str, Any]) -> FunctionUrlSpec:
    cors = cors_spec(config.get("Cors"))
    return FunctionUrlSpec(config["Id"], _arn(function, alias), config["AuthType"], cors)


def _shown(
    call: ApiCall, function: Any, alias: str | None, config: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a URL's settings, with its address as the caller reaches this server.

    It is a path, because hosts below ``localhost`` are not resolved everywhere.
    """
    host = call.request.header("Host") or "127.0.0.1"
    settings = {name: value for name, value in config.items() if name != "Id" and value}
    return {
        **settings,
        "FunctionArn": _arn(function, alias),
        "FunctionUrl": f"http://{host}/_aws/lambda-url/{config['Id']}/",
    }


def _now() -> str:
    return CLOCK.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
