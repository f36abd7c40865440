"""The spans of OTLP in protobuf as arrays, without an object for each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab.otlp.json_form import resource_from_otlp, scope_from_otlp, span_from_otlp
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.otlp.protobuf import MESSAGES, message_from_protobuf, number_of, wires_of
from tracing_lab.otlp.wire import BYTES, parts
from tracing_lab.spans.tree import NO_ROW, Rows

from .wire import Content, Fields, contents, fields_of, numbers, padded

_ID_BYTES: Final = 8
_MOST_VALUES: Final = 99  # of an enumeration
_HEX: Final = np.array([f"{byte:02x}" for byte in range(256)], dtype="S2")

Ids = npt.NDArray[np.uint64]


class Places(NamedTuple):
    """Where spans lie in an export request, and what they belong to.

    Parameters
    ----------
    first, last
        Where each begins and ends.
    resource, scope
        Number of each span's resource and scope.
    resources
        Attributes of each resource.
    scopes
        Name, version and attributes of each scope.
    """

    first: Rows
    last: Rows
    resource: Rows
    scope: Rows
    resources: list[dict[str, Any]]
    scopes: list[dict[str, Any]]


class OtlpTable(NamedTuple):
    """What an export request states, one entry per span.

    Parameters
    ----------
    content
        The request.
    places
        Where the spans lie in it.
    trace
        Number of each span's trace, in the order in which they occur first.
    trace_ids
        The traces' ids in hexadecimal.
    span, parent
        Ids as numbers; 0 for no parent.
    name
        Texts by number, missing where a span has none.
    kind, status
        Positions in `otel.SPAN_KINDS` and `otel.STATUS_CODES`.
    start_ns, end_ns
        Nanoseconds since 1970, 0 where missing.
    owner, pair
        Span of each attribute, and which of `pairs` it is.
    pairs
        The distinct attributes, as ``KeyValue`` messages.
    """

    content: bytes
    places: Places
    trace: Rows
    trace_ids: list[str]
    span: Ids
    parent: Ids
    name: "pa.DictionaryArray"
    kind: Rows
    status: Rows
    start_ns: Ids
    end_ns: Ids
    owner: Rows
    pair: Rows
    pairs: "pa.Array[Any]"

    def span_at(self, row: int) -> OtelSpan:
        """Return a span by itself.

        Parameters
        ----------
        row
            Its number.
        """
        first, last, resource, scope = (int(column[row]) for column in self.places[:4])
        node = message_from_protobuf(self.content[first:last], "Span")
        return span_from_otlp(node, self.places.resources[resource], self.places.scopes[scope])


def table_from_protobuf(content: bytes) -> OtlpTable:
    """Return the spans of an export request.

    Parameters
    ----------
    content
        An ``ExportTraceServiceRequest``.

    Raises
    ------
    ValueError
        If it is something else, cut off, or has ids of unusual lengths.
    """
    places = _places(content)
    buffer, count = padded(content), len(places.first)
    fields = fields_of(buffer, places.first, places.last, wires_of("Span"))
    singular = partial(_singular, fields)
    attributes, status = fields.only(number_of("Span", "attributes")), singular("status")
    codes = fields_of(buffer, status.first, status.last, wires_of("Status"))
    codes = codes.only(number_of("Status", "code"))
    pairs = contents(buffer, attributes.first, attributes.last).dictionary_encode()
    traces = _trace_ids(buffer, singular("traceId"), count).dictionary_encode()
    return OtlpTable(
        content=content,
        places=places,
        trace=traces.indices.to_numpy().astype(np.int64),
        trace_ids=[known.hex() for known in traces.dictionary.to_pylist()],
        span=_ids(buffer, singular("spanId"), count),
        parent=_ids(buffer, singular("parentSpanId"), count),
        name=_texts(buffer, singular("name"), count),
        kind=_enum(singular("kind"), count),
        status=_enum(codes._replace(message=status.message[codes.message]), count),
        start_ns=_fixed(buffer, singular("startTimeUnixNano"), count),
        end_ns=_fixed(buffer, singular("endTimeUnixNano"), count),
        owner=attributes.message,
        pair=pairs.indices.to_numpy().astype(np.int64),
        pairs=pairs.dictionary,
    )


def _places(content: bytes) -> Places:
    spans: list[tuple[int, int, int, int]] = []
    resources: dict[bytes, int] = {}
    scopes: dict[bytes, int] = {}
    request = _members(content, "TracesData", 0, len(content))
    for group in request["resourceSpans"]:
        members = _members(content, "ResourceSpans", *group)
        owner = _number(content, members["resource"], resources)
        for scoped in members["scopeSpans"]:
            within = _members(content, "ScopeSpans", *scoped)
            owners = (owner, _number(content, within["scope"], scopes))
            spans += [(*place, *owners) for place in within["spans"]]
    first, last, resource, scope = np.array(spans, dtype=np.int64).reshape(-1, 4).T
    return Places(
        *(first, last, resource, scope),
        resources=[
            resource_from_otlp(message_from_protobuf(resource, "Resource"))
            for resource in resources
        ],
        scopes=[
            scope_from_otlp(message_from_protobuf(scope, "InstrumentationScope"))
            for scope in scopes
        ],
    )


def _members(
    content: bytes, message: str, first: int, last: int
) -> Mapping[str, Sequence[tuple[int, int]]]:
    """Return where the members of a message lie that are messages."""
    known: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for number, wire, _, begin, end in parts(content, first, last):
        if wire == BYTES:
            known[number].append((begin, end))
        elif number in MESSAGES[message]:
            text = f"field {number} of {message} has wire type {wire}"
            raise ValueError(text)
    return {field.name: known[number] for number, field in MESSAGES[message].items()}


def _number(content: bytes, places: Sequence[tuple[int, int]], known: dict[bytes, int]) -> int:
    """Return the number of a resource or a scope, of several the last."""
    first, last = places[-1] if places else (0, 0)
    return known.setdefault(content[first:last], len(known))


def _singular(fields: Fields, name: str) -> Fields:
    """Return a field that a span has once at most."""
    known = fields.only(number_of("Span", name))
    if (np.diff(known.message) == 0).any():
        message = f"a span has several fields {name}"
        raise ValueError(message)
    return known


def _spread(values: npt.NDArray[Any], message: Rows, count: int) -> npt.NDArray[Any]:
    """Return a value per span, 0 where it has none."""
    spread = np.zeros(count, dtype=values.dtype)
    spread[message] = values
    return spread


def _enum(fields: Fields, count: int) -> Rows:
    values = np.minimum(fields.value, np.uint64(_MOST_VALUES)).astype(np.int64)
    return _spread(values, fields.message, count)


def _trace_ids(buffer: Content, fields: Fields, count: int) -> "pa.Array[Any]":
    ids = contents(buffer, fields.first, fields.last)
    is_usual = (fields.last - fields.first == 2 * _ID_BYTES).all() and len(ids) == count
    if not is_usual or pc.any(pc.equal(ids, bytes(2 * _ID_BYTES))).as_py():
        message = "its ids of traces are not those of OTLP"
        raise ValueError(message)
    return ids


def _ids(buffer: Content, fields: Fields, count: int) -> Ids:
    known = fields.last > fields.first
    if (fields.last - fields.first != _ID_BYTES)[known].any():
        message = "its ids of spans are not those of OTLP"
        raise ValueError(message)
    return _spread(numbers(buffer, fields.first[known], "<u8"), fields.message[known], count)


def _fixed(buffer: Content, fields: Fields, count: int) -> Ids:
    return _spread(numbers(buffer, fields.first, "<u8"), fields.message, count)


def _texts(buffer: Content, fields: Fields, count: int) -> "pa.DictionaryArray":
    """Return texts by number, missing where a span has none."""
    place = np.full(count, NO_ROW)
    place[fields.message] = np.arange(len(fields.message))
    texts = contents(buffer, fields.first, fields.last).cast(pa.large_string())
    return texts.dictionary_encode().take(pa.array(place, mask=place == NO_ROW))


def hexadecimal(ids: Ids) -> "pa.Array[Any]":
    """Return ids as texts.

    Parameters
    ----------
    ids
        Numbers.

    Examples
    --------
    >>> hexadecimal(np.frombuffer(bytes.fromhex("00f067aa0ba902b7"), dtype="<u8")).to_pylist()
    ['00f067aa0ba902b7']
    """
    digits = _HEX[ids.view(np.uint8)]
    offsets = np.arange(len(ids) + 1, dtype=np.int32) * 2 * _ID_BYTES
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(digits)]
    return pa.Array.from_buffers(pa.string(), len(ids), buffers)


def numbered(table: OtlpTable) -> tuple[Rows, Rows]:
    """Return small numbers for the ids of spans and their parents, -1 for no parent.

    Parameters
    ----------
    table
        Spans.
    """
    codes = pd.factorize(np.concatenate([table.span, table.parent]))[0].astype(np.int64)
    span, parent = codes[: len(table.span)], codes[len(table.span) :]
    return span, np.where(table.parent == 0, NO_ROW, parent)
