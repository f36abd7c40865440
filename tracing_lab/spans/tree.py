"""Which span is the parent of which, as arrays of row numbers."""

from collections.abc import Iterator
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab.xray_model.documents import SUBSEGMENT

from .compact import SpanIdArray

Rows = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NO_ROW: Final = -1


def parent_rows(trace: Rows, span: Rows, parent: Rows) -> tuple[Rows, Rows]:
    """Return the row of each span's parent, and the rows of spans whose id occurs twice.

    Parameters
    ----------
    trace
        Number of each span's trace.
    span
        Number of each span's id.
    parent
        Number of the parent's id, -1 for none; one that is unknown in the trace counts as none.

    Returns
    -------
    parents, again
        Row number of each parent, -1 where there is none, and the rows of all but one of the spans
        of a trace that have the same id.

    Examples
    --------
    >>> parents, again = parent_rows(*np.array([[0, 0, 0], [5, 6, 7], [-1, 5, 9]]))
    >>> parents.tolist(), again.tolist()
    ([-1, 0, -1], [])
    """
    ids = 1 + max(span.max(initial=0), parent.max(initial=0))
    known, wanted = trace * ids + span, trace * ids + parent
    order = np.argsort(known)
    ordered = known[order]
    again = order[1:][ordered[1:] == ordered[:-1]]
    asking = np.flatnonzero(parent >= 0)
    places = np.searchsorted(ordered, wanted[asking]) % max(len(ordered), 1)
    found = ordered[places] == wanted[asking]
    parents = np.full(len(span), NO_ROW, dtype=np.int64)
    parents[asking[found]] = order[places[found]]
    return parents, again


def families(spans: pd.DataFrame) -> tuple[Rows, Rows]:
    """Return the rows of each span's parent and of the segment that it is part of.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    parents, owners
        Row number of each parent, -1 where there is none, and of each owning segment; a segment
        owns itself.
    """
    parents = parents_of(spans)
    owners = np.arange(len(spans), dtype=np.int64)
    is_part = (spans["kind"] == SUBSEGMENT).to_numpy(dtype=bool)
    for level in [*levels(parents)][1:]:
        parts = level[is_part[level]]
        owners[parts] = owners[parents[parts]]
    return parents, owners


def parents_of(spans: pd.DataFrame) -> Rows:
    """Return the row of each span's parent, -1 where there is none.

    Parameters
    ----------
    spans
        A span frame.
    """
    index = cast("pd.MultiIndex", spans.index)
    trace, span = (np.asarray(codes, dtype=np.int64) for codes in index.codes)
    parents, _ = parent_rows(trace, span, _numbers(spans["parent_id"], index.levels[1]))
    return parents


def _numbers(values: "pd.Series[str]", known: "pd.Index[Any]") -> Rows:
    """Return the position of each value among those that are known, -1 where it is not."""
    ids = pa.array(known)
    if isinstance(ids, pa.ChunkedArray):  # of an index that was read from a file
        ids = pa.concat_arrays(ids.chunks) if ids.num_chunks else pa.array([], ids.type)
    if isinstance(values.array, SpanIdArray) and values.array.ids.equals(ids):
        return values.array.numbers.astype(np.int64)
    found = pc.index_in(pa.array(values), value_set=ids)
    return np.asarray(found.fill_null(NO_ROW), dtype=np.int64)


def levels(parents: Rows) -> Iterator[Rows]:
    """Yield the rows of each depth, from the roots down, without those on a cycle.

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
    roots = np.count_nonzero(parents == NO_ROW)
    count = np.bincount(parents[order[roots:]], minlength=len(parents))
    first = roots + np.cumsum(count) - count
    level = order[:roots]
    while level.size:
        yield np.sort(level)
        level = order[ranges(first[level], count[level])]


def ranges(first: Rows, count: Rows) -> Rows:
    """Return the numbers in ranges, one range after the other.

    Parameters
    ----------
    first, count
        First number of each range, and how many it has.

    Examples
    --------
    >>> ranges(np.array([7, 3]), np.array([2, 1])).tolist()
    [7, 8, 3]
    """
    skipped = np.repeat(first - np.cumsum(count) + count, count)
    return skipped + np.arange(len(skipped))
