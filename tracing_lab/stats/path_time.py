"""The time that spans spend on the critical paths of their traces."""

from typing import cast

import numpy as np
import pandas as pd

from tracing_lab.spans.critical_paths import all_pieces
from tracing_lab.spans.frames import nanoseconds
from tracing_lab.spans.self_time import accounted_parents
from tracing_lab.spans.tree import families


def path_times(spans: pd.DataFrame) -> "pd.Series[float]":
    """Return the time that each span spent on the critical path of its trace.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    path_s
        Seconds by ``(trace_id, span_id)``, in the order of `spans`; 0 for a span that nothing
        waited for. What a trace's sum lacks of its duration are moments in which no span of the
        path was active, such as an event in flight. `graph.critical_path` has the stretches,
        and `critical_path_parts` those moments, too.

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
    trace = np.asarray(cast("pd.MultiIndex", spans.index).codes[0], dtype=np.int64)
    pieces = all_pieces(trace, accounted, start, end)
    path_ns = np.bincount(pieces.row, pieces.end_ns - pieces.start_ns, minlength=len(spans))
    return pd.Series(path_ns / 1e9, index=spans.index, name="path_s")
