"""The segments at which requests enter a trace."""

import numpy as np
import pandas as pd

from tracing_lab.spans.frames import nanoseconds
from tracing_lab.xray_model.documents import REQUEST_KINDS

from .tree import Rows


def entry_rows(spans: pd.DataFrame) -> Rows:
    """Return the rows of the segments at which requests entered.

    They are those of `tracing_lab.xray_model.traces.entries_of`, for a whole frame at once.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    rows
        Row numbers, one or more per trace with segments.
    """
    trace = np.asarray(spans.index.codes[0])  # type: ignore[attr-defined] # of a MultiIndex
    tops = ((spans["depth"] == 0) & spans["kind"].isin(REQUEST_KINDS)).to_numpy(dtype=bool)
    entries = np.flatnonzero(tops & spans["parent_id"].isna().to_numpy(dtype=bool))
    entered = np.zeros(trace.max(initial=-1) + 1, dtype=bool)
    entered[trace[entries]] = True
    lost = np.flatnonzero(tops & ~entered[trace])
    earliest = lost[np.argsort(nanoseconds(spans["start"].iloc[lost]), kind="stable")]
    _, first = np.unique(trace[earliest], return_index=True)
    return np.sort(np.concatenate([entries, earliest[first]]))
