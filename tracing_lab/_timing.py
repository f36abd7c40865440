"""Arithmetic on trees of spans, as arrays of row numbers: depth, self time, who waits for whom."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from ._span_schema import INIT_NAMES, LAMBDA_FUNCTION, SEGMENT, SUBSEGMENT

Rows = npt.NDArray[np.int64]
NO_ROW: Final = -1
NOT_ENDED: Final = np.iinfo(np.int64).min  # how pandas stores a missing time

_BEFORE_FUNCTION: Final = (*INIT_NAMES, "Restore")
_NS_PER_S: Final = 1e9


def parent_rows(
    trace_ids: Sequence[str], span_ids: Sequence[str], parent_ids: Sequence[str | None]
) -> Rows:
    """Find each span's parent.

    Parameters
    ----------
    trace_ids
        Trace of each span.
    span_ids
        Id of each span.
    parent_ids
        Id of each span's parent; anything unknown in the trace counts as no parent.

    Returns
    -------
    parents
        Row number of each parent, -1 where there is none.

    Examples
    --------
    >>> parent_rows(["t", "t", "t"], ["a", "b", "c"], [None, "a", "lost"]).tolist()
    [-1, 0, -1]
    """
    row_of: dict[tuple[str, str | None], int] = {
        key: row for row, key in enumerate(zip(trace_ids, span_ids, strict=True))
    }
    found = (row_of.get(key, NO_ROW) for key in zip(trace_ids, parent_ids, strict=True))
    return np.fromiter(found, dtype=np.int64, count=len(row_of))


def families(spans: pd.DataFrame) -> tuple[Rows, Rows]:
    """Find each span's parent and the segment that it is part of.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    parents, owners
        Row numbers: of each parent, -1 where there is none, and of each owning segment, a
        segment's being its own.
    """
    parents = parent_rows(
        [*spans.index.get_level_values("trace_id")],
        [*spans.index.get_level_values("span_id")],
        [*spans["parent_id"]],
    )
    owners = np.arange(len(spans), dtype=np.int64)
    is_part = (spans["kind"] == SUBSEGMENT).to_numpy(dtype=bool)
    for level in [*levels(parents)][1:]:
        parts = level[is_part[level]]
        owners[parts] = owners[parents[parts]]
    return parents, owners


def levels(parents: Rows) -> Iterator[Rows]:
    """Yield the rows of each depth, from the roots down; rows on a cycle never come.

    Parameters
    ----------
    parents
        Row number of each parent, -1 where there is none.

    Yields
    ------
    rows
        Row numbers of one depth.

    Examples
    --------
    >>> [rows.tolist() for rows in levels(np.array([-1, 0, 0, 1]))]
    [[0], [1, 2], [3]]
    """
    order = np.argsort(parents, kind="stable")
    ordered = parents[order]
    level = order[ordered == NO_ROW]
    while level.size:
        yield np.sort(level)
        first = np.searchsorted(ordered, level, side="left")
        last = np.searchsorted(ordered, level, side="right")
        level = np.concatenate([order[a:b] for a, b in zip(first, last, strict=True)])


def accounted_parents(spans: pd.DataFrame, parents: Rows) -> Rows:
    """Say within which span each span's time is spent.

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
    """Take from each span's duration the time that its children cover.

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


def nanoseconds(times: "pd.Series[pd.Timestamp]") -> Rows:
    """Give times as nanoseconds since 1970, `NOT_ENDED` where missing.

    Parameters
    ----------
    times
        UTC timestamps.

    Returns
    -------
    nanoseconds
        One integer per time.
    """
    return np.asarray(times.dt.as_unit("ns").astype("int64"), dtype=np.int64)


def timestamps(epoch_ns: Sequence[int] | Rows) -> pd.DatetimeIndex:
    """Turn nanoseconds back into UTC timestamps.

    Parameters
    ----------
    epoch_ns
        Integers since 1970, `NOT_ENDED` for a missing time.

    Returns
    -------
    times
        One timestamp per integer.

    Examples
    --------
    >>> timestamps([1_500_000_000]).item()
    Timestamp('1970-01-01 00:00:01.500000+0000', tz='UTC')
    """
    return pd.DatetimeIndex(np.array(epoch_ns, dtype="datetime64[ns]")).tz_localize("UTC")
