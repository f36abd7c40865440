"""Rejects requests that can be read as calls of different operations. Pure.

moto looks for the operation in the form, the query, the body, the headers and the path, in that
order and whatever the service's protocol is; for the region in the URL and the user agent before
the signature. A request must not be authorized as one operation and run as another, so calls of
functions are accepted only in the form of their service's protocol: that of AWS's own clients.

Source: https://smithy.io/2.0/aws/protocols/index.html
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from botocore.model import ServiceModel

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.protocol.api_call import (
    CBOR,
    ApiCall,
    json_members,
    plain_body,
    rpc_operation,
)
from tracing_lab.embedded.protocol.service_models import (
    protocols_of,
    rest_operations,
    service_models,
)
from tracing_lab.embedded.protocol.signature import SigningScope

from .s3_actions import s3_ambiguity

_ONCE = frozenset(
    {
        "authorization",
        "content-encoding",
        "content-type",
        "host",
        "smithy-protocol",
        "x-amz-copy-source",
        "x-amz-target",
    }
)
"""Headers that determine the operation."""

_FORM = "application/x-www-form-urlencoded"
_FORMS = (_FORM, "multipart/form-data")
_OTHER_REGIONS = (  # where moto reads the region before the signature
    re.compile(r"\.([^.]+)\.amazonaws\.com"),
    re.compile(r"region/([a-z]{2}-[a-z]+-\d)"),
)
_QUEUE_PATH = re.compile(r"/(\d{12}/[\w.-]+)?")


def ambiguity(call: ApiCall) -> str | None:
    """Return why the operation of a request is ambiguous; None if it is not.

    Examples
    --------
    >>> from tracing_lab.embedded.protocol.api_call import read_call
    >>> scope = SigningScope("k", "us-east-1", "iam")
    >>> form = (("Content-Type", "application/x-www-form-urlencoded"),)
    >>> request = HttpRequest("POST", "/", headers=form, body=b"Action=ListRoles")
    >>> ambiguity(read_call(request, scope))
    >>> request = HttpRequest("POST", "/", "Action=GetRole", form, b"Action=ListRoles")
    >>> ambiguity(read_call(request, scope))
    'its operation is named twice'
    """
    return next(filter(None, _problems(call)), None)


def _problems(call: ApiCall) -> Iterator[str | None]:
    request = call.request
    yield _header_problem(request)
    yield _region_problem(call.scope, request)
    yield _path_problem(request)
    if call.service == "s3":
        yield s3_ambiguity(request)
    else:
        yield _encoding_problem(request)
        yield _operation_problem(call)


def _header_problem(request: HttpRequest) -> str | None:
    for name, values in request.by_name.items():
        plain = name.replace("_", "-")
        if plain in _ONCE and (len(values) > 1 or plain != name):
            return f"its header {plain} is not unique"
        if name == "action" or name.startswith("x-moto-") or "method-override" in plain:
            return f"its header {name} is not AWS's"
    return None


def _region_problem(scope: SigningScope, request: HttpRequest) -> str | None:
    url = f"http://{request.header('Host') or ''}{request.path}?{request.query}"
    agent = request.header("User-Agent") or ""
    for pattern, text in zip(_OTHER_REGIONS, (url, agent), strict=True):
        match = pattern.search(text)
        if match and match[1] != scope.region:
            return f"it names the region {match[1]} besides the one that it is signed for"
    return None


def _path_problem(request: HttpRequest) -> str | None:
    path = unquote(request.path)
    if any(part in {".", ".."} for part in path.split("/")) or not path.isprintable():
        return "its path is not normal"
    if path.startswith(("/moto-api", "/latest/meta-data/", "/latest/api/", "/_")):
        return "its path is not AWS's"
    return None


def _encoding_problem(request: HttpRequest) -> str | None:
    encoding = (request.header("Content-Encoding") or "").strip().lower()
    if encoding in {"", "identity"} or (encoding == "gzip" and plain_body(request)):
        return None
    return "its body cannot be unpacked"


def _operation_problem(call: ApiCall) -> str | None:
    service, request = call.scope.service, call.request
    known = service_models(service)
    if not known:
        return f"the service {service!r} is not known"
    target, rpc = request.header("X-Amz-Target"), rpc_operation(request)
    queried, written = _actions(request.query), _actions(_text(plain_body(request)))
    if (target is not None) + (rpc is not None) + len(queried) + len(written) > 1:
        return "its operation is named twice"
    if target is not None:
        return _json_problem(known, target, request)
    if rpc is not None:
        return _cbor_problem(known, rpc, request)
    if queried or written:
        return _query_problem(known, (queried + written)[0], request, in_body=bool(written))
    return _rest_problem(call)


def _json_problem(known: tuple[ServiceModel, ...], target: str, request: HttpRequest) -> str | None:
    prefix, _, operation = target.rpartition(".")
    if not any(
        "json" in protocols_of(model)
        and model.metadata.get("targetPrefix") == prefix
        and operation in model.operation_names
        for model in known
    ):
        return f"the service has no operation {target}"
    if request.path != "/" or request.query or _is_form(request):
        return "its operation is in a header, and so is nothing else"
    return "its body is not a JSON object" if json_members(request) is None else None


def _cbor_problem(
    known: tuple[ServiceModel, ...], operation: str, request: HttpRequest
) -> str | None:
    path = request.path.split("/")
    if not any(
        CBOR in protocols_of(model)
        and model.metadata.get("targetPrefix") == path[2]
        and operation in model.operation_names
        for model in known
    ):
        return f"the service has no operation {operation} in CBOR"
    return "it has a query or form besides CBOR" if request.query or _is_form(request) else None


def _query_problem(
    known: tuple[ServiceModel, ...], operation: str, request: HttpRequest, *, in_body: bool
) -> str | None:
    if not any(
        protocols_of(model) & {"query", "ec2"} and operation in model.operation_names
        for model in known
    ):
        return f"the service has no operation {operation} in its query protocol"
    if request.method not in {"GET", "POST"} or not _QUEUE_PATH.fullmatch(request.path):
        return "its method or path is not that of the query protocol"
    if in_body and (request.query or not _content_type(request).startswith(_FORM)):
        return "its body is not a plain form"
    if not in_body and request.body:
        return "its operation is in the query, and it has a body"
    names = [name for name, _ in _pairs(_text(request.body) if in_body else request.query)]
    return None if len(names) == len(set(names)) else "it has a parameter twice"


def _rest_problem(call: ApiCall) -> str | None:
    request = call.request
    if call.operation is None:
        return f"the service has no operation {request.method} {request.path}"
    decoded = unquote(request.path)
    if decoded != request.path and "//" not in decoded:
        others = _operations_at(call, decoded) - _operations_at(call, request.path)
        if others:
            return "its path means another operation when it is decoded"
    return "it is a form" if _is_form(request) else None


def _operations_at(call: ApiCall, path: str) -> set[tuple[str, str]]:
    return {
        (operation.service, operation.model.name)
        for operation in rest_operations(call.scope.service)
        if operation.match_path(call.request.method, path)
    }


def _actions(text: str) -> list[str]:
    return [value for name, value in _pairs(text) if name == "Action"] if "Action" in text else []


def _pairs(text: str) -> list[tuple[str, str]]:
    return parse_qsl(text, keep_blank_values=True)


def _text(body: bytes) -> str:
    return body.decode(errors="replace")


def _content_type(request: HttpRequest) -> str:
    return (request.header("Content-Type") or "").lower()


def _is_form(request: HttpRequest) -> bool:
    return _content_type(request).startswith(_FORMS)
