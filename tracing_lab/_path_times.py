"""How long each span of many traces was on the critical path of its trace."""

import numpy as np
import pandas as pd

from . import _timing
from ._critical_path import critical_pieces


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
    parents, _ = _timing.families(spans)
    accounted = _timing.accounted_parents(spans, parents)
    start, end = _timing.nanoseconds(spans["start"]), _timing.nanoseconds(spans["end"])
    path_ns = np.zeros(len(spans), dtype=np.int64)
    for members in spans.groupby(level="trace_id", sort=False).indices.values():
        rows = np.asarray(members)
        inside = _numbered_within(rows, accounted[rows])
        for piece in critical_pieces(inside, start[rows], end[rows]):
            path_ns[rows[piece.row]] += piece.end_ns - piece.start_ns
    return pd.Series(path_ns / 1e9, index=spans.index, name="path_s")


def _numbered_within(rows: _timing.Rows, parents: _timing.Rows) -> _timing.Rows:
    """Return parents as positions in the ascending `rows` of one trace, -1 where there is none."""
    return np.where(parents < 0, _timing.NO_ROW, rows.searchsorted(parents))
