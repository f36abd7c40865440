"""The distinct attributes of spans, decoded for all spans that state the same."""

from typing import Any, Final, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab.otlp import model as otel
from tracing_lab.otlp.protobuf import number_of, wires_of
from tracing_lab.spans.tree import NO_ROW, Flags, Rows

from .to_xray import DECISIVE, HOSTS, STATEMENTS
from .wire import Content, Fields, contents, fields_of, numbers, padded

_TEXT, _BOOL, _INT, _DOUBLE = (
    number_of("AnyValue", name) for name in ("stringValue", "boolValue", "intValue", "doubleValue")
)
_MEMBER_TYPES: Final = {str: _TEXT, int: _INT}


class Attributes(NamedTuple):
    """What is stated by attributes, one entry per distinct one.

    Parameters
    ----------
    keys
        The distinct keys.
    key
        Number of the key.
    member
        Name and value as in a JSON object; missing for what is no annotation.
    meaning
        Number of what `DECISIVE` attributes decide by, 0 for other attributes.
    is_odd
        Whether an attribute has to be read by itself.
    """

    keys: list[str]
    key: Rows
    member: "pa.Array[Any]"
    meaning: Rows
    is_odd: Flags


def attributes_of(pairs: "pa.Array[Any]") -> Attributes:
    """Return what attributes state.

    Parameters
    ----------
    pairs
        ``KeyValue`` messages.

    Raises
    ------
    ValueError
        If they are something else.
    """
    ends = np.frombuffer(pairs.buffers()[1], dtype=np.int64)[: len(pairs) + 1]
    content = padded(pairs.buffers()[2] or b"")
    fields = fields_of(content, ends[:-1], ends[1:], wires_of("KeyValue"))
    names = fields.only(number_of("KeyValue", "key"))
    values = fields.only(number_of("KeyValue", "value"))
    inner = fields_of(content, values.first, values.last, wires_of("AnyValue"))
    inner = inner._replace(message=values.message[inner.message])
    count = len(pairs)
    stated = np.bincount(names.message, minlength=count) == 1
    stated &= np.bincount(values.message, minlength=count) <= 1
    stated &= np.bincount(inner.message, minlength=count) <= 1
    key, keys = _keys(content, names, count)
    kind = np.zeros(count, dtype=np.int64)
    kind[inner.message] = inner.number
    is_special = _of_keys(keys, {otel.DOCUMENT, otel.INFERRED, otel.NAME})[key]
    scalars = _values(content, inner, count)
    return Attributes(
        keys=keys,
        key=key,
        member=_members(keys, key, scalars, kind),
        meaning=_meanings(pairs, keys, key, scalars, kind),
        is_odd=~stated | is_special,
    )


def _keys(content: Content, names: Fields, count: int) -> tuple[Rows, list[str]]:
    texts = contents(content, names.first, names.last).cast(pa.large_string()).dictionary_encode()
    key = np.full(count, NO_ROW, dtype=np.int64)
    key[names.message] = texts.indices.to_numpy()
    return key, [*texts.dictionary.to_pylist(), ""]  # the last is that of none


def _of_keys(keys: list[str], wanted: "set[str] | frozenset[str]") -> Flags:
    return np.array([key in wanted for key in keys], dtype=bool)


def _values(content: Content, fields: Fields, count: int) -> "pa.Array[Any]":
    """Return scalar values as JSON, missing for others."""
    texts = np.full(count, None, dtype=object)
    strings, bools, integers, doubles = (
        fields.only(number) for number in (_TEXT, _BOOL, _INT, _DOUBLE)
    )
    said = contents(content, strings.first, strings.last).cast(pa.large_string())
    texts[strings.message] = [orjson.dumps(text).decode() for text in said.to_pylist()]
    texts[bools.message] = np.where(bools.value > 0, "true", "false")
    texts[integers.message] = [str(value) for value in integers.value.view(np.int64).tolist()]
    reals = numbers(content, doubles.first, "<f8")
    known = np.isfinite(reals)
    texts[doubles.message[known]] = [orjson.dumps(real).decode() for real in reals[known].tolist()]
    return pa.array(texts, pa.string())


def _members(keys: list[str], key: Rows, values: "pa.Array[Any]", kind: Rows) -> "pa.Array[Any]":
    """Return attributes as annotations are written; missing for members of documents."""
    taken = np.array([_member_type(name) for name in keys])[key]
    names = pa.array([orjson.dumps(name).decode() for name in keys], pa.string())
    is_member = pa.array(taken == kind)
    shown = pc.if_else(is_member, None, values)
    return pc.binary_join_element_wise(names.take(pa.array(key % len(keys))), shown, ":")


def _member_type(key: str) -> int:
    """Return the type with which an attribute is a member of documents, -1 if it never is."""
    _, kind = otel.MEMBERS.get(key, ((), object))
    return _MEMBER_TYPES.get(kind, NO_ROW)


def _meanings(
    pairs: "pa.Array[Any]", keys: list[str], key: Rows, values: "pa.Array[Any]", kind: Rows
) -> Rows:
    """Return numbers that are the same for attributes that decide the same."""
    rows = np.flatnonzero(_of_keys(keys, DECISIVE)[key])
    known: dict[Any, int] = {}
    stated = (part.take(pa.array(rows)).to_pylist() for part in (pairs, values))
    meaning = np.zeros(len(pairs), dtype=np.int64)
    meaning[rows] = [
        known.setdefault((keys[number], _meaning(keys[number], *what)), len(known) + 1)
        for number, *what in zip(key[rows].tolist(), kind[rows].tolist(), *stated, strict=True)
    ]
    return meaning


def _meaning(key: str, kind: int, pair: bytes, value: str | None) -> Any:
    if key in STATEMENTS:
        return kind > 0
    if key in HOSTS and kind == _TEXT and value:
        return tuple(value.split("/", 3)[:3])  # up to where the path begins
    return pair
