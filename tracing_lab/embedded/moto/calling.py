"""The signature of overrides, and helpers for their calls and responses."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.protocol.api_call import ApiCall

CallNext = Callable[[ApiCall], HttpResponse]
"""Handles a call: moto, or the next override."""

Override = Callable[[ApiCall, CallNext], HttpResponse]
"""Handles a call, with the next handler for moto's part of it."""


def chained(first: Override, second: Override) -> Override:
    """Return one override that runs `first`, with `second` as its next handler."""
    return lambda call, call_next: first(call, lambda changed: second(changed, call_next))


def succeeded(response: HttpResponse) -> bool:
    """Return whether a response is not an error."""
    return response.status < 400  # noqa: PLR2004 - an HTTP error


def content_of(response: HttpResponse) -> dict[str, Any]:
    """Return the members of a JSON response."""
    content: dict[str, Any] = json.loads(response.body or b"{}")
    return content


def with_content(response: HttpResponse, content: Mapping[str, Any]) -> HttpResponse:
    """Return a copy of a response with another JSON body."""
    return replace(response, body=json.dumps(content).encode())


def patch_operations(call: ApiCall) -> list[Mapping[str, Any]]:
    """Return the well-formed patch operations of a call of API Gateway."""
    found = call.members.get("patchOperations") or ()
    return (
        [operation for operation in found if isinstance(operation, Mapping)]
        if isinstance(found, list)
        else []
    )
