"""What filter expressions evaluate, from a span frame."""

import math
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

import pandas as pd

from tracing_lab.filters import (
    EdgeFacts,
    FactColumns,
    NodeFacts,
    NodeId,
    RequestFacts,
    TraceFacts,
)
from tracing_lab.spans.frames import nanoseconds
from tracing_lab.xray_model.calls import waits_for_callee
from tracing_lab.xray_model.documents import INFERRED, REQUEST_KINDS, SUBSEGMENT
from tracing_lab.xray_model.nodes import node_type
from tracing_lab.xray_model.outcomes import is_ok
from tracing_lab.xray_model.traces import duration_s, flag_at_root, is_partial

from .entries import entry_rows
from .tree import families

_TRACES_AT_A_TIME: Final = 500


def columns_from_spans(spans: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], FactColumns]]:
    """Yield what filter expressions evaluate, for some hundred traces at a time.

    Parameters
    ----------
    spans
        A span frame.

    Yields
    ------
    trace_ids, columns
        The traces, in the order of the frame, and their facts.
    """
    traces = _Frame(spans).traces()
    while some := list(islice(traces, _TRACES_AT_A_TIME)):
        trace_ids, facts = zip(*some, strict=True)
        yield trace_ids, FactColumns(facts)


class _Frame:
    """A span frame as lists, and the facts of its traces."""

    def __init__(self, spans: pd.DataFrame) -> None:
        self._trace_ids = spans.index.get_level_values("trace_id")
        parents, owners = families(spans)
        self._parents: list[int] = parents.tolist()
        self._owners: list[int] = owners.tolist()
        self._kind: list[str] = spans["kind"].tolist()
        self._error: list[bool] = spans["error"].tolist()
        self._duration_s = _or_none(spans["duration_s"])
        self._start_s: list[float] = (nanoseconds(spans["start"]) / 1e9).tolist()
        self._end_s = [
            None if duration_s is None else start_s + duration_s
            for start_s, duration_s in zip(self._start_s, self._duration_s, strict=True)
        ]
        self._tree_s = self._durations_with_parts()
        self._nodes = [*map(_node_id, spans["service"], spans["origin"], self._kind)]
        self._requests = self._read_requests(spans)
        self._annotations = spans["annotations"].tolist()
        self._entries = set(entry_rows(spans).tolist())

    def traces(self) -> Iterator[tuple[str, TraceFacts]]:
        """Yield each trace's id and its facts."""
        rows_of: dict[str, list[int]] = {}
        for row, trace_id in enumerate(self._trace_ids):
            rows_of.setdefault(trace_id, []).append(row)
        for trace_id, rows in rows_of.items():
            yield trace_id, self._facts(rows)

    def _facts(self, rows: list[int]) -> TraceFacts:
        segments = [row for row in rows if self._kind[row] in REQUEST_KINDS]
        return TraceFacts(
            request=self._root_request(rows, segments),
            inferred=any(self._kind[row] == INFERRED for row in segments),
            nodes=tuple(self._node(row) for row in segments),
            edges=tuple(self._edge(row) for row in segments if self._is_called(row)),
            annotations=self._annotations_of(rows),
        )

    def _root_request(self, rows: list[int], segments: list[int]) -> RequestFacts:
        """Return the root's request with the flags and times of the whole trace."""
        root = next((row for row in segments if row in self._entries), None)
        request = _NO_REQUEST if root is None else self._request_at(root, segments)
        response_s = None if request.response_s is None else round(request.response_s, 3)
        tops = [row for row in rows if self._kind[row] != SUBSEGMENT or self._parents[row] < 0]
        ends_s = [end_s for row in tops if (end_s := self._end_s[row]) is not None]
        return request._replace(
            partial=is_partial((self._kind[row], self._end_s[row] is None) for row in tops),
            response_s=response_s,
            duration_s=duration_s((self._start_s[row] for row in tops), ends_s),
        )

    def _request_at(self, root: int, segments: list[int]) -> RequestFacts:
        request, origin = self._requests[root], self._nodes[root][1]
        own = [row for row in segments if self._parents[row] == root]
        errors = (self._error[row] for row in own)
        faults = (self._requests[row].fault for row in own)
        error = flag_at_root(origin, own=request.error, children=errors)
        fault = flag_at_root(origin, own=request.fault, children=faults)
        return request._replace(ok=request.ok and not (error or fault), error=error, fault=fault)

    def _node(self, row: int) -> NodeFacts:
        request = self._requests[row]._replace(duration_s=self._tree_s[row])
        inferred = self._kind[row] == INFERRED
        return NodeFacts(self._nodes[row], row in self._entries, inferred, request)

    def _is_called(self, row: int) -> bool:
        parent = self._parents[row]
        return parent >= 0 and self._kind[self._owners[parent]] in REQUEST_KINDS

    def _edge(self, row: int) -> EdgeFacts:
        """Return the call that led to a segment, as it was measured."""
        parent = self._parents[row]
        observed = parent if waits_for_callee(self._kind[parent]) else row
        return EdgeFacts(
            self._nodes[self._owners[parent]], self._nodes[row], self._requests[observed]
        )

    def _annotations_of(self, rows: list[int]) -> dict[str, tuple[Any, ...]]:
        values_of: dict[str, list[Any]] = {}
        for row in rows:
            for key, value in self._annotations[row].items():
                values_of.setdefault(key, []).append(value)
        return {key: tuple(values) for key, values in values_of.items()}

    def _durations_with_parts(self) -> list[float | None]:
        """Return each segment's duration, with subsegments that start before or end after it."""
        first, last = [*self._start_s], [*self._end_s]
        for row, owner in enumerate(self._owners):
            first[owner] = min(first[owner], self._start_s[row])
            own, part = last[owner], self._end_s[row]
            if own is not None and part is not None:
                last[owner] = max(own, part)
        ends = zip(first, last, strict=True)
        return [None if end_s is None else end_s - start_s for start_s, end_s in ends]

    def _read_requests(self, spans: pd.DataFrame) -> list[RequestFacts]:
        flags = (spans[name].tolist() for name in ("throttle", "fault"))
        statuses = [None if pd.isna(status) else int(status) for status in spans["http_status"]]
        return [
            RequestFacts(
                ok=is_ok(
                    flagged=error or throttle or fault, is_open=duration_s is None, status=status
                ),
                error=error or throttle,
                throttle=throttle,
                fault=fault,
                partial=duration_s is None,
                response_s=duration_s,
                duration_s=duration_s,
                status=status,
            )
            for error, throttle, fault, status, duration_s in zip(
                self._error, *flags, statuses, self._duration_s, strict=True
            )
        ]


_NO_REQUEST: Final = RequestFacts(ok=False, error=False, throttle=False, fault=False, partial=False)


def _node_id(service: str, origin: Any, kind: str) -> NodeId:
    return service, node_type(kind, origin if isinstance(origin, str) else None), None


def _or_none(numbers: "pd.Series[float]") -> list[float | None]:
    return [None if math.isnan(number) else number for number in numbers.tolist()]
