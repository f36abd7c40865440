"""One trace as a tree, and its critical path."""

import networkx as nx
import numpy as np
import pandas as pd

from tracing_lab.errors import TraceDataError
from tracing_lab.spans.critical_path import critical_pieces
from tracing_lab.spans.frames import nanoseconds, timestamps
from tracing_lab.spans.schema import SPAN_COLUMNS, SPAN_DTYPES
from tracing_lab.spans.self_time import accounted_parents
from tracing_lab.spans.tree import NO_ROW, Rows
from tracing_lab.spans.validation import check_spans

from .model import Graph


def trace_tree_from_spans(spans: pd.DataFrame, trace_id: str) -> Graph:
    """Return the tree of one trace: which span caused which.

    Parameters
    ----------
    spans
        A span frame.
    trace_id
        The trace.

    Returns
    -------
    tree
        Span ids as nodes with the columns of the span frame as attributes, parents pointing to
        children, in order of start. A trace with orphans is a forest.

    Raises
    ------
    TraceDataError
        If `spans` does not have the trace.
    """
    trace = one_trace(spans, trace_id)
    tree: Graph = nx.DiGraph()
    columns = [trace[name] for name in SPAN_COLUMNS]
    for span_id, *values in zip(trace.index, *columns, strict=True):
        tree.add_node(span_id, **dict(zip(SPAN_COLUMNS, values, strict=True)))
    known = trace["parent_id"].isin(trace.index)
    tree.add_edges_from(zip(trace.loc[known, "parent_id"], trace.index[known], strict=True))
    return tree


def one_trace(spans: pd.DataFrame, trace_id: str) -> pd.DataFrame:
    """Return the spans of one trace.

    Parameters
    ----------
    spans
        A span frame.
    trace_id
        The trace.

    Returns
    -------
    trace
        Its rows, indexed by ``span_id``.

    Raises
    ------
    TraceDataError
        If `spans` does not have the trace, or it is not valid.
    """
    mine = spans.index.get_level_values("trace_id") == trace_id
    if not mine.any():
        count = spans.index.get_level_values("trace_id").nunique()
        msg = f"Trace {trace_id} is not among these {count}. Take an id from the frame's index."
        raise TraceDataError(msg)
    check_spans(spans[mine].filter(items=SPAN_COLUMNS))
    return spans[mine].droplevel("trace_id")


def critical_path(tree: Graph) -> pd.DataFrame:
    """Return the critical path of a trace: the spans that decided when it ended.

    It goes back from the latest end in the trace: from each span into the child that, with all that
    followed from it, ended last before that moment; between children the time is the span's own.
    Children started by an event outlive their parent, so the path of an order usually leaves the
    response to the customer aside and runs through the event bus to the slowest last consumer. A
    moment when no span of that chain was active, such as an event in flight, is on no row.

    Parameters
    ----------
    tree
        The tree of a trace, from `trace_tree_from_spans`.

    Returns
    -------
    path
        One row per stretch of time, earliest first, without overlaps: ``span_id, service, name,
        kind, start, end, duration_s``. A span interrupted by its children has several rows.
    """
    records = [data for _, data in tree.nodes(data=True)]
    spans = pd.DataFrame(records, index=list(tree), columns=list(SPAN_COLUMNS))
    times = {name: pd.to_datetime(spans[name], utc=True) for name in ("start", "end")}
    spans = spans.assign(**times).astype(SPAN_DTYPES)  # a column of missing times has no zone
    row_of = {span_id: row for row, span_id in enumerate(tree)}
    parents = np.full(len(spans), NO_ROW, dtype=np.int64)
    for parent, child in tree.edges:
        parents[row_of[child]] = row_of[parent]
    return _path(spans, parents)


def critical_path_of_trace(trace: pd.DataFrame) -> pd.DataFrame:
    """Return the critical path of a trace, without making its tree first.

    Parameters
    ----------
    trace
        Rows of one trace, indexed by span id, as `one_trace` returns them.

    Returns
    -------
    path
        As `critical_path` returns it.
    """
    return _path(trace, trace.index.get_indexer(pd.Index(trace["parent_id"])).astype(np.int64))


def _path(spans: pd.DataFrame, parents: Rows) -> pd.DataFrame:
    pieces = critical_pieces(
        accounted_parents(spans, parents),
        nanoseconds(spans["start"]),
        nanoseconds(spans["end"]),
    )
    path = spans[["service", "name", "kind"]].iloc[[piece.row for piece in pieces]]
    path = path.rename_axis("span_id").reset_index()
    path["start"] = timestamps([piece.start_ns for piece in pieces])
    path["end"] = timestamps([piece.end_ns for piece in pieces])
    path["duration_s"] = (path["end"] - path["start"]).dt.total_seconds()
    return path
