"""Choose traces of a span frame by filter expression.

Means the same as on X-Ray, as far as a span frame knows: it has no URLs, users or root causes.
"""

import math
from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from . import _timing
from ._entries import entry_rows
from ._span_schema import INFERRED, LAMBDA_SERVICE, SUBSEGMENT
from .errors import TraceDataError
from .filters import (
    Edge,
    EdgeFacts,
    Expression,
    Matcher,
    NodeFacts,
    NodeId,
    Request,
    RootCause,
    RootCauseShape,
    Service,
    Test,
    TraceFacts,
    is_ok,
    matcher,
    parse,
    walk,
)

_REMOTE: Final = "remote"
_UNKNOWN: Final = frozenset(
    {
        "account.id",
        "availabilityzone",
        "group.arn",
        "group.name",
        "http.clientip",
        "http.method",
        "http.url",
        "http.useragent",
        "instance.id",
        "resource.arn",
        "user",
    }
)
"""Keywords about what span frames do not have."""


def matching_traces(spans: pd.DataFrame, expression: str) -> list[str]:
    """Return the ids of the traces that an expression holds for.

    Parameters
    ----------
    spans
        A span frame.
    expression
        A filter expression.

    Raises
    ------
    FilterSyntaxError
        If the expression cannot be read.
    TraceDataError
        If it asks for something that a span frame does not have.
    """
    matches = matcher_for_spans(expression)
    return [trace_id for trace_id, facts in facts_from_spans(spans) if matches(facts)]


def matcher_for_spans(expression: str) -> Matcher:
    """Return the function that tells whether an expression holds for facts from a span frame.

    Parameters
    ----------
    expression
        A filter expression.

    Raises
    ------
    FilterSyntaxError
        If the expression cannot be read.
    TraceDataError
        If it asks for something that a span frame does not have.
    """
    parsed = parse(expression)
    _refuse_unknown(parsed)
    return matcher(parsed)


def facts_from_spans(spans: pd.DataFrame) -> Iterator[tuple[str, TraceFacts]]:
    """Yield each trace's id and what filter expressions look at in it.

    Parameters
    ----------
    spans
        A span frame.

    Yields
    ------
    trace_id, facts
        In the order of the frame.
    """
    yield from _Frame(spans).traces()


def _refuse_unknown(expression: Expression) -> None:
    unknown = sorted({name for part in walk(expression) for name in _unknown_in(part)})
    if unknown:
        msg = (
            f"A span frame has no {', '.join(unknown)}. Leave that out of the expression, or have "
            "X-Ray choose: give it as FilterExpression of GetTraceSummaries."
        )
        raise TraceDataError(msg)


def _unknown_in(part: Expression) -> Iterator[str]:
    match part:
        case Test(keyword) if keyword in _UNKNOWN:
            yield keyword
        case Service(node) if node.account_id is not None:
            yield "account.id"
        case Edge(source, target) if (source.account_id or target.account_id) is not None:
            yield "account.id"
        case RootCause() | RootCauseShape():
            yield "root causes"


