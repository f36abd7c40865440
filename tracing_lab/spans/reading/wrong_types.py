"""Documents in which a value has another type than it should.

DuckDB reads ``"start_time": "1.5"`` as a number and drops an ``http`` that is no object, without
saying so. A search in the text finds what looks like that; few documents do, often for metadata
with the same names, and only these are decoded once more, with all types.
"""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab.spans.tree import Flags, ranges

from .decoding import decode
from .nesting import CHILDREN

_NUMBER: Final = r"^-?[0-9.]+([eE][-+]?[0-9]+)?$"
_RIGHT: Final = {
    "http": r"^\{",
    "aws": r"^\{",
    CHILDREN: r"^\[",
    "start_time": _NUMBER,
    "end_time": _NUMBER,
}
"""What JSON of the right type looks like."""

_NO_OBJECT: Final = r'"\s*:\s*(?:[^{n\s]|n[^u])'
_NO_LIST: Final = r'"\s*:\s*(?:[^\[n\s]|n[^u])'
_NO_NUMBER: Final = r'"\s*:\s*(?:[^0-9n\s-]|n[^u])'
_LOOK_WRONG: Final = (  # a search is fast if what it looks for begins with a rare letter
    "http" + _NO_OBJECT,
    "ws" + _NO_OBJECT,  # of "aws"
    "bsegments" + _NO_LIST,
    "_time" + _NO_NUMBER,
    r"\\u00[5-7]",  # a name in disguise, such as "htt\u0070"
)
_GROUP: Final = 64
"""Documents that are searched as if they were one."""


def are_wrongly_typed(texts: "pa.LargeStringArray") -> Flags:
    """Return which documents have a value of a wrong type where a span has its fields.

    Parameters
    ----------
    texts
        JSON texts, some perhaps missing.

    Examples
    --------
    >>> texts = ['{"http": "x"}', '{"http": {}}', '{"metadata": {"http": "x"}}']
    >>> are_wrongly_typed(pa.array(texts, pa.large_string())).tolist()
    [True, False, False]
    """
    groups = np.flatnonzero(_look_wrong(_grouped(texts)))
    rows = ranges(groups * _GROUP, np.minimum(_GROUP, len(texts) - groups * _GROUP))
    wrong = np.zeros(len(texts), dtype=bool)
    if rows.size:
        some = texts.take(pa.array(rows))
        wrong[rows] = _look_wrong(some)
        rows = np.flatnonzero(wrong)
        wrong[rows] = _are_wrong(texts.take(pa.array(rows)))
    return wrong


def _grouped(texts: "pa.LargeStringArray") -> "pa.Array[Any]":
    """Return what texts are in memory, each with those that follow it as one."""
    _, starts, characters = texts.buffers()
    first = np.frombuffer(starts, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    ends = np.append(first[:-1:_GROUP], first[-1:])
    return pa.LargeStringArray.from_buffers(len(ends) - 1, pa.py_buffer(ends), characters)


def _look_wrong(texts: "pa.Array[Any]") -> Flags:
    matches = [pc.match_substring_regex(texts, pattern) for pattern in _LOOK_WRONG]
    return np.asarray(np.any([*map(_flags, matches)], axis=0))


def _are_wrong(texts: "pa.Array[Any]") -> Flags:
    """Return which documents are wrong, from the JSON of each value, level by level."""
    structure = dict.fromkeys(_RIGHT, "JSON")
    wrong = np.zeros(len(texts), dtype=bool)
    spans, document = decode(texts, structure), np.arange(len(texts))
    while len(spans):
        wrong[document[_have_wrong(spans)]] = True
        lists = pc.struct_field(spans, CHILDREN)
        document = document[_flags(lists.is_valid())]
        lists = decode(lists.drop_null(), [structure])
        spans, document = lists.flatten(), document[pc.list_parent_indices(lists).to_numpy()]
    return wrong


def _have_wrong(spans: "pa.Array[Any]") -> Flags:
    right = [
        pc.match_substring_regex(pc.struct_field(spans, name), pattern)
        for name, pattern in _RIGHT.items()
    ]
    return np.asarray(~np.all([_flags(values, missing=True) for values in right], axis=0))


def _flags(values: "pa.Array[Any]", *, missing: bool = False) -> Flags:
    return np.array(values.fill_null(missing).to_numpy(zero_copy_only=False))
