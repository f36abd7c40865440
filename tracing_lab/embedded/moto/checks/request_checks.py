"""Validates calls of the control plane by botocore's model of the service.

moto relies on the client's validation. Plain HTTP clients have none, and a value of a wrong type in
moto's state would fail later calls.

Calls of the query protocol are not validated here: all of their values are text.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from tracing_lab.embedded.http.messages import HttpResponse, error_response
from tracing_lab.embedded.protocol.api_call import JSON_PROTOCOLS, ApiCall
from tracing_lab.embedded.protocol.service_models import protocols_of, service_model

from .constraints import constraint_problem

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


def problem_of(call: ApiCall) -> HttpResponse | None:
    """Return the response to a call that does not fit its operation; None when it fits."""
    operation = _operation(call)
    if operation is None:
        return None
    return _body_problem(call, operation) or constraint_problem(call, operation)


def _body_problem(call: ApiCall, operation: OperationModel) -> HttpResponse | None:
    shape = _body_shape(operation)
    if shape is None:
        return None
    try:
        content = orjson.loads(call.request.body or b"{}")
    except orjson.JSONDecodeError as error:
        return error_response(400, "SerializationException", f"The body is not JSON: {error}")
    for path, is_missing in _problems(shape, content, ""):
        return _missing(path) if is_missing else _wrong_type(path)
    return None


def _missing(path: str) -> HttpResponse:
    """Return the error that AWS's services share."""
    message = (
        f"1 validation error detected: Value null at '{path}' failed to satisfy constraint: "
        "Member must not be null"
    )
    return error_response(400, "ValidationException", message)


def _wrong_type(path: str) -> HttpResponse:
    message = f"{path or 'The body'} has a value of a type that it cannot have"
    return error_response(400, "SerializationException", message)


def _problems(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, bool]]:
    """Yield the paths of invalid values, and whether they are missing.

    Unknown members are ignored, as on AWS, and null means that a member is absent.
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
    """Return the members that are in the body, not in path, query or headers."""
    return {
        name: member
        for name, member in shape.members.items()
        if "location" not in member.serialization
    }


def _body_shape(operation: OperationModel) -> StructureShape | None:
    """Return the shape of a JSON body; None when it has none, or another sort of body."""
    shape = operation.input_shape
    if shape is None or not _in_body(shape):
        return None
    payload = shape.serialization.get("payload")
    inner = shape.members[payload] if payload else shape
    return inner if isinstance(inner, StructureShape) else None


def _operation(call: ApiCall) -> OperationModel | None:
    """Return the model of a call's operation where its body is JSON."""
    service, name = call.key
    model = service_model(service)
    if model is None or call.protocol not in JSON_PROTOCOLS & protocols_of(model):
        return None
    return model.operation_model(name) if name in model.operation_names else None
