"""Self times: how long each span took itself, without waiting for spans below it."""

from collections import defaultdict
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.frames import NOT_ENDED, nanoseconds

from .schema import INIT_NAMES, LAMBDA_FUNCTION, SEGMENT, SUBSEGMENT
from .tree import NO_ROW, Rows

_BEFORE_FUNCTION: Final = (*INIT_NAMES, "Restore")
_NS_PER_S: Final = 1e9


def accounted_parents(spans: pd.DataFrame, parents: Rows) -> Rows:
    """Return the row of the span within which each span's time is spent.

    That is the parent, except where Lambda's documents nest time otherwise than ids: a function
    segment runs inside the ``Attempt #n`` beside it, and initialization lies before the function
    segment it belongs to, inside whatever that segment lies in. Without this, both would be
    counted twice in self times.

    Parameters
    ----------
    spans
        Rows with ``name``, ``kind``, ``origin``, ``start`` and ``end``.
    parents
        Row number of each parent, -1 where there is none.

    Returns
    -------
    parents
        Row number of the span that each span's time is part of, -1 where there is none.
    """
    accounted = parents.copy()
    nested = parents >= 0
    is_function = (spans["origin"] == LAMBDA_FUNCTION).to_numpy(dtype=bool)
    is_part = (spans["kind"] == SUBSEGMENT).to_numpy(dtype=bool) & nested
    is_attempt = spans["name"].str.startswith("Attempt #").to_numpy(dtype=bool) & is_part
    is_segment = (spans["kind"] == SEGMENT).to_numpy(dtype=bool)
    start, end = nanoseconds(spans["start"]), nanoseconds(spans["end"])
    attempts = defaultdict(list)
    for row in np.flatnonzero(is_attempt):
        attempts[parents[row]].append(row)
    for row in np.flatnonzero(is_function & is_segment & nested):
        for attempt in attempts.get(parents[row], ()):
            ended = end[attempt] != NOT_ENDED and end[attempt] < start[row]
            if start[attempt] <= start[row] and not ended:
                accounted[row] = attempt
    is_init = spans["name"].isin(_BEFORE_FUNCTION).to_numpy(dtype=bool) & is_part
    for row in np.flatnonzero(is_init):
        function = parents[row]
        if is_function[function] and accounted[function] != NO_ROW:
            accounted[row] = accounted[function]
    return accounted


def self_times(start_ns: Rows, end_ns: Rows, parents: Rows) -> npt.NDArray[np.float64]:
    """Return each span's duration without the time that its children cover.

    Children may overlap each other and stick out of their parent; a moment counts once, and only
    inside the parent. Spans that have not ended cover nothing and have no self time.

    Parameters
    ----------
    start_ns
        Start of each span, nanoseconds since 1970.
    end_ns
        End of each span, `NOT_ENDED` while it is in progress.
    parents
        Row number of each parent, -1 where there is none.

    Returns
    -------
    self_s
        Self time of each span in seconds, NaN for those in progress.

    Examples
    --------
    Two children cover 2 to 5 and 4 to 6 of a parent that lasts from 0 to 10 seconds:

    >>> s = 1_000_000_000
    >>> self_times(np.array([0, 2, 4]) * s, np.array([10, 5, 6]) * s, np.array([-1, 0, 0])).tolist()
    [6.0, 3.0, 2.0]
    """
    ended = end_ns != NOT_ENDED
    child = np.flatnonzero((parents >= 0) & ended & ended[parents])
    parent = parents[child]
    # Offsets from the parent's start are small, so they stay exact as doubles.
    begin = np.maximum(start_ns[child] - start_ns[parent], 0)
    finish = np.minimum(end_ns[child], end_ns[parent]) - start_ns[parent]
    order = np.lexsort((begin, parent))
    pieces = pd.DataFrame({"parent": parent, "begin": begin, "finish": finish}).iloc[order]
    latest = pieces.groupby("parent")["finish"].cummax()
    before = latest.groupby(pieces["parent"]).shift(fill_value=0)
    covered = (pieces["finish"] - np.maximum(pieces["begin"], before)).clip(lower=0)
    total = np.bincount(pieces["parent"], weights=covered, minlength=len(parents))
    own = (end_ns - start_ns - total.astype(np.int64)) / _NS_PER_S
    return np.where(ended, own, np.nan)
