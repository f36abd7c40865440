"""What the time of whole traces was spent on: their critical paths, the gaps between, and why."""

from typing import Final, NamedTuple, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.xray_model.documents import INFERRED, SEGMENT, SUBSEGMENT
from tracing_lab.xray_model.lambda_segments import (
    ATTEMPT_PREFIX,
    BEFORE_FUNCTION,
    DWELL_TIME,
    FUNCTION,
    SERVICE as LAMBDA,
    attempt_name,
)

from .critical_paths import Pieces, all_pieces
from .frames import NOT_ENDED, nanoseconds
from .self_time import accounted_parents
from .tree import NO_ROW, Flags, Rows, families, levels

SERVICE: Final = "service"
COLD_START: Final = "cold start"
BUS: Final = "bus"
RETRY: Final = "retry"
UNTRACED: Final = "untraced"

CAUSES: Final = (SERVICE, COLD_START, BUS, RETRY, UNTRACED)
"""Why time passed, in the order of `PathParts.cause`."""


class PathParts(NamedTuple):
    """Stretches that partition each trace's time, by trace and start.

    Attributes
    ----------
    trace
        Number of the trace, as in the codes of the frame's index.
    row
        The span that the path was in; of a gap, the span that it ended with.
    owner
        The segment that this span is a part of.
    cause
        Position in `CAUSES`.
    start_ns, end_ns
        Nanoseconds since 1970.
    """

    trace: Rows
    row: Rows
    owner: Rows
    cause: npt.NDArray[np.int8]
    start_ns: Rows
    end_ns: Rows


class _Times(NamedTuple):
    """Starts and ends, inside the time that the trace took."""

    trace: Rows
    start: Rows
    end: Rows
    last: Rows
    """Row of the segment with which each trace ended."""


def path_parts(spans: pd.DataFrame) -> PathParts:
    """Return what each trace's time was spent on.

    A trace takes from the first start to the last end of its segments, as X-Ray counts it. Its
    critical path (`critical_pieces`) and the gaps in it partition that time exactly.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    PathParts
        Without traces of which no segment has ended.
    """
    if spans.empty:
        none = np.empty(0, dtype=np.int64)
        return PathParts(none, none, none, none.astype(np.int8), none, none)
    parents, owners = families(spans)
    accounted = accounted_parents(spans, parents)
    times = _times(spans)
    pieces = all_pieces(times.trace, accounted, times.start, times.end)
    pieces, is_gap = _with_gaps(pieces, times)
    trace = times.trace[pieces.row]
    cause = _causes(spans, parents, accounted)[pieces.row]
    gaps = np.flatnonzero(is_gap)
    row, gap_cause = _causes_of_gaps(spans, accounted, pieces, gaps, times.start)
    pieces.row[gaps] = row
    cause[gaps] = np.where(gap_cause == _code(SERVICE), cause[gaps], gap_cause)
    return PathParts(trace, pieces.row, owners[pieces.row], cause, pieces.start_ns, pieces.end_ns)


def _times(spans: pd.DataFrame) -> _Times:
    """Clip spans to what their trace took; all of them to nothing where no segment has ended."""
    index = cast("pd.MultiIndex", spans.index)
    trace = np.asarray(index.codes[0], dtype=np.int64)
    start, end = nanoseconds(spans["start"]), nanoseconds(spans["end"])
    is_segment = (spans["kind"] == SEGMENT).to_numpy(dtype=bool)
    segments = np.flatnonzero(is_segment)
    traces = len(index.levels[0])
    first = np.full(traces, np.iinfo(np.int64).max)
    np.minimum.at(first, trace[segments], start[segments])
    last = np.full(traces, NO_ROW)
    by_end = segments[end[segments] != NOT_ENDED]
    by_end = by_end[np.argsort(end[by_end], kind="stable")]
    last[trace[by_end]] = by_end
    finish = np.where(last == NO_ROW, NOT_ENDED, end[last])
    finish = np.maximum(finish, first, where=last != NO_ROW, out=finish)
    begin = np.where(last == NO_ROW, finish, first)
    low, high = begin[trace], finish[trace]
    begin = np.clip(start, low, high)
    return _Times(trace, begin, np.clip(np.maximum(start, end), begin, high), last)


