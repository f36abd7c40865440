"""Build the span frame from the documents of traces."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab.spans.frames import TEXT
from tracing_lab.xray_model.documents import KINDS, SUBSEGMENT

from .compact import AnnotationsArray, SpanIdArray
from .derived import with_derived
from .reading.columns import SpanColumns
from .reading.documents import Problem
from .reading.read import ReadSpans, read_spans
from .schema import INDEX_NAMES, SPAN_COLUMNS
from .tree import NO_ROW, Rows, levels
from .validation import unusable_traces
from .values import categories, coded, integers, times

_FLAGS: Final = ("error", "fault", "throttle")
_CIRCLE: Final = "the parents of span {} form a circle"


def spans_from_traces(traces: Iterable[Mapping[str, Any]], *, strict: bool = False) -> pd.DataFrame:
    """Return the span frame of traces.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them; a ``Document`` may be JSON text or already parsed.
        A trace that occurs twice, or a segment both in progress and finished, counts once.
    strict
        Reject all traces if any document is unusable, instead of leaving out its trace. What would
        remain of such a trace could not be trusted: its parents, self times and flags might be
        those of the missing part.

    Returns
    -------
    spans
        One row per segment and subsegment, in the form that `tracing_lab.spans` describes.

    Raises
    ------
    TraceDataError
        With `strict`, if documents are unusable; lists what is wrong in which trace.

    Warns
    -----
    TraceDataWarning
        If traces are left out; lists what is wrong in which trace.

    Examples
    --------
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> traces = [{"Id": "1-0000000a-1", "Segments": [{"Id": "x", "Document": document}]}]
    >>> spans_from_traces(traces)[["service", "duration_s", "status"]].values.tolist()
    [['shop', 0.5, 'ok']]
    """
    return spans_from_read(read_spans(traces), strict=strict)


def spans_from_read(read: ReadSpans, *, strict: bool) -> pd.DataFrame:
    """Return the span frame of what was read.

    Parameters
    ----------
    read
        Spans, and what is wrong.
    strict
        As for `spans_from_traces`.

    Raises
    ------
    TraceDataError
        With `strict`, if something is wrong.
    """
    read = read.without(unusable_traces(read.problems, strict=strict, callers=2))
    depth, generations = _depths(read.links.parents)
    circles = _circles(read, depth)
    if circles:
        read = read.without(unusable_traces(circles, strict=strict, callers=2))
        depth, generations = _depths(read.links.parents)
    services = _spread(_services(read.columns, depth), read, generations)
    order = np.lexsort((depth, read.columns.start_us, read.columns.trace))
    parents = _moved(read.links.parents, order)
    return with_derived(_frame(read, services, depth, order), parents)


def _depths(parents: Rows) -> tuple[Rows, list[Rows]]:
    """Return each row's depth, -1 where no root leads to it, and the rows of each depth."""
    depth = np.full(len(parents), NO_ROW, dtype=np.int64)
    generations = [*levels(parents)]
    for number, rows in enumerate(generations):
        depth[rows] = number
    return depth, generations


def _circles(read: ReadSpans, depth: Rows) -> list[Problem]:
    ids, numbers = read.columns.span_id, read.columns.trace
    return [
        Problem(trace_id, f"trace {trace_id}: {_CIRCLE.format(ids[row].as_py())}")
        for row in np.flatnonzero(depth == NO_ROW).tolist()
        for trace_id in [read.trace_ids[numbers[row]]]
    ]


def _moved(parents: Rows, order: Rows) -> Rows:
    """Return the row of each row's parent after sorting."""
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order] = np.arange(len(order))
    place[NO_ROW] = NO_ROW
    return place[parents[order]]


def _frame(
    read: ReadSpans, services: "pa.DictionaryArray", depth: Rows, order: Rows
) -> pd.DataFrame:
    """Return spans as columns in an order; those that are derived later have a neutral value."""
    columns, links, taken = read.columns, read.links, pa.array(order)
    ids = links.ids.cast(pa.large_string())  # as pandas keeps it: one copy for index and parents
    index = pd.MultiIndex(
        levels=cast("Any", [pd.Index(known, dtype=TEXT) for known in (read.trace_ids, ids)]),
        codes=cast("Any", [columns.trace[order], links.span[order]]),
        names=INDEX_NAMES,
        verify_integrity=False,
    )
    raw: dict[str, Any] = {name: getattr(columns, name)[order] for name in _FLAGS}
    raw |= {
        "parent_id": SpanIdArray(links.parent[order].astype(np.int32), ids),
        "service": categories(services.take(taken)),
        "name": categories(columns.name.take(taken)),
        "kind": coded(columns.kind[order], KINDS),
        "origin": categories(columns.origin.take(taken)),
        "start": times(columns.start_us[order]),
        "end": times(columns.end_us[order]),
        "http_status": integers(columns.http_status.take(taken)),
        "annotations": AnnotationsArray(columns.annotations.take(taken)),
        "depth": depth[order],
    }
    neutral = {"duration_s": np.nan, "self_s": np.nan, "status": "ok", "cold_start": False}
    raw |= neutral
    return pd.DataFrame({name: raw[name] for name in SPAN_COLUMNS}, index=index)


def _services(columns: SpanColumns, depth: Rows) -> "pa.DictionaryArray":
    """Return the service of each segment; a subsegment whose segment is missing is its own."""
    lost = (columns.kind == KINDS.index(SUBSEGMENT)) & (depth == 0)
    if not lost.any():
        return columns.service
    decoded = (columns.name.dictionary_decode(), columns.service.dictionary_decode())
    return pc.if_else(pa.array(lost), *decoded).dictionary_encode()


def _spread(
    services: "pa.DictionaryArray", read: ReadSpans, generations: Sequence[Rows]
) -> "pa.DictionaryArray":
    """Return the service of each span: that of its segment."""
    codes = services.indices.fill_null(NO_ROW).to_numpy().copy()
    is_part = read.columns.kind == KINDS.index(SUBSEGMENT)
    for rows in generations[1:]:
        parts = rows[is_part[rows]]
        codes[parts] = codes[read.links.parents[parts]]
    return pa.DictionaryArray.from_arrays(codes, services.dictionary)
