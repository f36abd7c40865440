"""Spans as Chrome's trace event format, which Perfetto (ui.perfetto.dev) and others open.

The format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
"""

import bisect
import heapq
import itertools
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import pandas as pd

from tracing_lab import files
from tracing_lab.spans.frames import nanoseconds
from tracing_lab.spans.tree import Rows, families

_NS_PER_US: Final = 1000

Event = dict[str, Any]

_TEXTS: Final = ("span_id", "parent_id", "kind", "origin", "status", "http_status")
_FLAGS: Final = ("error", "fault", "throttle", "cold_start")


def spans_to_chrome_trace(spans: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write spans for a trace viewer: drop the file on ui.perfetto.dev, or on speedscope.app.

    Parameters
    ----------
    spans
        A span frame; spans in progress are left out. What their columns have is in the arguments of
        slices.
    path
        File to write, best ending in ``.json``; its folder is made when missing.

    Returns
    -------
    path
        The file written.
    """
    content = {"traceEvents": _events(spans), "displayTimeUnit": "ms"}
    return files.write_bytes(path, orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY))


def _events(spans: pd.DataFrame) -> list[Event]:
    """Return trace events: a process per trace, a thread per segment, a slice per span.

    Slices of a thread must nest, so subsegments that overlap get another thread.
    Arrows lead from the calling span to the segment it caused.
    """
    done = spans[spans["end"].notna()]
    parents, owners = families(done)
    process, trace_ids = pd.factorize(done.index.get_level_values("trace_id"))
    records = done.reset_index().to_dict("records")
    threads = _threads(done, owners)
    events: list[Event] = [
        _name("process_name", number, 0, f"trace {trace_id}")
        for number, trace_id in enumerate(trace_ids)
    ]
    for row, span in enumerate(records):
        place = {"pid": int(process[row]), "tid": threads[row]}
        events.append(_slice(span, place))
        if owners[row] == row:
            events.append(_name("thread_name", place["pid"], place["tid"], span["service"]))
            if parents[row] >= 0:
                caller = int(parents[row])
                source = {"pid": int(process[caller]), "tid": threads[caller]}
                events += _arrow(row, (records[caller], source), (span, place))
    return events


def _slice(span: dict[Any, Any], place: dict[str, int]) -> Event:
    known = {name: span[name] for name in _TEXTS if not pd.isna(span[name])}
    known |= {name: True for name in _FLAGS if span[name]}
    known |= {"annotations": span["annotations"]} if span["annotations"] else {}
    return {
        "ph": "X",
        "name": span["name"],
        "cat": span["kind"],
        "ts": _microseconds(span["start"]),
        "dur": _microseconds(span["end"]) - _microseconds(span["start"]),
        **place,
        "args": known,
    }


def _arrow(
    number: int,
    source: tuple[dict[Any, Any], dict[str, int]],
    target: tuple[dict[Any, Any], dict[str, int]],
) -> Iterator[Event]:
    """Return an arrow from inside the caller's slice to the start of the callee's."""
    (caller, from_place), (callee, to_place) = source, target
    leaves = min(max(callee["start"], caller["start"]), caller["end"])
    common = {"name": "causes", "cat": "cause", "id": number}
    yield {**common, "ph": "s", "ts": _microseconds(leaves), **from_place}
    yield {**common, "ph": "f", "bp": "e", "ts": _microseconds(callee["start"]), **to_place}


def _name(what: str, process: int, thread: int, name: str) -> Event:
    return {"ph": "M", "name": what, "pid": process, "tid": thread, "args": {"name": name}}


class _Lanes:
    """The threads of a segment: in each, what begins before another has ended lies within it."""

    def __init__(self) -> None:
        self._open: list[tuple[int, int]] = []  # the next end in a lane, and the lane, ordered
        self._ends: dict[int, list[int]] = {}  # all ends in a lane, the next one last
        self._free: list[int] = []  # a heap of lanes in which everything has ended

    def place(self, start: int, end: int) -> int | None:
        """Return the lane for a span that begins no earlier than those before; None for a new one.

        It is the one in which it lies most closely within another, or else one that is free.
        """
        while self._open and self._open[0][0] <= start:
            _, lane = self._open.pop(0)
            self._ends[lane].pop()
            self._reopen(lane)
        place = bisect.bisect_left(self._open, (end, 0))
        if place == len(self._open):
            return heapq.heappop(self._free) if self._free else None
        return self._open.pop(place)[1]

    def add(self, lane: int, end: int) -> None:
        """Add a span to the lane where it has its place."""
        self._ends.setdefault(lane, []).append(end)
        self._reopen(lane)

    def _reopen(self, lane: int) -> None:
        if self._ends[lane]:
            bisect.insort(self._open, (self._ends[lane][-1], lane))
        else:
            heapq.heappush(self._free, lane)


def _threads(spans: pd.DataFrame, owners: Rows) -> list[int]:
    """Return each row's thread: its segment's, or a further one in which it nests."""
    start, end = nanoseconds(spans["start"]).tolist(), nanoseconds(spans["end"]).tolist()
    threads = [0] * len(spans)
    segments: dict[int, _Lanes] = defaultdict(_Lanes)
    count = itertools.count(1)
    order = sorted(range(len(spans)), key=lambda row: (owners[row], start[row], -end[row], row))
    for row in order:
        lanes = segments[int(owners[row])]
        threads[row] = lanes.place(start[row], end[row]) or next(count)
        lanes.add(threads[row], end[row])
    return threads


def _microseconds(time: pd.Timestamp) -> int:
    return time.value // _NS_PER_US
