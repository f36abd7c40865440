"""A span frame as rows that know their callers, calls and parts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.spans.entries import entry_rows
from tracing_lab.spans.frames import NOT_ENDED, nanoseconds
from tracing_lab.spans.tree import families, levels
from tracing_lab.xray_model.documents import INFERRED, REQUEST_KINDS
from tracing_lab.xray_model.lambda_segments import DWELL_TIME, FUNCTION, INVOCATION, SERVICE
from tracing_lab.xray_model.nodes import REMOTE

from .model import ReplayTarget

STAGE: Final = "AWS::ApiGateway::Stage"
_ACCEPTED: Final = 202
_NS: Final = 1e9


@dataclass(frozen=True)
class RecordedSpan:
    """A row of the frame.

    Parameters
    ----------
    row
        Its number.
    trace
        Number of its trace.
    parent, owner
        Rows of its parent, -1 where there is none, and of the segment that it is part of.
    kind, name, service, origin, status
        As in the frame; "" for no origin.
    http_status
        None where there is none.
    start_s, end_s
        Seconds from the frame's first start; the end is NaN while in progress.
    """

    row: int
    trace: int
    parent: int
    owner: int
    kind: str
    name: str
    service: str
    origin: str
    status: str
    http_status: int | None
    start_s: float
    end_s: float

    @property
    def is_request(self) -> bool:
        """Whether it stands for a request that a node served."""
        return self.kind in REQUEST_KINDS

    @property
    def is_inferred(self) -> bool:
        """Whether X-Ray has inferred it."""
        return self.kind == INFERRED

    @property
    def is_open(self) -> bool:
        """Whether it was in progress."""
        return bool(np.isnan(self.end_s))

    @property
    def node(self) -> tuple[str, str]:
        """Name and type of its node in the service graph."""
        is_remote = self.is_inferred and not self.origin
        return self.service, REMOTE if is_remote else self.origin


@dataclass(frozen=True)
class RecordedTraces:
    """The spans of a frame, and how they hang together.

    Parameters
    ----------
    spans
        Every row, in the frame's order.
    trace_ids
        Ids of the traces by their numbers.
    entries
        Rows at which requests entered.
    unreached
        Rows that no root leads to, because their parents form a circle.
    """

    spans: Sequence[RecordedSpan]
    trace_ids: Sequence[str]
    entries: Sequence[int]
    unreached: frozenset[int]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> "RecordedTraces":
        """Return the recording of a span frame."""
        parents, owners = families(frame)
        reached = np.zeros(len(frame), dtype=bool)
        for rows in levels(parents):
            reached[rows] = True
        trace = np.asarray(frame.index.codes[0])  # type: ignore[attr-defined] # of a MultiIndex
        columns = _columns(frame)
        spans = [
            RecordedSpan(row, *links, **{name: values[row] for name, values in columns.items()})
            for row, links in enumerate(
                zip(trace.tolist(), parents.tolist(), owners.tolist(), strict=True)
            )
        ]
        trace_ids = [str(trace_id) for trace_id in frame.index.levels[0]]  # type: ignore[attr-defined]
        entries = [int(row) for row in entry_rows(frame)]
        return cls(spans, trace_ids, entries, frozenset(np.flatnonzero(~reached).tolist()))

    @cached_property
    def entry_rows(self) -> frozenset[int]:
        """The same rows, to look one up."""
        return frozenset(self.entries)

    @cached_property
    def requests_below(self) -> dict[int, list[int]]:
        """Requests by the row that they hang from."""
        return self._below(is_request=True)

    @cached_property
    def parts_below(self) -> dict[int, list[int]]:
        """Subsegments by the row that they hang from."""
        return self._below(is_request=False)

    def _below(self, *, is_request: bool) -> dict[int, list[int]]:
        found: defaultdict[int, list[int]] = defaultdict(list)
        for span in self.spans:
            if span.parent >= 0 and span.is_request == is_request:
                found[span.parent].append(span.row)
        return dict(found)

    @cached_property
    def calls_of(self) -> dict[int, dict[int, list[int]]]:
        """By the row of a segment: the rows that made calls, and the requests that these led to."""
        found: defaultdict[int, dict[int, list[int]]] = defaultdict(dict)
        for caller, requests in self.requests_below.items():
            found[self.spans[caller].owner][caller] = requests
        return dict(found)

    def called_by(self, segment: int) -> list[int]:
        """Return the rows of all requests that a segment made."""
        calls = self.calls_of.get(segment, {})
        return [row for requests in calls.values() for row in requests]

    def functions_of(self, row: int) -> list[int]:
        """Return the function segments below a segment of Lambda's service, by start."""
        if self.spans[row].origin != SERVICE or self.spans[row].is_inferred:
            return []
        called = self.called_by(row)
        runs = [row for row in called if self.spans[row].origin == FUNCTION]
        return sorted(runs, key=lambda row: self.spans[row].start_s)

    def is_event(self, row: int) -> bool:
        """Return whether a request did not wait for its service."""
        span = self.spans[row]
        if span.parent >= 0 and self.spans[span.parent].is_inferred:
            return True
        if span.origin != SERVICE:
            return False
        parts = (self.spans[part].name for part in self.parts_below.get(row, ()))
        return span.http_status == _ACCEPTED or DWELL_TIME in parts

    def run_span(self, row: int) -> RecordedSpan:
        """Return the span in which a segment's code ran: a function's invocation, or itself."""
        parts = (self.spans[part] for part in self.parts_below.get(row, ()))
        invocation = (part for part in parts if part.name == INVOCATION)
        is_function = self.spans[row].origin == FUNCTION
        return next(invocation, self.spans[row]) if is_function else self.spans[row]


Targets = dict[int, ReplayTarget]
"""What plays a request, by its row."""


def _columns(frame: pd.DataFrame) -> dict[str, list[Any]]:
    start, end = nanoseconds(frame["start"]), nanoseconds(frame["end"])
    first = start.min() if len(start) else 0
    ended = np.where(end == NOT_ENDED, np.nan, (end - first) / _NS)
    origins = frame["origin"].astype(object)
    return {
        **{name: frame[name].astype(str).tolist() for name in ("kind", "name", "service")},
        "origin": origins.where(origins.notna(), "").tolist(),
        "status": frame["status"].astype(str).tolist(),
        "http_status": [None if pd.isna(value) else int(value) for value in frame["http_status"]],
        "start_s": ((start - first) / _NS).tolist(),
        "end_s": ended.tolist(),
    }
