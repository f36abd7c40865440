"""The columns of OTLP's spans, and of the inferred segments of their calls."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab.otlp import model as otel
from tracing_lab.otlp.documents import document_from_span
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.spans.reading.columns import NO_TIME, SpanColumns, joined
from tracing_lab.spans.reading.rows import is_status
from tracing_lab.spans.tree import NO_ROW, Flags, Rows
from tracing_lab.xray_model.documents import INFERRED, KINDS, SEGMENT, SUBSEGMENT, is_call
from tracing_lab.xray_model.inferred import inferred_id
from tracing_lab.xray_model.nodes import node_name
from tracing_lab.xray_model.outcomes import ERROR, FAULT, THROTTLE

from .otlp_attributes import Attributes
from .otlp_table import OtlpTable, hexadecimal
from .to_xray import inferred_from_call

_NS_PER_US: Final = 1000


class _Meaning(NamedTuple):
    """What spans are that state the same, and the inferred segment if they are calls."""

    name: str
    origin: str | None
    error: bool
    fault: bool
    throttle: bool
    http_status: int | None
    is_call: bool
    callee: str | None = None
    callee_node: str | None = None
    callee_origin: str | None = None


def columns_from_table(
    table: OtlpTable, attributes: Attributes, parents: Rows, trace_ids: Sequence[str]
) -> SpanColumns:
    """Return the columns of spans, and after them those of inferred segments.

    Parameters
    ----------
    table
        Spans.
    attributes
        Their distinct attributes.
    parents
        Row of each span's parent, -1 where it is unknown.
    trace_ids
        The traces' ids in X-Ray's form.
    """
    is_part = _parts(table, parents)
    code, first = _alike(table, attributes, is_part)
    meanings = [_meaning(table.span_at(row), is_part=bool(is_part[row])) for row in first.tolist()]
    said = pd.DataFrame(meanings, columns=[*_Meaning._fields], dtype=object)
    spans = _spans(table, attributes, is_part, code, said)
    is_answering = ~is_part | said["is_call"].to_numpy(dtype=bool)[code]
    is_answered = np.zeros(len(code) + 1, dtype=bool)  # the last stands for no parent
    is_answered[parents[is_answering]] = True
    calls = np.flatnonzero(is_part & is_answering & ~is_answered[:-1])
    return joined([spans, _inferred(spans, calls, said.iloc[code[calls]], trace_ids)])


def microseconds(times_ns: npt.NDArray[np.uint64]) -> Rows:
    """Return nanoseconds since 1970, rounded to X-Ray's microseconds.

    Parameters
    ----------
    times_ns
        Nanoseconds since 1970.
    """
    return (times_ns.astype(np.int64) + _NS_PER_US // 2) // _NS_PER_US


def _parts(table: OtlpTable, parents: Rows) -> Flags:
    """Return which spans are subsegments: parts of what their parent's service does."""
    names = [otel.service_of(resource) for resource in table.places.resources]
    service = pd.factorize(np.array([*names, ""], dtype=object))[0][table.places.resource]
    is_served = table.kind == otel.SPAN_KINDS.index(otel.SERVER)
    is_known = (parents != NO_ROW) & ~is_served
    return np.asarray(is_known & (np.append(service, NO_ROW)[parents] == service))


