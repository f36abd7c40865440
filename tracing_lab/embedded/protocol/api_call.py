"""Determines which operation of which service a request calls, once for each request.

For REST services it is found by method and path in botocore's models; the other protocols carry
the operation's name. Whatever depends on the operation, from routing and authorization to
overrides, uses the `ApiCall` and does not parse the request again.
"""

import io
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

from botocore.parsers import ResponseParserError, RpcV2CBORParser

from tracing_lab.embedded.http.messages import HttpRequest

from .service_models import rest_operations, service_models, service_names
from .signature import SigningScope, signing_scope

UNSIGNED = SigningScope("", "us-east-1", "")
"""The scope of unsigned requests, in boto3's own legacy default region."""

CBOR = "smithy-rpc-v2-cbor"
JSON_PROTOCOLS = frozenset({"json", "rest-json"})

_MAX_UNPACKED_BYTES = 16 * 1024**2
_GZIP = 16 + zlib.MAX_WBITS
_RPC_PATH = re.compile(r"/service/[^/]+/operation/([A-Za-z]+)")
_ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z]+)")


@dataclass(frozen=True)
class ApiCall:
    """One call of an AWS API.

    Parameters
    ----------
    request
        The HTTP request.
    scope
        The scope of its signature; its service is the signing name, for example ``monitoring``.
    service
        botocore's name of the service, for example ``cloudwatch``.
    operation
        For example ``SendMessage``; None if there is no such operation.
    protocol
        botocore's name of the protocol of this request, for example ``rest-json``.
    path_members
        The members that a REST operation has in its path, decoded.
    """

    request: HttpRequest
    scope: SigningScope
    service: str
    operation: str | None
    protocol: str
    path_members: Mapping[str, str] = field(default_factory=dict)

    @property
    def region(self) -> str:
        """The region of the call."""
        return self.scope.region

    @property
    def key(self) -> tuple[str, str]:
        """Service and operation, the key of tables of handlers."""
        return self.service, self.operation or ""

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The first value of each parameter of the query."""
        return _first_values(self.request.query)

    @cached_property
    def members(self) -> Mapping[str, Any]:
        """The request's top-level members; empty when the body cannot be read."""
        if self.protocol == CBOR:
            return _cbor_members(plain_body(self.request))
        if self.protocol in {"query", "ec2"}:
            form = self.request.body.decode(errors="replace")
            return _first_values(form) or self.query
        content = json_members(self.request) or {}
        return {**content, **self.query, **self.path_members} if self._is_rest else content

    def with_body(self, body: bytes) -> "ApiCall":
        """Return the call of the same operation with another body."""
        return replace(self, request=self.request.with_body(body))

    def with_members(self, members: Mapping[str, Any]) -> "ApiCall":
        """Return the call of the same operation with another JSON body."""
        return self.with_body(json.dumps(members).encode())

    @property
    def _is_rest(self) -> bool:
        return self.protocol.startswith("rest-")


def read_call(request: HttpRequest, scope: SigningScope | None = None) -> ApiCall:
    """Return the operation that a request calls.

    Parameters
    ----------
    request
        The request.
    scope
        The scope of its signature, if known already.

    Examples
    --------
    >>> target = (("X-Amz-Target", "AmazonSQS.SendMessage"),)
    >>> request = HttpRequest("POST", "/", headers=target, body=b'{"QueueUrl": "u"}')
    >>> call = read_call(request, SigningScope("k", "us-east-1", "sqs"))
    >>> call.key, call.protocol, call.members
    (('sqs', 'SendMessage'), 'json', {'QueueUrl': 'u'})
    >>> request = HttpRequest("GET", "/2015-03-31/functions/f/configuration")
    >>> call = read_call(request, SigningScope("k", "us-east-1", "lambda"))
    >>> call.operation, call.members
    ('GetFunctionConfiguration', {'FunctionName': 'f'})
    """
    scope = scope or signing_scope(request) or UNSIGNED
    for operation in rest_operations(scope.service):
        match = operation.match(request)
        if match is not None:
            name, members = operation.model.name, operation.path_members(match)
            return ApiCall(request, scope, operation.service, name, operation.protocol, members)
    return _named_call(request, scope)


def rpc_operation(request: HttpRequest) -> str | None:
    """Return the operation that the path of a CBOR call names; None for other protocols.

    Examples
    --------
    >>> rpc_operation(HttpRequest("POST", "/service/Granite/operation/PutMetricData"))
    'PutMetricData'
    """
    match = _RPC_PATH.fullmatch(request.path) if request.path != "/" else None
    return match[1] if match else None


def plain_body(request: HttpRequest) -> bytes:
    """Return a request's body, decompressed if needed; empty if that fails."""
    if (request.header("Content-Encoding") or "").strip().lower() != "gzip":
        return request.body
    unpacking = zlib.decompressobj(_GZIP)
    try:
        body = unpacking.decompress(request.body, _MAX_UNPACKED_BYTES)
    except zlib.error:
        return b""
    return body if unpacking.eof else b""


def json_members(request: HttpRequest) -> Mapping[str, Any] | None:
    """Return the members of a body that is a JSON object or empty; None when it is neither."""
    body = plain_body(request)
    if not body:
        return {}
    try:
        content = request.json if body is request.body else json.loads(body)
    except (ValueError, RecursionError):  # malformed, or a protocol that is not JSON
        return None
    return content if isinstance(content, dict) else None


def _named_call(request: HttpRequest, scope: SigningScope) -> ApiCall:
    """Return the call of a protocol that carries the operation's name, or of no operation."""
    rpc, target = rpc_operation(request), request.header("X-Amz-Target")
    if rpc is not None:
        return ApiCall(request, scope, _service(scope.service, rpc), rpc, CBOR)
    if target is not None:
        prefix, _, name = target.rpartition(".")
        return ApiCall(request, scope, _service(scope.service, name, prefix), name, "json")
    action = _action(request)
    if action is not None:
        return ApiCall(request, scope, _service(scope.service, action), action, "query")
    protocols = [model.metadata["protocol"] for model in service_models(scope.service)]
    first = service_names(scope.service)[0]
    return ApiCall(request, scope, first, None, protocols[0] if protocols else "rest-json")


def _action(request: HttpRequest) -> str | None:
    match = _ACTION.search(request.body[:4096])
    if match:
        return match[1].decode()
    return _first_values(request.query).get("Action")


def _service(signing_name: str, operation: str, target: str | None = None) -> str:
    """Return the service of an operation among those with a signing name."""
    names = service_names(signing_name)
    if len(names) == 1:
        return names[0]
    fitting = (
        model.service_name
        for model in service_models(signing_name)
        if operation in model.operation_names
        and target in {None, model.metadata.get("targetPrefix")}
    )
    return next(fitting, names[0])


def _first_values(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()} if query else {}


def _cbor_members(body: bytes) -> Mapping[str, Any]:
    try:
        content = RpcV2CBORParser().parse_data_item(io.BytesIO(body)) if body else {}
    except (ValueError, IndexError, KeyError, TypeError, RecursionError, ResponseParserError):
        return {}  # malformed, which the service itself reports
    return content if isinstance(content, dict) else {}
