"""The protobuf form of OTLP, decoded to its JSON form.

The dozen messages of OTLP's traces are a table here, which spares a dependency on protobuf's
runtime: https://github.com/open-telemetry/opentelemetry-proto/tree/main/opentelemetry/proto/trace
and https://protobuf.dev/programming-guides/encoding/.
"""

import base64
import functools
import struct
from typing import Any, Final, NamedTuple

from .wire import BYTES, FIXED64, VARINT, parts

_MOST_LEVELS: Final = 100
_SIGN_BIT: Final = 1 << 63


class _Field(NamedTuple):
    name: str
    kind: str  # of a value, or the name of a message
    repeated: bool = False


_ATTRIBUTES: Final = _Field("attributes", "KeyValue", repeated=True)
MESSAGES: Final[dict[str, dict[int, _Field]]] = {
    "TracesData": {1: _Field("resourceSpans", "ResourceSpans", repeated=True)},
    "ResourceSpans": {
        1: _Field("resource", "Resource"),
        2: _Field("scopeSpans", "ScopeSpans", repeated=True),
        3: _Field("schemaUrl", "text"),
    },
    "Resource": {1: _ATTRIBUTES},
    "ScopeSpans": {
        1: _Field("scope", "InstrumentationScope"),
        2: _Field("spans", "Span", repeated=True),
        3: _Field("schemaUrl", "text"),
    },
    "InstrumentationScope": {
        1: _Field("name", "text"),
        2: _Field("version", "text"),
        3: _ATTRIBUTES,
    },
    "Span": {
        1: _Field("traceId", "id"),
        2: _Field("spanId", "id"),
        3: _Field("traceState", "text"),
        4: _Field("parentSpanId", "id"),
        5: _Field("name", "text"),
        6: _Field("kind", "int"),
        7: _Field("startTimeUnixNano", "fixed"),
        8: _Field("endTimeUnixNano", "fixed"),
        9: _ATTRIBUTES,
        11: _Field("events", "Event", repeated=True),
        13: _Field("links", "Link", repeated=True),
        15: _Field("status", "Status"),
    },
    "Event": {1: _Field("timeUnixNano", "fixed"), 2: _Field("name", "text"), 3: _ATTRIBUTES},
    "Link": {1: _Field("traceId", "id"), 2: _Field("spanId", "id"), 4: _ATTRIBUTES},
    "Status": {2: _Field("message", "text"), 3: _Field("code", "int")},
    "KeyValue": {1: _Field("key", "text"), 2: _Field("value", "AnyValue")},
    "AnyValue": {
        1: _Field("stringValue", "text"),
        2: _Field("boolValue", "bool"),
        3: _Field("intValue", "int"),
        4: _Field("doubleValue", "double"),
        5: _Field("arrayValue", "ArrayValue"),
        6: _Field("kvlistValue", "KeyValueList"),
        7: _Field("bytesValue", "bytes"),
    },
    "ArrayValue": {1: _Field("values", "AnyValue", repeated=True)},
    "KeyValueList": {1: _Field("values", "KeyValue", repeated=True)},
}
_WIRES: Final = {"int": VARINT, "bool": VARINT, "fixed": FIXED64, "double": FIXED64}
"""How values are encoded; all others by their length and content."""


@functools.cache
def wires_of(message: str) -> dict[int, int]:
    """Return the encoding of each known field of a message, by number.

    Parameters
    ----------
    message
        Its type.
    """
    fields = MESSAGES[message].items()
    return {number: _WIRES.get(field.kind, BYTES) for number, field in fields}


def number_of(message: str, field: str) -> int:
    """Return the number of a field.

    Parameters
    ----------
    message
        Type of the message.
    field
        The field's name in OTLP's JSON form.

    Examples
    --------
    >>> number_of("Span", "parentSpanId")
    4
    """
    return next(number for number, known in MESSAGES[message].items() if known.name == field)


def otlp_from_protobuf(content: bytes) -> dict[str, Any]:
    r"""Return an export request, or a file of traces, in the JSON form of OTLP.

    Parameters
    ----------
    content
        An ``ExportTraceServiceRequest`` or ``TracesData``, which look the same.

    Returns
    -------
    request
        An object with ``resourceSpans``.

    Raises
    ------
    ValueError
        If it is something else, or cut off.

    Examples
    --------
    >>> otlp_from_protobuf(b"\x0a\x02\x0a\x00")
    {'resourceSpans': [{'resource': {}}]}
    """
    return message_from_protobuf(content, "TracesData")


def message_from_protobuf(content: bytes, name: str) -> dict[str, Any]:
    """Return a message in the JSON form of OTLP.

    What is not UTF-8 in a text becomes U+FFFD: a text that a tool has cut off within a character
    is no reason to lose what else is in the message.

    Parameters
    ----------
    content
        The message.
    name
        Its type.

    Raises
    ------
    ValueError
        If it is something else, or cut off.
    """
    return _message(content, name, 0, len(content), 0)


def _message(content: bytes, name: str, first: int, last: int, level: int) -> dict[str, Any]:
    if level > _MOST_LEVELS:
        message = "it nests too deep"
        raise ValueError(message)
    fields, wires, decoded = MESSAGES[name], wires_of(name), dict[str, Any]()
    for number, wire, value, begin, end in parts(content, first, last):
        if number not in fields:
            continue
        if wire != wires[number]:
            message = f"field {number} of {name} has wire type {wire}"
            raise ValueError(message)
        key, kind, repeated = fields[number]
        if kind == "text":  # most are
            read: Any = str(content[begin:end], "utf-8", "replace")
        elif kind in MESSAGES:
            read = _message(content, kind, begin, end, level + 1)
        else:
            read = _value(value if wire == VARINT else content[begin:end], kind)
        if repeated:
            decoded.setdefault(key, []).append(read)
        else:
            decoded[key] = read
    return decoded


def _value(value: Any, kind: str) -> Any:
    if kind == "bool":
        return bool(value)
    if kind == "int":
        return (value & (_SIGN_BIT - 1)) - (value & _SIGN_BIT)
    if kind == "fixed":
        return struct.unpack("<Q", value)[0]
    if kind == "double":
        return struct.unpack("<d", value)[0]
    if kind == "id":
        return value.hex()
    return base64.b64encode(value).decode()
