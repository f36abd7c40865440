"""How long spans were on the critical paths of their traces."""

import numpy as np
import pandas as pd

from tracing_lab.frames import nanoseconds
from tracing_lab.spans.critical_path import critical_pieces
from tracing_lab.spans.self_time import accounted_parents
from tracing_lab.spans.tree import NO_ROW, Rows, families


def path_times(spans: pd.DataFrame) -> "pd.Series[float]":
    """Return how long each span was on the critical path of its trace.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    path_s
        Seconds by ``(trace_id, span_id)``, in the order of `spans`; 0 for a span that nothing
        waited for. What a trace's sum lacks of its duration are moments in which no span of the
        path was active, such as an event in flight. `graph.critical_path` has the stretches.

    Examples
    --------
    >>> from tracing_lab.spans import spans_from_traces
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> spans = spans_from_traces([{"Id": "1-0000000a-1", "Segments": [{"Document": document}]}])
    >>> path_times(spans).to_list()
    [0.5]
    """
    parents, _ = families(spans)
    accounted = accounted_parents(spans, parents)
    start, end = nanoseconds(spans["start"]), nanoseconds(spans["end"])
    path_ns = np.zeros(len(spans), dtype=np.int64)
    for members in spans.groupby(level="trace_id", sort=False).indices.values():
        rows = np.asarray(members)
        inside = _numbered_within(rows, accounted[rows])
        for piece in critical_pieces(inside, start[rows], end[rows]):
            path_ns[rows[piece.row]] += piece.end_ns - piece.start_ns
    return pd.Series(path_ns / 1e9, index=spans.index, name="path_s")


def _numbered_within(rows: Rows, parents: Rows) -> Rows:
    """Return parents as positions in the ascending `rows` of one trace, -1 where there is none."""
    return np.where(parents < 0, NO_ROW, rows.searchsorted(parents))
