"""Binary media types of REST APIs, which moto drops when an API is made and misreads later."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.moto.adapter import backend

_REST_API = re.compile(r"/restapis(?:/(?P<id>[^/]+))?/?")
_PREFIX = "/binaryMediaTypes/"

Answer = Callable[[HttpRequest], HttpResponse]


def concerns_media_types(request: HttpRequest) -> bool:
    """Tell whether a call may set binary media types: CreateRestApi or UpdateRestApi."""
    match = _REST_API.fullmatch(request.path)
    if match is None or b"binaryMediaTypes" not in request.body:
        return False
    return request.method == ("PATCH" if match["id"] else "POST")


def answer_media_types(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer CreateRestApi or UpdateRestApi, binary media types included.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    body = _parsed(request)
    every = [one for one in body.get("patchOperations") or () if isinstance(one, Mapping)]
    operations = [one for one in every if _is_ours(one)]
    if operations:
        others = [one for one in every if one not in operations]
        text = json.dumps({**body, "patchOperations": others})
        request = replace(request, body=text.encode())
    response = answer(request)
    if response.status >= 400:  # noqa: PLR2004 - an error
        return response
    content = json.loads(response.body)
    api = backend("apigateway", region).apis[content["id"]]
    types = body.get("binaryMediaTypes") or api.binaryMediaTypes
    api.binaryMediaTypes = patched(types, operations)
    shown = {**content, "binaryMediaTypes": api.binaryMediaTypes}
    return HttpResponse(response.status, response.headers, json.dumps(shown).encode())


def patched(types: Iterable[str], operations: Iterable[Mapping[str, str]]) -> list[str]:
    """Apply patch operations, whose paths name the types.

    Parameters
    ----------
    types
        The binary media types so far.
    operations
        As UpdateRestApi takes them.

    Examples
    --------
    >>> patched(["a/b"], [{"op": "add", "path": "/binaryMediaTypes/*~1*"}])
    ['a/b', '*/*']
    """
    found = list(types)
    for operation in operations:
        named = operation["path"].removeprefix(_PREFIX).replace("~1", "/")
        if operation["op"] != "add":
            found = [one for one in found if one != named]
        new = {"add": named, "replace": operation.get("value")}.get(operation["op"])
        if new and new not in found:
            found.append(new)
    return found


def _parsed(request: HttpRequest) -> Mapping[str, Any]:
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}  # moto says what is wrong
    return body if isinstance(body, Mapping) else {}


def _is_ours(operation: Mapping[str, str]) -> bool:
    return operation.get("path", "").startswith(_PREFIX) and "op" in operation
