"""Self times: how long each span took itself, without waiting for spans below it."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.spans.frames import NOT_ENDED, nanoseconds
from tracing_lab.xray_model.documents import SEGMENT, SUBSEGMENT
from tracing_lab.xray_model.lambda_segments import (
    ATTEMPT_PREFIX,
    BEFORE_FUNCTION,
    FUNCTION,
)

from .tree import NO_ROW, Flags, Rows, ranges

NS_PER_S: Final = 1e9


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
    is_function = (spans["origin"] == FUNCTION).to_numpy(dtype=bool)
    is_part = (spans["kind"] == SUBSEGMENT).to_numpy(dtype=bool) & nested
    is_segment = (spans["kind"] == SEGMENT).to_numpy(dtype=bool)
    start, end = nanoseconds(spans["start"]), nanoseconds(spans["end"])
    is_attempt = spans["name"].str.startswith(ATTEMPT_PREFIX).to_numpy(dtype=bool) & is_part
    function, attempt = _pairs(parents, is_function & is_segment & nested, is_attempt)
    ended = (end[attempt] != NOT_ENDED) & (end[attempt] < start[function])
    inside = (start[attempt] <= start[function]) & ~ended
    accounted[function[inside]] = attempt[inside]
    is_init = spans["name"].isin(BEFORE_FUNCTION).to_numpy(dtype=bool) & is_part
    init = np.flatnonzero(is_init)
    init = init[is_function[parents[init]] & (accounted[parents[init]] != NO_ROW)]
    accounted[init] = accounted[parents[init]]
    return accounted


def _pairs(parents: Rows, first: Flags, second: Flags) -> tuple[Rows, Rows]:
    """Return the rows of all pairs of spans of two sorts that have the same parent."""
    ones, others = np.flatnonzero(first), np.flatnonzero(second)
    others = others[np.argsort(parents[others], kind="stable")]
    begin = np.searchsorted(parents[others], parents[ones], side="left")
    count = np.searchsorted(parents[others], parents[ones], side="right") - begin
    return np.repeat(ones, count), others[ranges(begin, count)]


def self_times(start_ns: Rows, end_ns: Rows, parents: Rows) -> npt.NDArray[np.float64]:
    """Return each span's duration without the time that its children cover.

    It is `tracing_lab.xray_model.self_time.self_time` for a whole frame at once. Spans that have
    not ended cover nothing and have no self time.

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
    parent, begin, finish = parent[order], begin[order], finish[order]
    latest = pd.Series(finish).groupby(parent).cummax().to_numpy()
    before = np.where(parent[1:] == parent[:-1], latest[:-1], 0)  # of those that began earlier
    begin[1:] = np.maximum(begin[1:], before)
    covered = np.maximum(finish - begin, 0)
    total = np.bincount(parent, weights=covered, minlength=len(parents))
    own = (end_ns - start_ns - total.astype(np.int64)) / NS_PER_S
    return np.where(ended, own, np.nan)