def _alike(table: OtlpTable, attributes: Attributes, is_part: Flags) -> tuple[Rows, Rows]:
    """Return a number for each span, that of spans that mean the same, and the first of each."""
    code = pd.factorize(table.kind * len(otel.STATUS_CODES) + table.status)[0]
    names = table.name.indices.fill_null(NO_ROW).to_numpy() + 1
    stated: list[Rows] = [is_part.astype(np.int64), table.places.resource, names]
    meaning = attributes.meaning[table.pair]
    decisive = np.flatnonzero(meaning)
    owner, key = table.owner[decisive], attributes.key[table.pair[decisive]]
    for number in np.unique(key).tolist():
        column = np.zeros(len(code), dtype=np.int64)
        column[owner[key == number]] = meaning[decisive[key == number]]
        stated.append(column)
    for column in stated:
        code = pd.factorize(code * (column.max(initial=0) + 1) + column)[0].astype(np.int64)
    first = np.zeros(code.max(initial=NO_ROW) + 1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    return code, first


def _meaning(span: OtelSpan, *, is_part: bool) -> _Meaning:
    document = document_from_span(span, span if is_part else None)
    status = document.get("http", {}).get("response", {}).get("status")
    meaning = _Meaning(
        name=document["name"],
        origin=document.get("origin"),
        error=document.get(ERROR) is True,
        fault=document.get(FAULT) is True,
        throttle=document.get(THROTTLE) is True,
        http_status=status if is_status(status) else None,
        is_call=is_call(document),
    )
    if not meaning.is_call:
        return meaning
    called = inferred_from_call(span, document)
    return meaning._replace(
        callee=called["name"], callee_node=node_name(called), callee_origin=called.get("origin")
    )


def _spans(
    table: OtlpTable, attributes: Attributes, is_part: Flags, code: Rows, said: pd.DataFrame
) -> SpanColumns:
    names = _texts(said["name"], code)
    own = hexadecimal(table.parent)
    return SpanColumns(
        trace=table.trace,
        part_of=np.full(len(code), NO_ROW, dtype=np.int64),
        span_id=hexadecimal(table.span),
        name=names,
        parent_id=pc.if_else(pa.array(table.parent > 0), own, None),
        service=names.take(pa.array(np.arange(len(code)), mask=is_part)),
        kind=np.where(is_part, KINDS.index(SUBSEGMENT), KINDS.index(SEGMENT)).astype(np.int8),
        origin=_texts(said["origin"], code),
        start_us=microseconds(table.start_ns),
        end_us=np.where(table.end_ns > 0, microseconds(table.end_ns), NO_TIME),
        **{name: said[name].to_numpy(dtype=bool)[code] for name in (ERROR, FAULT, THROTTLE)},
        http_status=pa.array(said["http_status"], pa.int64()).take(pa.array(code)),
        annotations=_annotations(table, attributes, is_part, names),
    )


def _texts(values: "pd.Series[Any]", code: Rows) -> "pa.DictionaryArray":
    return pa.array(values, pa.string()).dictionary_encode().take(pa.array(code))


def _annotations(
    table: OtlpTable, attributes: Attributes, is_part: Flags, names: "pa.DictionaryArray"
) -> "pa.Array[Any]":
    """Return the annotations of spans as JSON texts, missing where there are none."""
    count = len(is_part)
    is_shown = attributes.member.is_valid().to_numpy(zero_copy_only=False)[table.pair]
    ends = np.append(0, np.cumsum(np.bincount(table.owner[is_shown], minlength=count)))
    members = attributes.member.take(pa.array(table.pair[is_shown]))
    lists = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), members)
    own = pc.if_else(pa.array(np.diff(ends) > 0), pc.binary_join(lists, ","), None)
    named = _names(table, is_part, names)
    members = pc.coalesce(pc.binary_join_element_wise(own, named, ","), own, named)
    return pc.binary_join_element_wise("{", members, "}", "")


def _names(table: OtlpTable, is_part: Flags, named: "pa.DictionaryArray") -> "pa.Array[Any]":
    """Return the annotation with a span's own name, where it is a segment of another name."""
    names = [name or "" for name in table.name.dictionary.to_pylist()]
    written = [
        f"{orjson.dumps(otel.NAME).decode()}:{orjson.dumps(name).decode()}" for name in names
    ]
    texts = pa.array(written, pa.string()).take(table.name.indices)
    is_other = pc.not_equal(table.name.cast(pa.string()), named.cast(pa.string()))
    is_shown = pc.and_(is_other, pc.not_equal(table.name.cast(pa.string()), ""))
    return pc.if_else(pc.and_(is_shown, pa.array(~is_part)), texts, None)


def _inferred(
    spans: SpanColumns, calls: Rows, said: pd.DataFrame, trace_ids: Sequence[str]
) -> SpanColumns:
    """Return the inferred segments of calls."""
    ids, every = spans.span_id.take(pa.array(calls)), np.arange(len(calls))
    pairs = zip(spans.trace[calls].tolist(), ids.to_pylist(), strict=True)
    copied: Any = (
        column.take(pa.array(calls)) if isinstance(column, pa.Array) else column[calls]
        for column in spans
    )
    return SpanColumns(*copied)._replace(
        span_id=pa.array(
            [inferred_id(trace_ids[trace], call) for trace, call in pairs], pa.string()
        ),
        parent_id=ids,
        name=_texts(said["callee"], every),
        service=_texts(said["callee_node"], every),
        kind=np.full(len(calls), KINDS.index(INFERRED), dtype=np.int8),
        origin=_texts(said["callee_origin"], every),
        annotations=pa.nulls(len(calls), pa.string()),
    )
