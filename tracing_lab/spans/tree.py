"""Which span is the parent of which, as arrays of row numbers."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from .schema import SUBSEGMENT

Rows = npt.NDArray[np.int64]
NO_ROW: Final = -1


def parent_rows(
    trace_ids: Sequence[str], span_ids: Sequence[str], parent_ids: Sequence[str | None]
) -> Rows:
    """Return the row of each span's parent.

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
    rows = (row_of.get(key, NO_ROW) for key in zip(trace_ids, parent_ids, strict=True))
    return np.fromiter(rows, dtype=np.int64, count=len(row_of))


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
    ordered = parents[order]
    level = order[ordered == NO_ROW]
    while level.size:
        yield np.sort(level)
        first = np.searchsorted(ordered, level, side="left")
        last = np.searchsorted(ordered, level, side="right")
        level = np.concatenate([order[a:b] for a, b in zip(first, last, strict=True)])
