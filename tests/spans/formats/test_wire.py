"""Protobuf's wire format, read message by message and many messages at once."""

import numpy as np
import pytest
from hypothesis import given, strategies as st
from otlp_protobuf import varint

from tracing_lab.otlp.wire import BYTES, FIXED32, FIXED64, VARINT, parts
from tracing_lab.spans.formats.wire import fields_of, padded

WIRES = {1: VARINT, 2: BYTES, 3: FIXED64, 4: FIXED32, 17: BYTES}


def field(number: int, value: int) -> bytes:
    """Return a field of one of `WIRES`, or of a number that is in none."""
    wire = WIRES.get(number, VARINT)
    if wire == BYTES:
        content = varint(value % 300) + b"x" * (value % 300)
    elif wire == VARINT:
        content = varint(value)
    else:
        content = (value % 2**32).to_bytes(8 if wire == FIXED64 else 4, "little")
    return varint(number << 3 | wire) + content


fields = st.builds(field, st.sampled_from([1, 2, 3, 4, 5, 17, 2000]), st.integers(0, 2**64 - 1))
messages = st.lists(st.lists(fields, max_size=4).map(b"".join), max_size=5)


@given(messages)
def test_messages_read_at_once_have_the_fields_of_each_by_itself(contents: list[bytes]) -> None:
    ends = np.cumsum([0, *map(len, contents)])
    whole = b"".join(contents)
    read = fields_of(padded(whole), ends[:-1], ends[1:], WIRES)
    seen = sorted(zip(*(column.tolist() for column in read), strict=True), key=lambda one: one[3:])
    alone = [
        (message, number, value if wire in (VARINT, BYTES) else None, first, last)
        for message in range(len(contents))
        for number, wire, value, first, last in parts(
            whole, int(ends[message]), int(ends[message + 1])
        )
        if number in WIRES
    ]
    shown = [
        (message, number, value if WIRES[number] in (VARINT, BYTES) else None, first, last)
        for message, number, value, first, last in seen
    ]
    assert shown == alone


@given(st.binary(max_size=40))
def test_what_one_reader_rejects_the_other_rejects(content: bytes) -> None:
    def rejects(read: object) -> bool:
        try:
            read()  # type: ignore[operator]
        except ValueError:
            return True
        return False

    ends = np.array([len(content)])
    known = {number: wire for number, wire, *_ in WIRES.items()}
    alone = rejects(lambda: [one for one in parts(content, 0, len(content)) if is_known(one)])
    assert rejects(lambda: fields_of(padded(content), ends * 0, ends, known)) == alone


def is_known(part: tuple[int, int, int, int, int]) -> bool:
    number, wire, *_ = part
    if WIRES.get(number, wire) != wire:
        message = f"field {number} has wire type {wire}"
        raise ValueError(message)
    return True


@pytest.mark.parametrize(
    "content", [b"\x08", b"\x0a\x05abc", b"\x0b", b"\x80" * 11, b"\x12\xff" * 5]
)
def test_a_message_that_is_cut_off_is_rejected(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"it ends|its messages"):
        fields_of(padded(content), np.array([0]), np.array([len(content)]), WIRES)
    with pytest.raises(ValueError, match="it ends"):
        [*parts(content, 0, len(content))]
