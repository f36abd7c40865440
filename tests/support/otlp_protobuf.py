"""Export requests written in protobuf, from their JSON form."""

import base64
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from tracing_lab.otlp.protobuf import MESSAGES

WIRES = {"int": 0, "bool": 0, "fixed": 1, "double": 1}


def protobuf(node: Mapping[str, Any], message: str = "TracesData") -> bytes:
    """Return a message with all members that it knows."""
    return b"".join(
        written(number, field.kind, value)
        for number, field in MESSAGES[message].items()
        if field.name in node
        for value in (node[field.name] if field.repeated else [node[field.name]])
    )


def written(number: int, kind: str, value: Any) -> bytes:
    wire = WIRES.get(kind, 2)
    content = protobuf(value, kind) if kind in MESSAGES else encoded(kind, value)
    return varint(number << 3 | wire) + (varint(len(content)) if wire == 2 else b"") + content


def encoded(kind: str, value: Any) -> bytes:
    if kind in ("int", "bool"):
        return varint(int(value) & (1 << 64) - 1)
    if kind in ("fixed", "double"):
        return struct.pack("<Q", int(value)) if kind == "fixed" else struct.pack("<d", float(value))
    if kind == "id":
        return bytes.fromhex(value)
    return base64.b64decode(value) if kind == "bytes" else str(value).encode()


def varint(number: int) -> bytes:
    return bytes(_sevens(number))


def _sevens(number: int) -> Iterator[int]:
    while number > 0x7F:
        yield number & 0x7F | 0x80
        number >>= 7
    yield number
