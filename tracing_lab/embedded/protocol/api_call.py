"""Which operation of which service a signed request calls, and with what members.

The protocols that carry the operation's name are read as they are; for REST services the
operation is found by method and path in botocore's models, S3's by its own rules in `s3_actions`.
"""

import io
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from botocore.parsers import ResponseParserError, RpcV2CBORParser

from tracing_lab.embedded.http.messages import HttpRequest

from .operations import operation_name, rpc_operation
from .service_models import routes

_MAX_UNPACKED_BYTES = 16 * 1024**2
_GZIP = 16 + zlib.MAX_WBITS


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
    if rpc_operation(request):
        return ApiCall(service, operation, _cbor_members(plain_body(request)))
    if request.header("X-Amz-Target"):
        return ApiCall(service, operation, json_members(request) or {})
    form = parse_qs(request.body.decode(errors="replace")) or parse_qs(request.query)
    return ApiCall(service, operation, {name: values[0] for name, values in form.items()})


def plain_body(request: HttpRequest) -> bytes:
    """Return a request's body, unpacked when it is compressed; empty when that cannot be done.

    Parameters
    ----------
    request
        The request.
    """
    if (request.header("Content-Encoding") or "").strip().lower() != "gzip":
        return request.body
    unpacking = zlib.decompressobj(_GZIP)
    try:
        body = unpacking.decompress(request.body, _MAX_UNPACKED_BYTES)
    except zlib.error:
        return b""
    return body if unpacking.eof else b""


def _rest_call(service: str, request: HttpRequest) -> ApiCall:
    for route in routes(service):
        match = route.match(request.method, request.path)
        if match:
            named = {name: unquote(value) for name, value in match.groupdict().items()}
            queried = {name: values[0] for name, values in parse_qs(request.query).items()}
            members = {**(json_members(request) or {}), **queried, **named}
            return ApiCall(service, route.operation, members)
    return ApiCall(service, None)


def json_members(request: HttpRequest) -> Mapping[str, Any] | None:
    """Return the members of a body that is a JSON object or empty; None when it is neither.

    Parameters
    ----------
    request
        The request.
    """
    body = plain_body(request)
    if not body:
        return {}
    try:
        content = request.json if body is request.body else json.loads(body)
    except (ValueError, RecursionError):  # malformed, or a protocol that is not JSON
        return None
    return content if isinstance(content, dict) else None


def _cbor_members(body: bytes) -> Mapping[str, Any]:
    try:
        content = RpcV2CBORParser().parse_data_item(io.BytesIO(body)) if body else {}
    except (ValueError, IndexError, KeyError, TypeError, RecursionError, ResponseParserError):
        return {}  # malformed, which the service itself will say
    return content if isinstance(content, dict) else {}
