"""Whether a request says in one way only which operation it calls. Pure.

moto looks for the operation in the form, the query, the body, the headers and the path, in that
order and whatever the service's protocol is; for the region in the URL and the user agent before
the signature. Who is authorised for one reading of a request must not get another one, so calls of
functions pass only in the form that their service's protocol has: that of AWS's own clients.

Source: https://smithy.io/2.0/aws/protocols/index.html
"""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from tracing_lab.embedded.http.messages import HttpRequest
from tracing_lab.embedded.protocol.api_call import json_members, plain_body
from tracing_lab.embedded.protocol.operations import rpc_operation
from tracing_lab.embedded.protocol.service_models import Model, models, routes
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
"""Headers that decide what a request means."""

_FORM = "application/x-www-form-urlencoded"
_FORMS = (_FORM, "multipart/form-data")
_OTHER_REGIONS = (  # where moto looks before it reads the signature
    re.compile(r"\.([^.]+)\.amazonaws\.com"),
    re.compile(r"region/([a-z]{2}-[a-z]+-\d)"),
)
_QUEUE_PATH = re.compile(r"/(\d{12}/[\w.-]+)?")


def ambiguity(scope: SigningScope, request: HttpRequest) -> str | None:
    """Return why it cannot be told for sure what a request calls; None when it can.

    Parameters
    ----------
    scope
        Of its signature.
    request
        The request.

    Examples
    --------
    >>> scope = SigningScope("k", "us-east-1", "iam")
    >>> form = (("Content-Type", "application/x-www-form-urlencoded"),)
    >>> ambiguity(scope, HttpRequest("POST", "/", headers=form, body=b"Action=ListRoles"))
    >>> ambiguity(scope, HttpRequest("POST", "/", "Action=GetRole", form, b"Action=ListRoles"))
    'its operation is named twice'
    """
    return next(filter(None, _problems(scope, request)), None)


def _problems(scope: SigningScope, request: HttpRequest) -> Iterator[str | None]:
    yield _header_problem(request)
    yield _region_problem(scope, request)
    yield _path_problem(request)
    if scope.service == "s3":
        yield s3_ambiguity(request)
    else:
        yield _encoding_problem(request)
        yield _operation_problem(scope.service, request)


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
            return f"it names the region {match[1]} beside the one that it is signed for"
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


def _operation_problem(service: str, request: HttpRequest) -> str | None:
    known = models(service)
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
    return _rest_problem(service, request)


def _json_problem(known: tuple[Model, ...], target: str, request: HttpRequest) -> str | None:
    prefix, _, operation = target.rpartition(".")
    if not any(
        "json" in model.protocols and model.target == prefix and operation in model.operations
        for model in known
    ):
        return f"the service has no operation {target}"
    if request.path != "/" or request.query or _is_form(request):
        return "its operation is in a header, and so is nothing else"
    return "its body is not a JSON object" if json_members(request) is None else None


def _cbor_problem(known: tuple[Model, ...], operation: str, request: HttpRequest) -> str | None:
    path = request.path.split("/")
    if not any(
        "smithy-rpc-v2-cbor" in model.protocols
        and model.target == path[2]
        and operation in model.operations
        for model in known
    ):
        return f"the service has no operation {operation} in CBOR"
    return "it has a query or form beside CBOR" if request.query or _is_form(request) else None


def _query_problem(
    known: tuple[Model, ...], operation: str, request: HttpRequest, *, in_body: bool
) -> str | None:
    if not any(
        model.protocols & {"query", "ec2"} and operation in model.operations for model in known
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


def _rest_problem(service: str, request: HttpRequest) -> str | None:
    def called(path: str) -> set[str]:
        known = routes(service)
        return {route.operation for route in known if route.match(request.method, path)}

    meant = next(
        (route.operation for route in routes(service) if route.match(request.method, request.path)),
        None,
    )
    if meant is None:
        return f"the service has no operation {request.method} {request.path}"
    decoded = unquote(request.path)
    if decoded != request.path and "//" not in decoded and called(decoded) - called(request.path):
        return "its path means another operation when it is decoded"
    return "it is a form" if _is_form(request) else None


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
