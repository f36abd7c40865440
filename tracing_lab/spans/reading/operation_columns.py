"""What segments were asked to do, for all documents at once.

`operation_rows` has the rules, for one trace at a time; both give the same.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab.spans.frames import LAST_SECOND
from tracing_lab.spans.tree import NO_ROW, Flags, Rows
from tracing_lab.xray_model.documents import AWS, REMOTE, SUBSEGMENT
from tracing_lab.xray_model.lambda_segments import FUNCTION
from tracing_lab.xray_model.operations import operation_of_query, operation_of_request

from .columns import flags
from .decoding import seconds
from .nesting import Level, decoded_levels, joined_field
from .operation_rows import OF_LAMBDA
from .suspicions import are_odd_ids, are_other_types

_SPAN: Final = {"name": "VARCHAR", "namespace": "VARCHAR", "start_time": "JSON"}
_SEGMENT: Final[dict[str, Any]] = {
    "id": "VARCHAR",
    "trace_id": "VARCHAR",
    "type": "VARCHAR",
    "origin": "VARCHAR",
    "aws": {"operation": "JSON"},
    "http": {"request": {"method": "JSON", "url": "JSON"}},
    "sql": {"sanitized_query": "JSON"},
}


class OperationColumns(NamedTuple):
    """One entry per document.

    Parameters
    ----------
    span_id
        Texts.
    operation
        Texts, missing where nothing is known.
    is_odd
        Whether the document has to be read by itself.
    """

    span_id: "pa.Array[Any]"
    operation: "pa.Array[Any]"
    is_odd: Flags


def operations_of_texts(
    texts: "pa.Array[Any]", trace_ids: "pa.Array[Any]", annotation: str | None
) -> OperationColumns:
    """Return what segments were asked to do.

    Parameters
    ----------
    texts
        Documents as JSON texts.
    trace_ids
        Id of each document's trace.
    annotation
        As for `operations_from_traces`.
    """
    noted = {} if annotation is None else {"annotations": "JSON"}
    levels = [*decoded_levels(texts, _SPAN | noted, _SEGMENT)]
    segments = levels[0].structs
    ids = pc.struct_field(segments, "id")
    is_odd = are_odd_ids(ids, levels[0].document, texts)
    is_odd |= flags(pc.not_equal(pc.struct_field(segments, "trace_id"), trace_ids))
    is_odd |= flags(pc.equal(pc.struct_field(segments, "type"), SUBSEGMENT))
    operation = _stated(segments)
    if annotation is not None:
        operation = pc.coalesce(_annotated(levels, annotation), operation)
    is_function = flags(pc.equal(pc.struct_field(segments, "origin"), FUNCTION))
    work = _first_work(levels, is_function & flags(operation.is_null()))
    is_odd |= are_other_types(work.fill_null("-"))
    work = pc.if_else(pc.equal(work, ""), None, work)
    return OperationColumns(ids, pc.coalesce(operation, work), is_odd)


def _stated(segments: "pa.Array[Any]") -> "pa.Array[Any]":
    """Return what segments say themselves; missing where that is nothing."""
    method, url = (_field(segments, "http", "request", name) for name in ("method", "url"))
    return pc.coalesce(
        _mapped(lambda operation: operation, _field(segments, "aws", "operation")),
        _mapped(operation_of_request, method, url),
        _mapped(operation_of_query, _field(segments, "sql", "sanitized_query")),
    )


def _field(structs: "pa.Array[Any]", *path: str) -> "pa.DictionaryArray":
    return pc.struct_field(structs, [*path]).fill_null('""').dictionary_encode()


def _mapped(function: Callable[..., str], *columns: "pa.DictionaryArray") -> "pa.Array[Any]":
    """Return a function's results for texts given as JSON, called once for those that are equal."""
    texts = [[*map(_text, column.dictionary.to_pylist())] for column in columns]
    codes = [column.indices.to_numpy() for column in columns]
    which = np.ravel_multi_index(codes, [max(len(values), 1) for values in texts])
    _, first, back = np.unique(which, return_index=True, return_inverse=True)
    distinct = [
        [values[code] for code in numbers[first]]
        for values, numbers in zip(texts, codes, strict=True)
    ]
    results = [function(*row) or None for row in zip(*distinct, strict=True)]
    return pa.array(results, pa.string()).take(pa.array(back))


def _text(value: str) -> str:
    """Return the text that JSON holds, "" for another value."""
    return str(orjson.loads(value)) if value.startswith('"') else ""


def _annotated(levels: Sequence[Level], annotation: str) -> "pa.Array[Any]":
    """Return the value of an annotation by document, in the first span that has it."""
    noted = joined_field(levels, "annotations").dictionary_encode()
    values = [_value(text, annotation) for text in noted.dictionary.to_pylist()]
    codes = noted.indices.fill_null(NO_ROW).to_numpy()
    has_value = np.array([*(value is not None for value in values), False])
    first = _first(levels, has_value[codes])
    found = pa.array(np.append(codes, NO_ROW)[first], mask=first == NO_ROW)
    return pa.array([value or None for value in values], pa.string()).take(found)


def _value(text: str, annotation: str) -> str | None:
    values = orjson.loads(text)
    is_given = isinstance(values, dict) and annotation in values
    return str(values[annotation]) if is_given else None


def _first_work(levels: Sequence[Level], wanted: Flags) -> "pa.Array[Any]":
    """Return the name of the first subsegment in each wanted document that is a function's work."""
    names = joined_field(levels, "name").dictionary_encode()
    is_work = np.concatenate([flags(level.structs.is_valid()) for level in levels])
    is_work[: len(wanted)] = False
    is_work &= wanted[np.concatenate([level.document for level in levels])]
    is_work &= ~flags(pc.is_in(joined_field(levels, "namespace"), pa.array([AWS, REMOTE])))
    is_work &= ~flags(pc.is_in(names, pa.array(OF_LAMBDA)))
    first = _first(levels, is_work)
    return names.take(pa.array(first, mask=first == NO_ROW)).dictionary_decode()


def _first(levels: Sequence[Level], is_eligible: Flags) -> Rows:
    """Return the row of the first eligible span in each document, level by level and by start."""
    first = np.full(len(levels[0].document), NO_ROW)
    rank = np.zeros(0, dtype=np.int64)
    for level in levels:
        rows = level.first + np.arange(len(level.document))
        above = rank[level.part_of - (level.first - len(rank))] if level.first else rows
        order = np.lexsort((above, _starts(level), level.document))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        eligible = order[is_eligible[rows[order]]]
        documents, places = np.unique(level.document[eligible], return_index=True)
        new = first[documents] == NO_ROW
        first[documents[new]] = rows[eligible[places[new]]]
    return first


def _starts(level: Level) -> "npt.NDArray[np.float64]":
    """Return the start of each span in seconds since 1970; 0 where none is stated."""
    start_s = seconds(pc.struct_field(level.structs, "start_time"))
    return np.where((start_s > 0) & (start_s < LAST_SECOND), start_s, 0.0)
