"""Rejects values that botocore's model of a service excludes: lengths, ranges, patterns, enums.

AWS's services check these before anything else and report all violations in one message, which
starts with "1 validation error detected". moto checks few of them.
Source: https://smithy.io/2.0/spec/constraint-traits.html
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import rejection

CODES: Mapping[str, str] = {
    "events": "ValidationException",
    "lambda": "ValidationException",
    "logs": "InvalidParameterException",
    "scheduler": "ValidationException",
}
"""The services that report constraints in this form, and their errors' names."""

_NUMBERS = frozenset({"integer", "long", "float", "double"})


def constraint_problem(call: ApiCall, operation: OperationModel) -> HttpResponse | None:
    """Return the response to a call whose values its service excludes; None if they are allowed.

    Parameters
    ----------
    call
        The call; the types of its members are right already.
    operation
        Its model.
    """
    code, shape = CODES.get(call.service), operation.input_shape
    if code is None or shape is None:
        return None
    found = list(violations(shape, call.members))
    if not found:
        return None
    count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
    return rejection(call, 400, code, count + "; ".join(found))


def violations(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """Yield what is wrong with a value, in the words of AWS's services.

    Parameters
    ----------
    shape
        The model of the value.
    value
        The value; its type is right.
    path
        The value's place in the request, as AWS writes it.

    Examples
    --------
    >>> from tracing_lab.embedded.protocol.service_models import service_model
    >>> put = service_model("events").operation_model("PutTargets").input_shape
    >>> print(*violations(put, {"Rule": "r", "Targets": [{"Id": "", "Arn": "arn:aws"}]}))
    Value '' at 'targets.1.member.id' failed to satisfy constraint: Member must have length \
greater than or equal to 1
    """
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            inner = value.get(member.serialization.get("name", name), value.get(name))
            if inner is not None:
                yield from violations(member, inner, _joined(path, name))
        return
    wrong = _violated(shape, value)
    if wrong is not None:
        reason = f"failed to satisfy constraint: Member must {wrong}"
        yield f"Value '{_text(value)}' at '{path}' {reason}"
    if isinstance(shape, MapShape):
        yield from _key_violations(shape, value, path)
    if isinstance(shape, ListShape):
        for number, item in enumerate(value, start=1):
            yield from violations(shape.member, item, f"{path}.{number}.member")


def _key_violations(shape: MapShape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    wrong = next(filter(None, (_violated(shape.key, key) for key in value)), None)
    if wrong is not None:
        names = ", ".join(value)  # AWS shows no values of variables, and neither does this
        reason = f"Map keys must satisfy constraint: [Member must {wrong}]"
        yield f"Value '{{{names}}}' at '{path}' failed to satisfy constraint: {reason}"


def _violated(shape: Shape, value: Any) -> str | None:
    limits = shape.metadata
    if shape.type_name in _NUMBERS:
        number = _number(value)
        return None if number is None else _out_of_range(limits, number, "value")
    if shape.type_name not in {"string", "list"}:
        return None
    wrong = _out_of_range(limits, len(value), "length")
    if wrong is None and shape.type_name == "string":
        wrong = _excluded(limits, value)
    return wrong


def _number(value: Any) -> float | None:
    """Return a number of a body or, as text, of a query; None for other text."""
    try:
        return float(value)
    except ValueError:
        return None


def _out_of_range(limits: Mapping[str, Any], size: float, what: str) -> str | None:
    if "min" in limits and size < limits["min"]:
        return f"have {what} greater than or equal to {limits['min']}"
    if "max" in limits and size > limits["max"]:
        return f"have {what} less than or equal to {limits['max']}"
    return None


def _excluded(limits: Mapping[str, Any], text: str) -> str | None:
    pattern = _compiled(limits["pattern"]) if "pattern" in limits else None
    if pattern is not None and pattern.fullmatch(text) is None:
        return f"satisfy regular expression pattern: {pattern.pattern}"
    if "enum" in limits and text not in limits["enum"]:
        return f"satisfy enum value set: [{', '.join(limits['enum'])}]"
    return None


@cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Return a compiled pattern; None for those in Java's syntax only."""
    try:
        return re.compile(pattern)
    except re.error:
        return None


def _joined(path: str, name: str) -> str:
    member = name[:1].lower() + name[1:]
    return f"{path}.{member}" if path else member


def _text(value: Any) -> str:
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)
