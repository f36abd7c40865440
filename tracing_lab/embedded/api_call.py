"""Which operation of which service a signed request calls, and with what members.

The protocols that carry the operation's name are read as they are; for REST services the
operation is found by method and path in botocore's models, S3's by its own rules in `s3_actions`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

import botocore.loaders
from botocore.exceptions import DataNotFoundError, UnknownServiceError

from .control.mutation import operation_name
from .http import HttpRequest

_VARIABLE = re.compile(r"\{(\w+)(\+?)\}")


@dataclass(frozen=True)
class ApiCall:
    """One call of an AWS API.

    Parameters
    ----------
    service
        The service's name in signatures, for example ``sqs`` or ``monitoring``.
    operation
        For example ``SendMessage``; None when nobody knows.
    members
        The request's top-level members.
    """

    service: str
    operation: str | None
    members: Mapping[str, Any] = field(default_factory=dict)


def read_call(service: str, request: HttpRequest) -> ApiCall:
    """Read the operation and members of a request.

    Parameters
    ----------
    service
        As signed for.
    request
        The request.

    Examples
    --------
    >>> target = (("X-Amz-Target", "AmazonSQS.SendMessage"),)
    >>> read_call("sqs", HttpRequest("POST", "/", headers=target, body=b'{"QueueUrl": "u"}'))
    ApiCall(service='sqs', operation='SendMessage', members={'QueueUrl': 'u'})
    >>> read_call("lambda", HttpRequest("GET", "/2015-03-31/functions/f/configuration"))
    ApiCall(service='lambda', operation='GetFunctionConfiguration', members={'FunctionName': 'f'})
    """
    operation = operation_name(request)
    if operation is None:
        return _rest_call(service, request)
    if request.header("X-Amz-Target"):
        return ApiCall(service, operation, _json_members(request.body))
    form = parse_qs(request.body.decode(errors="replace")) or parse_qs(request.query)
    return ApiCall(service, operation, {name: values[0] for name, values in form.items()})


def _rest_call(service: str, request: HttpRequest) -> ApiCall:
    for operation, method, path in _routes(service):
        match = path.fullmatch(request.path) if method == request.method else None
        if match:
            named = {name: unquote(value) for name, value in match.groupdict().items()}
            queried = {name: values[0] for name, values in parse_qs(request.query).items()}
            members = {**_json_members(request.body), **queried, **named}
            return ApiCall(service, operation, members)
    return ApiCall(service, None)


@cache
def _routes(service: str) -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    """Give ``(operation, method, path)`` of a service; the most literal paths first."""
    try:
        model = botocore.loaders.Loader().load_service_model(service, "service-2")
    except (DataNotFoundError, UnknownServiceError):
        return ()
    routes = [
        (name, shape["http"]["method"], shape["http"]["requestUri"].partition("?")[0])
        for name, shape in model["operations"].items()
    ]
    routes.sort(key=lambda route: (len(_VARIABLE.findall(route[2])), route[2]))
    return tuple((name, method, _pattern(path)) for name, method, path in routes)


def _pattern(path: str) -> re.Pattern[str]:
    parts = _VARIABLE.split(path)  # text, variable, plus, text, variable, plus, ..., text
    pattern = re.escape(parts[0])
    for name, plus, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pattern += f"(?P<{name}>{'.+' if plus else '[^/]+'}){re.escape(text)}"
    return re.compile(pattern)


def _json_members(body: bytes) -> Mapping[str, Any]:
    try:
        content = json.loads(body) if body else {}
    except (ValueError, RecursionError):  # malformed, or a protocol that is not JSON
        return {}
    return content if isinstance(content, dict) else {}
