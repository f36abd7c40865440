"""Well-formed HTTP requests as bytes, for all operations that botocore knows of a service."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import botocore.session
from botocore.model import OperationModel
from botocore.serialize import create_serializer
from seeds import DOCUMENTS, TRACE_ID

_DEPTH = 4
_NOT_TOGETHER = {"GroupARN", "NextToken", "RuleARN", "nextToken"}
_NAMES: dict[str, Any] = {
    "ClientID": "0" * 24,
    "EndTime": 1_795_435_260,
    "EntitySelectorExpression": 'service("order-fn")',
    "FilterExpression": "fault",
    "InsightId": "3d2a1f5e-5b8c-4d2e-9f00-000000000001",
    "SamplingStrategy": {"Name": "FixedRate", "Value": 0.5},
    "StartTime": 1_795_435_200,
    "TraceId": TRACE_ID,
    "TraceIds": TRACE_ID,
    "TraceSegmentDocuments": json.dumps(DOCUMENTS[0]),
}
_SCALARS: dict[str, Any] = {
    "string": "sample",
    "integer": 1,
    "long": 1,
    "float": 0.5,
    "double": 0.5,
    "boolean": False,
    "timestamp": 1_795_435_200,
    "blob": b"{}",
}


@dataclass(frozen=True)
class Call:
    """One request.

    Parameters
    ----------
    method, path, headers, body
        As in HTTP; Host and Content-Length are added.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    def to_bytes(self) -> bytes:
        """Return the request as it goes over the wire."""
        own = (("Host", "127.0.0.1"), ("Content-Length", str(len(self.body))))
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in (*own, *self.headers)]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body

    def with_body(self, body: bytes) -> "Call":
        """Return the same request with another body."""
        return Call(self.method, self.path, self.headers, body)


def authorization(service: str, *, key: str = "test", region: str = "us-east-1") -> str:
    """Return a signature in the form that SDKs write; the embedded AWS does not compute it."""
    scope = f"{key}/20261123/{region}/{service}/aws4_request"
    rest = f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    return f"AWS4-HMAC-SHA256 Credential={scope}, {rest}"


def operations(service: str) -> Iterator[Call]:
    """Yield a call of each operation of a service, with all members filled in."""
    model = botocore.session.get_session().get_service_model(service)
    serializer = create_serializer(model.metadata["protocol"], include_validation=False)
    for name in model.operation_names:
        operation = model.operation_model(name)
        members = _sample(operation.input_shape, _DEPTH) if operation.input_shape else {}
        yield _call(serializer.serialize_to_request(members, operation), operation)


def _call(request: dict[str, Any], operation: OperationModel) -> Call:
    service = operation.service_model.signing_name
    body = request["body"]
    if isinstance(body, dict):  # the query protocol's form
        body = "&".join(f"{key}={value}" for key, value in body.items())
    headers = {"Authorization": authorization(service), **request["headers"]}
    data = body.encode() if isinstance(body, str) else bytes(body)
    query = "&".join(f"{key}={value}" for key, value in (request["query_string"] or {}).items())
    path = request["url_path"] + (f"?{query}" if query else "")
    return Call(request["method"], path, tuple(headers.items()), data)


def _sample(shape: Any, depth: int, name: str = "") -> Any:
    """Make a value that fits a shape; beyond some depth only required members."""
    if name in _NAMES and shape.type_name != "list":
        return _NAMES[name]
    if shape.type_name == "structure":
        names = set(shape.members if depth > 0 else shape.required_members) - _NOT_TOGETHER
        return {one: _sample(shape.members[one], depth - 1, one) for one in sorted(names)}
    if shape.type_name == "list":
        return [_sample(shape.member, depth - 1, name)] if depth > 0 else []
    if shape.type_name == "map":
        return {"sample": _sample(shape.value, depth - 1)} if depth > 0 else {}
    if getattr(shape, "enum", None):
        return shape.enum[0]
    return _SCALARS[shape.type_name]


def is_json(call: Call) -> bool:
    """Return whether a call's body is a JSON object."""
    try:
        return isinstance(json.loads(call.body), dict)
    except ValueError:
        return False
