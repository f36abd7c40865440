"""What is wrong with a call of the control plane, judged by botocore's model of its service.

moto trusts its callers, because botocore checks what they send. Whoever speaks HTTP need not use
botocore, and a value of a wrong type that moto keeps would do harm later.

Services in the query protocol are not judged here: all that they are sent is text.
"""

import functools
import re
from collections.abc import Iterator, Mapping, Set as AbstractSet
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

import botocore.session
import orjson
from botocore.exceptions import UnknownServiceError
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StructureShape,
)

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse, error_response

_LABEL = re.compile(r"\\\{\w+(\\\+)?\\\}")
_JSON_TYPES: Mapping[str, tuple[type, ...]] = {
    "blob": (str,),
    "boolean": (bool,),
    "double": (int, float, str),  # NaN and the infinities are text
    "float": (int, float, str),
    "integer": (int,),
    "list": (list,),
    "long": (int,),
    "map": (dict,),
    "string": (str,),
    "structure": (dict,),
    "timestamp": (int, float, str),
}


def refusal(service: str, request: HttpRequest) -> HttpResponse | None:
    """Give the answer to a call whose body does not fit its operation; None when it fits.

    Parameters
    ----------
    service
        Name of the service in the signature.
    request
        The call.
    """
    operation = _operation(service, request)
    shape = None if operation is None else _body_shape(operation)
    if shape is None:
        return None
    try:
        content = orjson.loads(request.body or b"{}")
    except orjson.JSONDecodeError as error:
        return error_response(400, "SerializationException", f"The body is not JSON: {error}")
    for path, is_missing in _problems(shape, content, ""):
        return _missing(path) if is_missing else _wrong_type(path)
    return None


def _missing(path: str) -> HttpResponse:
    """Refuse in the words that AWS's services share."""
    message = (
        f"1 validation error detected: Value null at '{path}' failed to satisfy constraint: "
        "Member must not be null"
    )
    return error_response(400, "ValidationException", message)


def _wrong_type(path: str) -> HttpResponse:
    message = f"{path or 'The body'} has a value of a type that it cannot have"
    return error_response(400, "SerializationException", message)


def _problems(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, bool]]:
    """Give the paths of values that do not fit, and whether they are missing.

    What a shape does not know is ignored, as AWS does, and null is as good as nothing.
    """
    if not _is_of_type(shape, value):
        yield path, False
    elif isinstance(shape, StructureShape):
        yield from _member_problems(shape, value, path)
    elif isinstance(shape, ListShape):
        for number, item in enumerate(value):
            yield from _problems(shape.member, item, f"{path}[{number}]")
    elif isinstance(shape, MapShape):
        for key, item in value.items():
            yield from _problems(shape.value, item, f"{path}.{key}")


def _is_of_type(shape: Shape, value: Any) -> bool:
    is_number = shape.type_name != "boolean" and isinstance(value, bool)
    return isinstance(value, _JSON_TYPES[shape.type_name]) and not is_number


def _member_problems(
    shape: StructureShape, value: Mapping[str, Any], path: str
) -> Iterator[tuple[str, bool]]:
    for name, member in _in_body(shape).items():
        key = member.serialization.get("name", name)
        inner = f"{path}.{key}" if path else key
        if value.get(key) is not None:
            yield from _problems(member, value[key], inner)
        elif name in shape.required_members:
            yield inner, True


def _in_body(shape: StructureShape) -> dict[str, Shape]:
    """Give the members that do not travel in path, query or headers."""
    return {
        name: member
        for name, member in shape.members.items()
        if "location" not in member.serialization
    }


def _body_shape(operation: OperationModel) -> StructureShape | None:
    """Give the shape of a JSON body; None when it has none, or another sort of body."""
    shape = operation.input_shape
    if shape is None or not _in_body(shape):
        return None
    payload = shape.serialization.get("payload")
    inner = shape.members[payload] if payload else shape
    return inner if isinstance(inner, StructureShape) else None


def _operation(service: str, request: HttpRequest) -> OperationModel | None:
    model = _model(service)
    if model is None:
        return None
    protocol = model.metadata["protocol"]
    if protocol == "rest-json":
        return _rest_operation(model, request)
    name = (request.header("X-Amz-Target") or "").rpartition(".")[2]
    known = protocol == "json" and name in model.operation_names
    return model.operation_model(name) if known else None


class _Route(NamedTuple):
    """How the requests of an operation look.

    Some differ from those of another operation by their query only: ImportRestApi is
    ``POST /restapis?mode=import``, CreateRestApi ``POST /restapis``.
    """

    operation: str
    method: str
    path: "re.Pattern[str]"
    query: frozenset[tuple[str, str]]
    labels: int

    def fits(self, request: HttpRequest, query: AbstractSet[tuple[str, str]]) -> bool:
        """Return whether a request may be one of this operation."""
        is_here = self.method == request.method and self.path.fullmatch(request.path) is not None
        return is_here and self.query <= query


def _rest_operation(model: ServiceModel, request: HttpRequest) -> OperationModel | None:
    query = set(parse_qsl(request.query, keep_blank_values=True))
    routes = _routes(model.service_name)
    name = next((route.operation for route in routes if route.fits(request, query)), None)
    return None if name is None else model.operation_model(name)


@functools.lru_cache(maxsize=64)
def _routes(service: str) -> tuple[_Route, ...]:
    """Return the routes of a REST service, those that say most about a request first."""
    model = _model(service)
    if model is None:
        return ()
    routes = [_route(model.operation_model(name)) for name in model.operation_names]
    return tuple(sorted(routes, key=lambda route: (-len(route.query), route.labels)))


def _route(operation: OperationModel) -> _Route:
    method, uri = operation.http["method"], operation.http["requestUri"]
    query = frozenset(parse_qsl(uri.partition("?")[2], keep_blank_values=True))
    return _Route(operation.name, method, _path_pattern(uri), query, uri.count("{"))


def _path_pattern(uri: str) -> "re.Pattern[str]":
    """Make a pattern of a path with labels.

    >>> bool(_path_pattern("/tags/{arn+}?x").fullmatch("/tags/a/b"))
    True
    """
    path = re.escape(uri.partition("?")[0].rstrip("/"))
    pattern = _LABEL.sub(lambda label: ".+" if label[1] else "[^/]+", path)
    return re.compile(f"{pattern}/?")


@functools.lru_cache(maxsize=64)
def _model(service: str) -> ServiceModel | None:
    try:
        return _session().get_service_model(service)
    except UnknownServiceError:
        return None


@functools.cache  # to make one takes as long as ten calls, and it looks through all models anew
def _session() -> botocore.session.Session:
    return botocore.session.get_session()
