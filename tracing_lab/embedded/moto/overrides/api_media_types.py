"""Binary media types of REST APIs, which moto drops on creation and misreads on update."""

from collections.abc import Iterable, Mapping

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import (
    CallNext,
    content_of,
    patch_operations,
    succeeded,
    with_content,
)
from tracing_lab.embedded.protocol.api_call import ApiCall, json_members

_PREFIX = "/binaryMediaTypes/"


def with_media_types(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Apply the binary media types of CreateRestApi or UpdateRestApi."""
    if b"binaryMediaTypes" not in call.request.body:
        return call_next(call)
    every = patch_operations(call)
    operations = [operation for operation in every if _is_ours(operation)]
    members = json_members(call.request) or {}
    if operations:
        others = [operation for operation in every if operation not in operations]
        response = call_next(call.with_members({**members, "patchOperations": others}))
    else:
        response = call_next(call)
    if not succeeded(response):
        return response
    content = content_of(response)
    api = backend("apigateway", call.region).apis[content["id"]]
    types = members.get("binaryMediaTypes") or api.binaryMediaTypes
    api.binaryMediaTypes = patched(types, operations)
    return with_content(response, {**content, "binaryMediaTypes": api.binaryMediaTypes})


def patched(types: Iterable[str], operations: Iterable[Mapping[str, str]]) -> list[str]:
    """Return binary media types after patch operations.

    Parameters
    ----------
    types
        The binary media types so far.
    operations
        Those of UpdateRestApi; their paths name the types.

    Examples
    --------
    >>> patched(["a/b"], [{"op": "add", "path": "/binaryMediaTypes/*~1*"}])
    ['a/b', '*/*']
    """
    found = list(types)
    for operation in operations:
        named = operation["path"].removeprefix(_PREFIX).replace("~1", "/")
        if operation["op"] != "add":
            found = [media_type for media_type in found if media_type != named]
        new = {"add": named, "replace": operation.get("value")}.get(operation["op"])
        if new and new not in found:
            found.append(new)
    return found


def _is_ours(operation: Mapping[str, str]) -> bool:
    return operation.get("path", "").startswith(_PREFIX) and "op" in operation
