"""The segments at which requests enter a trace."""

import numpy as np
import pandas as pd

from .schema import SUBSEGMENT
from .tree import Rows


def entry_rows(spans: pd.DataFrame) -> Rows:
    """Return the rows of the segments at which requests entered.

    These are the segments without a parent. A trace that has none, because its root has not
    arrived or the client was traced elsewhere, was entered at its first orphan.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    rows
        Row numbers, one or more per trace with segments.
    """
    traces = spans.index.get_level_values("trace_id")
    tops = ((spans["depth"] == 0) & (spans["kind"] != SUBSEGMENT)).to_numpy(dtype=bool)
    entries = tops & spans["parent_id"].isna().to_numpy(dtype=bool)
    lost = np.flatnonzero(tops & ~traces.isin(traces[entries]))
    earliest = lost[np.argsort(spans["start"].to_numpy()[lost], kind="stable")]
    first = earliest[~traces[earliest].duplicated()]
    return np.sort(np.concatenate([np.flatnonzero(entries), first]))
