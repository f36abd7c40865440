"""Finds what a call about an HTTP API names."""

from collections.abc import Mapping
from typing import Any, NoReturn

from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

from .specs import SERVICE

_NOT_FOUND, _CONFLICT = "NotFoundException", "ConflictException"
_BAD_REQUEST = "BadRequestException"


def api_of(call: ApiCall) -> Any:
    """Return moto's API that a call names.

    Raises
    ------
    ApiError
        There is no such API.
    """
    return found(backend(SERVICE, call.region).apis, call.path_members["ApiId"], "API")


def stage_of(call: ApiCall, api: Any, name: Any = None) -> Any:
    """Return moto's stage that a call names.

    Raises
    ------
    ApiError
        There is no such stage.
    """
    wanted = call.path_members["StageName"] if name is None else name
    if wanted not in api.stages:
        raise ApiError(_NOT_FOUND, "Invalid stage identifier specified", status=404)
    return api.stages[wanted]


def found(parts: Mapping[str, Any], part_id: Any, kind: str) -> Any:
    """Return a part of an API by its id.

    Raises
    ------
    ApiError
        There is no such part.
    """
    if part_id not in parts:
        message = f"Invalid {kind} identifier specified {part_id}"
        raise ApiError(_NOT_FOUND, message, status=404)
    return parts[part_id]


def reject(message: str) -> NoReturn:
    """Raise the error about a value that API Gateway does not accept."""
    raise ApiError(_BAD_REQUEST, message)


def conflict(message: str) -> NoReturn:
    """Raise the error about something that exists already."""
    raise ApiError(_CONFLICT, message, status=409)
