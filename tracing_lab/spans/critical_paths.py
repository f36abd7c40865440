"""The critical paths of many traces at once, all of them walked at the same time."""

from typing import Final, NamedTuple

import numpy as np

from tracing_lab.spans.frames import NOT_ENDED

from .critical_path import critical_pieces, extents
from .tree import NO_ROW, Flags, Rows

_FEWEST: Final = 32
"""Traces for which a walk at the same time pays; fewer are walked one after the other."""


class Pieces(NamedTuple):
    """Stretches of time in which one span decided, in no order; nanoseconds since 1970."""

    row: Rows
    start_ns: Rows
    end_ns: Rows


def all_pieces(trace: Rows, parents: Rows, start_ns: Rows, end_ns: Rows) -> Pieces:
    """Return the stretches of all traces' critical paths.

    Each is what `critical_pieces` returns of the trace alone.

    Parameters
    ----------
    trace
        Number of each span's trace, from 0 on.
    parents
        Row number of each parent, -1 where there is none.
    start_ns
        Start of each span, nanoseconds since 1970.
    end_ns
        End of each span; one in progress counts as ending when it starts.

    Returns
    -------
    Pieces
        As arrays.

    Examples
    --------
    >>> from numpy import array
    >>> spans = array([-1, 0, 0]), array([0, 1, 3]), array([10, 4, 9])
    >>> pieces = all_pieces(array([0, 0, 0]), *spans)
    >>> sorted(zip(*(part.tolist() for part in pieces)))
    [(0, 0, 3), (0, 9, 10), (2, 3, 9)]
    """
    ended_ns = np.where(end_ns == NOT_ENDED, start_ns, end_ns)
    walk = _Walk(trace, parents, start_ns, ended_ns)
    while walk.active.size >= _FEWEST:
        walk.step()
    left = walk.traces_left()
    done = ~np.isin(trace[walk.pieces.row], left)
    found = [Pieces(*(part[done] for part in walk.pieces))]
    for number in left.tolist():
        rows = np.flatnonzero(trace == number)
        inside = np.where(parents[rows] == NO_ROW, NO_ROW, rows.searchsorted(parents[rows]))
        alone = critical_pieces(inside, start_ns[rows], end_ns[rows])
        row, first, last = np.array(alone, dtype=np.int64).reshape(-1, 3).T
        found.append(Pieces(rows[row], first, last))
    return Pieces(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


class _Walk:
    """Where the walk back through each trace is: `critical_pieces` explains it.

    An imagined row above the roots of each trace follows the rows of the spans.
    """

    def __init__(self, trace: Rows, parents: Rows, start_ns: Rows, end_ns: Rows) -> None:
        spans, traces = len(trace), int(trace.max(initial=-1)) + 1
        tops = spans + np.arange(traces)
        self._spans = spans
        self._above = np.append(np.where(parents == NO_ROW, tops[trace], parents), tops)
        self._start = np.append(start_ns, np.zeros(traces, dtype=np.int64))
        self._end = np.append(end_ns, np.zeros(traces, dtype=np.int64))
        self._first, self._last = extents(parents, start_ns, end_ns)
        self._order = np.lexsort((-self._first, -self._last, self._above[:spans]))
        counts = np.bincount(self._above[:spans], minlength=spans + traces)
        self._until = np.cumsum(counts)
        self._next = self._until - counts
        self.active = tops[counts[tops] > 0]
        self._cursor = self._last[self._order[self._next[self.active]]]
        none = np.empty(0, dtype=np.int64)
        self._found = [Pieces(none, none, none)]

    @property
    def pieces(self) -> Pieces:
        """What was found."""
        return Pieces(*(np.concatenate(parts) for parts in zip(*self._found, strict=True)))

    def traces_left(self) -> Rows:
        """Return the numbers of the traces that the walk has not finished."""
        top = self.active
        while (inside := top < self._spans).any():
            top = np.where(inside, self._above[top], top)
        return top - self._spans

    def step(self) -> None:
        """Move each row to its next child, or back to its parent where there is none."""
        row, cursor = self.active, self._cursor
        place = self._next[row]
        has_child = place < self._until[row]
        self._next[row] = place + has_child
        child = self._order[np.where(has_child, place, 0)]
        waited = has_child & (self._last[child] <= cursor) & (self._first[child] < cursor)
        until = np.where(waited, self._last[child], 0)
        leaves = waited | ~has_child
        self._note(row[leaves], until[leaves], cursor[leaves])
        back = ~has_child
        inside = back & (row < self._spans)
        cursor = np.where(waited, until, cursor)
        self._cursor = np.where(inside, np.minimum(cursor, self._start[row]), cursor)
        self.active = np.where(waited, child, np.where(inside, self._above[row], row))
        self._drop(back & ~inside)

    def _note(self, row: Rows, until: Rows, cursor: Rows) -> None:
        begin = np.maximum(until, self._start[row])
        finish = np.minimum(cursor, self._end[row])
        some = (begin < finish) & (row < self._spans)
        self._found.append(Pieces(row[some], begin[some], finish[some]))

    def _drop(self, finished: Flags) -> None:
        if finished.any():
            self.active, self._cursor = self.active[~finished], self._cursor[~finished]
