"""Lists of functions and of what belongs to them, page by page, which moto gives whole."""

import json
from collections.abc import Sequence
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import (
    CallNext,
    Override,
    content_of,
    succeeded,
    with_content,
)
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

from .shown import CREATING, UPDATING, configuration

PAGE_SIZE = 50
"""Items of a page unless the call says otherwise; the most that Lambda lists at once.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
"""

_NOT_LISTED = frozenset({"RuntimeVersionConfig", *CREATING, *UPDATING})
"""What only GetFunction and GetFunctionConfiguration show. Source: as above."""


def list_functions(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to ListFunctions; a function that cannot be shown whole does not hide the others."""
    found = backend("lambda", call.region).list_functions(call.query.get("FunctionVersion"))
    return json_response(200, page_of(call, "Functions", [_listed(function) for function in found]))


def list_versions(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Show the versions of a function as Lambda lists them."""
    response = call_next(call)
    if not succeeded(response):
        return response
    name = call.members["FunctionName"]
    found = backend("lambda", call.region).list_versions_by_function(name)
    return json_response(200, page_of(call, "Versions", [_listed(version) for version in found]))


def paged(key: str, *, size: int = PAGE_SIZE) -> Override:
    """Return an override that cuts a list of moto's into pages.

    Parameters
    ----------
    key
        The member with the list.
    size
        Items of a page unless the call says otherwise.
    """

    def override(call: ApiCall, call_next: CallNext) -> HttpResponse:
        response = call_next(call)
        if not succeeded(response):
            return response
        content = content_of(response)
        return with_content(response, content | page_of(call, key, content[key], size=size))

    return override


def page_of(
    call: ApiCall, key: str, items: Sequence[Any], *, size: int = PAGE_SIZE
) -> dict[str, Any]:
    """Return the page of a list that a call asks for by ``Marker`` and ``MaxItems``.

    Raises
    ------
    ApiError
        The marker is not one of an earlier page.
    """
    marker = call.query.get("Marker") or "0"
    if not (marker.isascii() and marker.isdigit()):
        code = "InvalidParameterValueException"
        raise ApiError(code, "The marker is not valid; list from the beginning again.")
    start = int(marker)
    end = start + int(call.query.get("MaxItems") or size)
    page: dict[str, Any] = {key: list(items[start:end])}
    return {**page, "NextMarker": str(end)} if end < len(items) else page


def _listed(function: Any) -> dict[str, Any]:
    shown = configuration(function, function.get_configuration())
    listed = {name: value for name, value in shown.items() if name not in _NOT_LISTED}
    content: dict[str, Any] = json.loads(json.dumps(listed, default=str))
    return content
