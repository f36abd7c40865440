"""What had to happen before what in traces, as it is seen from when spans started and ended.

Each span has two events, its start and its end. An event waits for those that precede it (the
latest of them), and comes some time after: its lag. Recorded lags and the order of events are all
that is needed to compute when everything would have happened with other lags.

- A span that started after a sibling had ended waited for it; while a sibling ran, it came some
  time after that one's start. Targets of an event service wait for the event alone.
- A span ended after the children that had ended by then, and after all that it had started. Of a
  child that goes on for longer, such as a Lambda function after its response, what ended in time
  counts.
- Lags between children are the own time of their parent, unless a child was running then.

The same rules are used, for other questions, by M. Chow et al., "The Mystery Machine" (OSDI 2014)
and Y. Zhang et al., "LatenSeer" (SoCC 2023).
"""

from typing import Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.spans.frames import nanoseconds
from tracing_lab.spans.self_time import accounted_parents
from tracing_lab.spans.tree import NO_ROW, Flags, Rows, families, ranges
from tracing_lab.xray_model.documents import INFERRED

ROUNDING_NS: Final = 2_000_000
"""Segments of AWS services have whole milliseconds, those of functions microseconds."""


class Happening(NamedTuple):
    """The events of spans: of row ``r`` of ``n``, the start is event ``r``, the end ``n + r``.

    Attributes
    ----------
    trace
        Number of each span's trace, as in the codes of the frame's index.
    parents
        Row of the span within which each span's time is spent, -1 for none.
    owners
        Row of the segment that each span is a part of.
    time_s
        When each event was, in seconds from the first of all.
    before, after
        Pairs of events: the second waited for the first.
    owner
        Row of the span whose own time each event's lag is, -1 for none.
    """

    trace: Rows
    parents: Rows
    owners: Rows
    time_s: npt.NDArray[np.float64]
    before: Rows
    after: Rows
    owner: Rows


def happening(spans: pd.DataFrame) -> Happening:
    """Return the events of spans, and which of them waited for which.

    Parameters
    ----------
    spans
        A span frame in which all spans have ended.
    """
    index = cast("pd.MultiIndex", spans.index)
    trace = np.asarray(index.codes[0], dtype=np.int64)
    linked, owners = families(spans)
    parents = accounted_parents(spans, linked)
    start, end = nanoseconds(spans["start"]), nanoseconds(spans["end"])
    end = np.maximum(start, end)
    times = _Times(start, end, (spans["kind"] == INFERRED).to_numpy(dtype=bool))
    pairs, running = _after_parents_and_siblings(parents, times)
    ends, late = _ends(parents, times)
    before, after = (np.concatenate(part) for part in zip(pairs, ends, strict=True))
    count = len(spans)
    owner = np.full(2 * count, NO_ROW)
    inside = np.flatnonzero((parents != NO_ROW) & ~running)
    inside = inside[start[inside] < end[parents[inside]]]
    owner[inside] = parents[inside]
    owner[count:] = np.where(late, NO_ROW, np.arange(count))
    first = start.min(initial=np.iinfo(np.int64).max)
    time_s = (np.concatenate([start, end]) - first) / 1e9
    return Happening(trace, parents, owners, time_s, before, after, owner)


class _Times(NamedTuple):
    """Of each span: when it started and ended, and whether it stands for an event service."""

    start: Rows
    end: Rows
    by_event: Flags


class _Children(NamedTuple):
    """The children of all spans, by parent and start, and where those of each are."""

    row: Rows
    first: Rows
    counts: Rows


def _children(parents: Rows, start: Rows) -> _Children:
    order = np.lexsort((np.arange(len(parents)), start, parents))
    order = order[parents[order] != NO_ROW]
    counts = np.bincount(parents[order], minlength=len(parents))
    return _Children(order, np.cumsum(counts) - counts, counts)


def _after_parents_and_siblings(parents: Rows, times: _Times) -> tuple[tuple[Rows, Rows], Flags]:
    """Return what starts waited for, and which spans started while a sibling was running."""
    start, end, by_event = times
    rows = np.flatnonzero(parents != NO_ROW)
    above = parents[rows]
    is_after = start[rows] >= end[above]
    of_parent = np.where(is_after, above + len(parents), above)
    earlier, later = _siblings(_children(parents, start))
    together = ~by_event[parents[later]]
    earlier, later = earlier[together], later[together]
    has_ended = end[earlier] <= start[later]
    of_sibling = np.where(has_ended, earlier + len(parents), earlier)
    running = np.zeros(len(parents), dtype=bool)
    running[later[~has_ended]] = True
    before, after = np.concatenate([of_parent, of_sibling]), np.concatenate([rows, later])
    return (before, after), running


def _siblings(children: _Children) -> tuple[Rows, Rows]:
    """Return all pairs of spans with the same parent, the earlier one first."""
    place = np.arange(len(children.row))
    position = place - np.repeat(children.first, children.counts)
    earlier = ranges(place - position, position)
    return children.row[earlier], np.repeat(children.row, position)


def _ends(parents: Rows, times: _Times) -> tuple[tuple[Rows, Rows], Flags]:
    """Return what ends waited for, and which spans had a child that was running when they ended."""
    start, end, by_event = times
    count = len(parents)
    children = _children(parents, start)
    every = np.arange(count)
    before, after = [every], [every + count]
    late = np.zeros(count, dtype=bool)
    row, above = np.flatnonzero(parents != NO_ROW), parents[parents != NO_ROW]
    is_child = True
    while row.size:
        started = start[row] < end[above]
        row, above = row[started], above[started]
        joined = end[row] <= end[above] + ROUNDING_NS
        before.append(row[joined] + count)
        after.append(above[joined] + count)
        row, above = row[~joined], above[~joined]
        if is_child:
            before.append(row)
            after.append(above + count)
            late[above] = True
        is_child = False
        row, above = row[~by_event[row]], above[~by_event[row]]
        below = children.counts[row]
        row, above = children.row[ranges(children.first[row], below)], np.repeat(above, below)
    return (np.concatenate(before), np.concatenate(after)), late
