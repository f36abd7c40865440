"""Segment documents decoded level by level, however deep subsegments are nested."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab.spans.tree import NO_ROW, Rows

from .decoding import decode

CHILDREN: Final = "subsegments"
_AT_ONCE: Final = 3
"""Levels of subsegments that are decoded at once; what lies deeper is decoded after them."""

Structure = Mapping[str, Any]


class Level(NamedTuple):
    """Spans of one depth.

    Parameters
    ----------
    structs
        What the documents say of each span.
    document
        Number of the document that each span is in.
    part_of
        Row of the span that each lies in, -1 for segments; rows count through all levels.
    first
        Row of the first span.
    """

    structs: "pa.StructArray"
    document: Rows
    part_of: Rows
    first: int


def decoded_levels(texts: "pa.Array[Any]", span: Structure, segment: Structure) -> Iterator[Level]:
    """Yield the segments of documents, then the subsegments in them, and so on.

    Parameters
    ----------
    texts
        JSON texts.
    span
        Structure of what both segments and subsegments have, as for `decode`.
    segment
        Structure of what only segments have.

    Yields
    ------
    level
        Spans of one depth.
    """
    structs = decode(texts, {**span, **segment, CHILDREN: [_nested(span, _AT_ONCE)]})
    rows = np.arange(len(texts), dtype=np.int64)
    level = Level(structs, rows, np.full(len(texts), NO_ROW, dtype=np.int64), 0)
    yield level
    while len(level.document):
        level = _below(level, span)
        yield level


def joined_field(levels: Sequence[Level], path: str | Sequence[str]) -> "pa.Array[Any]":
    """Return what all spans have in a field.

    Parameters
    ----------
    levels
        Spans.
    path
        Name of the field, or the names that lead to it.
    """
    return pa.concat_arrays([pc.struct_field(level.structs, path) for level in levels])


def _nested(span: Structure, levels: int) -> Structure:
    """Return the structure of a subsegment; at the lowest level, those in it stay text."""
    return {**span, CHILDREN: [_nested(span, levels - 1)] if levels > 1 else "JSON"}


def _below(level: Level, span: Structure) -> Level:
    """Return the spans beneath those of a level."""
    lists = pc.struct_field(level.structs, CHILDREN)
    rows = np.arange(len(lists))
    if not pa.types.is_list(lists.type):
        rows = rows[lists.is_valid().to_numpy(zero_copy_only=False)]
        lists = decode(lists.drop_null(), [_nested(span, _AT_ONCE)])
    owners = rows[pc.list_parent_indices(lists).to_numpy()]
    first = level.first + len(level.document)
    return Level(lists.flatten(), level.document[owners], level.first + owners, first)
