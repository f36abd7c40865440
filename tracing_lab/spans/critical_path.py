"""The critical path of a trace: which spans, at which moments, decided when it ended."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from tracing_lab.spans.frames import NOT_ENDED

from .tree import NO_ROW, Rows, levels


class Piece(NamedTuple):
    """A stretch of time in which one span decided; nanoseconds since 1970."""

    row: int
    start_ns: int
    end_ns: int


def critical_pieces(parents: Rows, start_ns: Rows, end_ns: Rows) -> list[Piece]:
    """Return the stretches of a trace's critical path.

    They are found by walking back from the end; at each moment the walk is in one span. From a
    span it goes into the child that, with all that followed from it, ended last before that moment;
    time between children is the span's own. A child still running then did not have to finish
    first, so it is passed over.

    Parameters
    ----------
    parents
        Row number of each parent, -1 where there is none.
    start_ns
        Start of each span, nanoseconds since 1970.
    end_ns
        End of each span; one in progress counts as ending when it starts.

    Returns
    -------
    pieces
        Stretches of time that do not overlap, earliest first.

    Examples
    --------
    A span from 0 to 10 that does 1 to 4 and 3 to 9 at the same time had to wait for the second:

    >>> from numpy import array
    >>> pieces = critical_pieces(array([-1, 0, 0]), array([0, 1, 3]), array([10, 4, 9]))
    >>> [tuple(map(int, piece)) for piece in pieces]
    [(0, 0, 3), (2, 3, 9), (0, 9, 10)]
    """
    end_ns = np.where(end_ns == NOT_ENDED, start_ns, end_ns)
    first, last = extents(parents, start_ns, end_ns)
    children = _children(parents, first, last)
    pieces: list[Piece] = []
    cursor = int(last.max(initial=0))
    stack: list[tuple[int, Iterator[int]]] = [(_ROOT, iter(children[_ROOT]))]
    while stack:
        row, rest = stack[-1]
        child = next((c for c in rest if last[c] <= cursor and first[c] < cursor), None)
        until = 0 if child is None else int(last[child])
        if row != _ROOT:
            begin, finish = max(until, int(start_ns[row])), min(cursor, int(end_ns[row]))
            pieces += [Piece(row, begin, finish)] if begin < finish else []
        if child is not None:
            cursor = until
            stack.append((child, iter(children[child])))
            continue
        stack.pop()
        cursor = min(cursor, int(start_ns[row])) if row != _ROOT else cursor
    return pieces[::-1]


_ROOT: Final = NO_ROW  # one imagined span above all roots, without any time of its own


def _children(parents: Rows, first: Rows, last: Rows) -> dict[int, list[int]]:
    """Return the children of each span, the last to finish first; of the same times, the first."""
    children: dict[int, list[int]] = {row: [] for row in range(_ROOT, len(parents))}
    for row in np.lexsort((-first, -last)):
        children[int(parents[row])].append(int(row))
    return children


def extents(parents: Rows, start_ns: Rows, end_ns: Rows) -> tuple[Rows, Rows]:
    """Return the first and the last moment of each span with all its descendants.

    Parameters
    ----------
    parents
        Row number of each parent, -1 where there is none.
    start_ns, end_ns
        Start and end of each span.

    Returns
    -------
    first_ns, last_ns
        By row.
    """
    first, last = start_ns.copy(), end_ns.copy()
    for level in [*levels(parents)][:0:-1]:
        np.minimum.at(first, parents[level], first[level])
        np.maximum.at(last, parents[level], last[level])
    return first, last