def _with_gaps(pieces: Pieces, times: _Times) -> tuple[Pieces, Flags]:
    """Return pieces by trace and start, with the gaps between them, and which are gaps."""
    ends = times.last[times.last != NO_ROW]
    row = np.concatenate([pieces.row, ends])
    start = np.concatenate([pieces.start_ns, times.end[ends]])
    end = np.concatenate([pieces.end_ns, times.end[ends]])
    order = np.lexsort((end, start, times.trace[row]))
    row, start, end = row[order], start[order], end[order]
    before = np.roll(end, 1)
    opens = np.flatnonzero(np.diff(times.trace[row], prepend=NO_ROW))
    before[opens] = _first_starts(times)[times.trace[row[opens]]]
    gaps, some = before < start, start < end
    is_gap = np.concatenate([np.zeros(some.sum(), dtype=bool), np.ones(gaps.sum(), dtype=bool)])
    row = np.concatenate([row[some], row[gaps]])
    first = np.concatenate([start[some], before[gaps]])
    final = np.concatenate([end[some], start[gaps]])
    order = np.lexsort((first, times.trace[row]))
    return Pieces(row[order], first[order], final[order]), is_gap[order]


def _first_starts(times: _Times) -> Rows:
    first = np.full(len(times.last), np.iinfo(np.int64).max)
    np.minimum.at(first, times.trace, times.start)
    return first


def _code(cause: str) -> int:
    return CAUSES.index(cause)


def _causes(spans: pd.DataFrame, parents: Rows, accounted: Rows) -> npt.NDArray[np.int8]:
    """Return what the own time of each span counts as."""
    names, origins = spans["name"], spans["origin"]
    of_lambda = origins.isin([LAMBDA, FUNCTION]).to_numpy(dtype=bool)
    is_part = (spans["kind"] == SUBSEGMENT).to_numpy(dtype=bool) & (parents != NO_ROW)
    is_part &= of_lambda[parents]
    cause = np.full(len(spans), _code(SERVICE), dtype=np.int8)
    cause[is_part & names.isin(BEFORE_FUNCTION).to_numpy(dtype=bool)] = _code(COLD_START)
    cause[is_part & (names == DWELL_TIME).to_numpy(dtype=bool)] = _code(BUS)
    is_attempt = is_part & names.str.startswith(ATTEMPT_PREFIX).to_numpy(dtype=bool)
    start = nanoseconds(spans["start"])
    retried = _retried(np.flatnonzero(is_attempt), parents, start)
    if retried.any():
        on_bus = (spans["kind"] == INFERRED).to_numpy(dtype=bool)
        for level in [*levels(accounted)][1:]:
            above = accounted[level]
            retried[level] |= retried[above] & ~on_bus[above]
        cause[retried] = _code(RETRY)
    return cause


def _retried(attempts: Rows, parents: Rows, start: Rows) -> Flags:
    """Return which spans are attempts that another one followed."""
    retried = np.zeros(len(parents), dtype=bool)
    latest = np.full(len(parents), NOT_ENDED)
    np.maximum.at(latest, parents[attempts], start[attempts])
    retried[attempts] = start[attempts] < latest[parents[attempts]]
    return retried


def _causes_of_gaps(
    spans: pd.DataFrame, parents: Rows, pieces: Pieces, gaps: Rows, start: Rows
) -> tuple[Rows, npt.NDArray[np.int8]]:
    """Return the span that each gap ended with, and what the gap counts as.

    The span is the outermost of those that began when the gap ended: whatever it hangs from had
    ended or gone on before, and this one had not begun. `SERVICE` stands for a gap inside a span.
    """
    row, until = pieces.row[gaps], pieces.end_ns[gaps]
    inside = start[row] < until
    for _ in range(int(spans["depth"].max()) + 1):
        above = parents[row]
        climbs = (above != NO_ROW) & (start[above] >= until) & ~inside
        if not climbs.any():
            break
        row = np.where(climbs, above, row)
    caller, waiter = spans.iloc[parents[row]], spans.iloc[row]
    has_caller = parents[row] != NO_ROW
    by_bus = has_caller & (caller["kind"] == INFERRED).to_numpy(dtype=bool)
    by_lambda = has_caller & (caller["origin"] == LAMBDA).to_numpy(dtype=bool)
    attempt = by_lambda & waiter["name"].str.startswith(ATTEMPT_PREFIX).to_numpy(dtype=bool)
    is_first = (waiter["name"] == attempt_name(1)).to_numpy(dtype=bool)
    cause = np.select(
        [inside, by_bus | (attempt & is_first), attempt],
        [_code(SERVICE), _code(BUS), _code(RETRY)],
        default=_code(UNTRACED),
    )
    return row, cause.astype(np.int8)
