"""Protobuf's wire format: the fields of many messages at once; `tracing_lab.otlp.wire` reads one.

https://protobuf.dev/programming-guides/encoding/
"""

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tracing_lab.otlp.wire import BYTES, CONTINUED, MOST_BITS, VARINT
from tracing_lab.spans.tree import Rows

_MOST_FIELDS: Final = 2_000  # of one of many messages: each costs a step for all
_PADDING: Final = 16  # bytes that may be read beyond the last field

Content = npt.NDArray[np.uint8]


class Fields(NamedTuple):
    """Fields of messages, the first ones of all messages first.

    Parameters
    ----------
    message
        Number of the message that each field is in.
    number
        Number of each field.
    value
        A number, or the length of the content.
    first, last
        Where the content begins and ends.
    """

    message: Rows
    number: Rows
    value: npt.NDArray[np.uint64]
    first: Rows
    last: Rows

    def at(self, places: Any) -> "Fields":
        """Return some of the fields.

        Parameters
        ----------
        places
            Their numbers, or which they are.
        """
        message, number, value, first, last = (column[places] for column in self)
        return Fields(message, number, value, first, last)

    def only(self, number: int) -> "Fields":
        """Return the fields with a number, in the order in which they lie.

        Parameters
        ----------
        number
            One of those that were asked for.
        """
        which = np.flatnonzero(self.number == number)
        return self.at(which[np.argsort(self.first[which], kind="stable")])


def padded(content: bytes | memoryview) -> Content:
    """Return bytes as an array that `fields_of` can read.

    Parameters
    ----------
    content
        Bytes.
    """
    return np.frombuffer(bytes(content) + bytes(_PADDING), dtype=np.uint8)


def fields_of(content: Content, first: Rows, last: Rows, wires: dict[int, int]) -> Fields:
    """Return the known fields of many messages, step by step: the first of each, the second, ...

    Parameters
    ----------
    content
        What `padded` returns.
    first, last
        Where the messages begin and end.
    wires
        Encoding of each known field.

    Raises
    ------
    ValueError
        If a message is cut off, none, or has very many fields.
    """
    steps: list[Fields] = []
    message = np.flatnonzero(first < last)
    at, end = first[message], last[message]
    wanted = np.full(max(wires) + 2, -1)
    wanted[[*wires]] = [*wires.values()]
    while len(message):
        key, at = _varints(content, at)
        number, wire = (key >> np.uint64(3)).astype(np.int64), (key & np.uint64(7)).astype(np.int8)
        value, after = _varints(content, at, which=(wire == VARINT) | (wire == BYTES))
        begin = np.where(wire == BYTES, after, at)
        size = np.where(wire == BYTES, value.astype(np.int64), _SIZE_OF[wire])
        at = np.where(wire == VARINT, after, begin + size)
        known = wanted[np.minimum(number, len(wanted) - 1)]
        is_cut = (at > end) | (size < 0) | (size > len(content)) | (_SIZE_OF[wire] == _NO_SIZE)
        if is_cut.any() or ((known >= 0) & (known != wire)).any() or len(steps) > _MOST_FIELDS:
            text = "its messages are not those of OTLP"
            raise ValueError(text)
        step = Fields(message, number, value, begin, at)
        steps.append(step.at(known >= 0))
        more = at < end
        if not more.all():
            message, at, end = message[more], at[more], end[more]
    return Fields(*map(np.concatenate, zip(*steps, strict=True))) if steps else _NO_FIELDS


_NO_SIZE: Final = -1
_SIZE_OF: Final = np.array([0, 8, 0, _NO_SIZE, _NO_SIZE, 4, _NO_SIZE, _NO_SIZE])
"""Bytes of a field of each encoding; those that protobuf no longer has are wrong."""

_NO_FIELDS: Final = Fields(*(np.zeros(0, dtype=kind) for kind in (int, int, np.uint64, int, int)))


def _varints(
    content: Content, at: Rows, which: npt.NDArray[np.bool_] | None = None
) -> tuple[npt.NDArray[np.uint64], Rows]:
    """Return numbers, and where each ends; those that are not asked for are short."""
    byte = content[np.minimum(at, len(content) - 1)]
    value, size = (byte & (CONTINUED - 1)).astype(np.uint64), np.ones(len(at), dtype=np.int64)
    more = byte >= CONTINUED
    rows = np.flatnonzero(more if which is None else more & which)
    for shift in range(7, MOST_BITS, 7):
        if not len(rows):
            break
        byte = content[np.minimum(at[rows] + shift // 7, len(content) - 1)]
        value[rows] |= (byte & (CONTINUED - 1)).astype(np.uint64) << np.uint64(shift)
        size[rows] += 1
        rows = rows[byte >= CONTINUED]
    size[rows] = len(content)  # too long: beyond the end
    return value, at + size


def contents(content: Content, first: Rows, last: Rows) -> "pa.BinaryArray":
    """Return parts of bytes, copied once.

    Parameters
    ----------
    content
        What `padded` returns.
    first, last
        Where the parts begin and end, in the order in which they lie; no two overlap.
    """
    ends = np.stack([first, last], axis=1).ravel()
    offsets = pa.py_buffer(np.append(ends, len(content)).astype(np.int64))
    every = pa.Array.from_buffers(
        pa.large_binary(), len(ends), [None, offsets, pa.py_buffer(content)]
    )
    return every.take(pa.array(np.arange(0, len(ends), 2)))  # between two lies what is in neither


def numbers(content: Content, first: Rows, kind: Any) -> npt.NDArray[Any]:
    """Return numbers of eight bytes.

    Parameters
    ----------
    content
        What `padded` returns.
    first
        Where the numbers begin.
    kind
        Type of the numbers, for example ``<u8``.
    """
    every = np.lib.stride_tricks.sliding_window_view(content, 8)
    return np.asarray(every[first].view(kind).ravel())
