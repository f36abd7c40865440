"""Protobuf's wire format: the fields of one message.

https://protobuf.dev/programming-guides/encoding/
"""

from collections.abc import Iterator
from typing import Final

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
CONTINUED: Final = 0x80
"""Bit in a byte of a number: another byte follows."""

MOST_BITS: Final = 70
"""The longest number: ten bytes of seven bits."""

_SIZES: Final = {FIXED64: 8, FIXED32: 4}


def parts(content: bytes, first: int, last: int) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield the fields of a message.

    Parameters
    ----------
    content
        Bytes that the message is a part of.
    first, last
        Where it begins and ends.

    Yields
    ------
    number, wire, value, first, last
        Number and encoding of each field, a number (or the length), where the content lies.

    Raises
    ------
    ValueError
        If the message is cut off, or none.

    Examples
    --------
    >>> [*parts(bytes.fromhex("0801120161"), 0, 5)]
    [(1, 0, 1, 1, 2), (2, 2, 1, 4, 5)]
    """
    at = first
    while at < last:
        key = content[at]
        if key < CONTINUED:  # nearly all are one byte, here and below
            at += 1
        else:
            key, at = _varint(content, at, last)
        number, wire = key >> 3, key & 7
        if wire in (VARINT, BYTES):
            begin = at
            if at < last and content[at] < CONTINUED:
                value, at = content[at], at + 1
            else:
                value, at = _varint(content, at, last)
            size = value if wire == BYTES else 0
        else:
            value = size = _SIZES.get(wire, last)
        if wire != VARINT:
            begin = at
        if at + size > last:
            message = f"it ends within field {number}"
            raise ValueError(message)
        at += size
        yield number, wire, value, begin, at


def _varint(content: bytes, at: int, last: int) -> tuple[int, int]:
    value = shift = 0
    while at < last and shift < MOST_BITS:
        byte = content[at]
        value |= (byte & ~CONTINUED) << shift
        at, shift = at + 1, shift + 7
        if byte < CONTINUED:
            return value, at
    message = "it ends within a number"
    raise ValueError(message)