class _Frame:
    """A span frame as lists, and the facts of its traces."""

    def __init__(self, spans: pd.DataFrame) -> None:
        self._trace_ids = spans.index.get_level_values("trace_id")
        parents, owners = _timing.families(spans)
        self._parents: list[int] = parents.tolist()
        self._owners: list[int] = owners.tolist()
        self._kind: list[str] = spans["kind"].tolist()
        self._error: list[bool] = spans["error"].tolist()
        self._duration_s = _or_none(spans["duration_s"])
        self._start_s: list[float] = (_timing.nanoseconds(spans["start"]) / 1e9).tolist()
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
        """Give each trace and its facts."""
        rows_of: dict[str, list[int]] = {}
        for row, trace_id in enumerate(self._trace_ids):
            rows_of.setdefault(trace_id, []).append(row)
        for trace_id, rows in rows_of.items():
            yield trace_id, self._facts(rows)

    def _facts(self, rows: list[int]) -> TraceFacts:
        segments = [row for row in rows if self._kind[row] != SUBSEGMENT]
        return TraceFacts(
            request=self._root_request(rows, segments),
            inferred=any(self._kind[row] == INFERRED for row in segments),
            nodes=tuple(self._node(row) for row in segments),
            edges=tuple(self._edge(row) for row in segments if self._is_called(row)),
            annotations=self._annotations_of(rows),
        )

    def _root_request(self, rows: list[int], segments: list[int]) -> Request:
        """Give the request of the root; a failed function shows through its Lambda service."""
        root = next((row for row in segments if row in self._entries), None)
        request = _NO_REQUEST if root is None else self._requests[root]
        if root is not None and self._nodes[root][1] == LAMBDA_SERVICE:
            own = [row for row in segments if self._parents[row] == root]
            error = request.error or any(self._error[row] for row in own)
            fault = request.fault or any(self._requests[row].fault for row in own)
            ok = request.ok and not (error or fault)
            request = request._replace(ok=ok, error=error, fault=fault)
        response_s = None if request.response_s is None else round(request.response_s, 3)
        tops = [row for row in rows if self._kind[row] != SUBSEGMENT or self._parents[row] < 0]
        waits = any(self._end_s[row] is None for row in tops if self._kind[row] != INFERRED)
        return request._replace(
            partial=waits, response_s=response_s, duration_s=self._from_start_to_end_s(tops)
        )

    def _from_start_to_end_s(self, rows: list[int]) -> float:
        ends = [end_s for row in rows if (end_s := self._end_s[row]) is not None]
        return round(max(ends) - min(self._start_s[row] for row in rows), 3) if ends else 0.0

    def _node(self, row: int) -> NodeFacts:
        request = self._requests[row]._replace(duration_s=self._tree_s[row])
        inferred = self._kind[row] == INFERRED
        return NodeFacts(self._nodes[row], row in self._entries, inferred, request)

    def _is_called(self, row: int) -> bool:
        parent = self._parents[row]
        return parent >= 0 and self._kind[self._owners[parent]] != SUBSEGMENT

    def _edge(self, row: int) -> EdgeFacts:
        """Give the call that led to a segment; an event service does not wait for its target."""
        parent = self._parents[row]
        seen = row if self._kind[parent] == INFERRED else parent
        return EdgeFacts(self._nodes[self._owners[parent]], self._nodes[row], self._requests[seen])

    def _annotations_of(self, rows: list[int]) -> dict[str, tuple[Any, ...]]:
        found: dict[str, list[Any]] = {}
        for row in rows:
            for key, value in self._annotations[row].items():
                found.setdefault(key, []).append(value)
        return {key: tuple(values) for key, values in found.items()}

    def _durations_with_parts(self) -> list[float | None]:
        """Give each segment's time with that of the subsegments that stick out of it."""
        first, last = [*self._start_s], [*self._end_s]
        for row, owner in enumerate(self._owners):
            first[owner] = min(first[owner], self._start_s[row])
            own, part = last[owner], self._end_s[row]
            if own is not None and part is not None:
                last[owner] = max(own, part)
        ends = zip(first, last, strict=True)
        return [None if end_s is None else end_s - start_s for start_s, end_s in ends]

    def _read_requests(self, spans: pd.DataFrame) -> list[Request]:
        flags = (spans[name].tolist() for name in ("throttle", "fault"))
        statuses = [None if pd.isna(one) else int(one) for one in spans["http_status"]]
        return [
            Request(
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


_NO_REQUEST: Final = Request(ok=False, error=False, throttle=False, fault=False, partial=False)


def _node_id(service: str, origin: Any, kind: str) -> NodeId:
    if isinstance(origin, str):
        return service, origin, None
    return service, _REMOTE if kind == INFERRED else None, None


def _or_none(numbers: "pd.Series[float]") -> list[float | None]:
    return [None if math.isnan(one) else one for one in numbers.tolist()]
