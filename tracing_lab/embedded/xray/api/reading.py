"""The operations that read traces: summaries, whole traces, graphs."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from tracing_lab.embedded.xray import undocumented
from tracing_lab.embedded.xray.derive.graph_output import services_from_total
from tracing_lab.embedded.xray.derive.rendering import render
from tracing_lab.embedded.xray.derive.summaries import trace_duration_s
from tracing_lab.embedded.xray.derive.views import TraceView, TraceViews, processed
from tracing_lab.embedded.xray.derive.window import GraphWindows, graph_of
from tracing_lab.embedded.xray.store.records import StoredTrace
from tracing_lab.embedded.xray.store.traces import TraceStore

from . import requests
from .groups import Groups
from .indexing import Indexed
from .requests import Members, Operation
from .selection import TraceRange, Wanted, select_page, selector
from .summary_sampling import SummarySample, read_sample

MAX_BATCH_IDS = 5
_MAX_TRACE_ID = 35
GRAPH_MAX_SPAN_S = 6 * 3600

_TRACE_ID_RANGE, _EVENT_RANGE, _SERVICE_RANGE = _RANGES = ("TraceId", "Event", "Service")
_ORDER_COLUMN = {_TRACE_ID_RANGE: "epoch_s", _EVENT_RANGE: "start_s", _SERVICE_RANGE: "end_s"}
_CONDITION = {
    _TRACE_ID_RANGE: "epoch_s >= ? AND epoch_s < ?",
    _EVENT_RANGE: "end_s >= ? AND start_s < ?",
    _SERVICE_RANGE: "end_s >= ? AND end_s < ?",
}


class TraceReader:
    """Responds to GetTraceSummaries, BatchGetTraces, GetServiceGraph and GetTraceGraph.

    Parameters
    ----------
    store
        Has the documents.
    views
        The data derived from them.
    windows
        Service graphs of time windows.
    groups
        The groups that requests may name.
    indexed
        Returns the condition of indexed traces; None if all are.
    """

    def __init__(
        self,
        store: TraceStore,
        views: TraceViews,
        windows: GraphWindows,
        groups: Groups,
        *,
        indexed: Callable[[], Indexed | None],
    ) -> None:
        self._store = store
        self._views = views
        self._windows = windows
        self._groups = groups
        self._indexed = indexed

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return {
            "GetTraceSummaries": self.summaries,
            "BatchGetTraces": self.traces,
            "GetServiceGraph": self.service_graph,
            "GetTraceGraph": self.trace_graph,
        }

    def clear(self) -> None:
        """Clear derived data."""
        self._views.clear()
        self._windows.clear()

    def summaries(self, members: Members) -> dict[str, Any]:
        """Respond to GetTraceSummaries, newest traces first."""
        start_s, end_s = requests.time_range(members, longest_s=undocumented.SUMMARY_MAX_SPAN_S)
        kind = requests.choice(members, "TimeRangeType", _RANGES)
        sample = read_sample(members)
        page = select_page(
            self._store,
            self._views,
            TraceRange(_ORDER_COLUMN[kind], _CONDITION[kind], sample.narrowed(start_s, end_s)),
            trace_filter=selector(members, self._groups.expression),
            wanted=_wanted(sample, self._indexed()),
            after=requests.decode_token(members, check=_is_position),
            size=undocumented.SUMMARY_PAGE_SIZE,
        )
        self._store.mark_read(view.record.trace_id for view in page.views)
        answer: dict[str, Any] = {
            "TraceSummaries": [_summary(view, kind, end_s) for view in page.views],
            "ApproximateTime": start_s,
            "TracesProcessedCount": page.processed,
        }
        if page.last is not None:
            position = getattr(page.last, _ORDER_COLUMN[kind]), page.last.trace_id
            answer |= {
                "ApproximateTime": position[0],
                "NextToken": requests.encode_token(position),
            }
        return answer

    def traces(self, members: Members) -> dict[str, Any]:
        """Respond to BatchGetTraces."""
        ids = _trace_ids(members, most=MAX_BATCH_IDS)
        stored = self._found(ids)
        self._store.mark_read(stored)
        return {
            "Traces": [_trace(stored[trace_id]) for trace_id in ids if trace_id in stored],
            "UnprocessedTraceIds": [trace_id for trace_id in ids if trace_id not in stored],
        }

    def service_graph(self, members: Members) -> dict[str, Any]:
        """Respond to GetServiceGraph."""
        start_s, end_s = requests.time_range(members, longest_s=GRAPH_MAX_SPAN_S)
        group = self._groups.requested(members)
        trace_filter = selector(group.as_member(), self._groups.expression)
        requests.text(members, "NextToken")
        return {
            "StartTime": start_s,
            "EndTime": end_s,
            "Services": services_from_total(self._windows.graph(start_s, end_s, trace_filter)),
            "ContainsOldGroupVersions": False,
        }

    def trace_graph(self, members: Members) -> dict[str, Any]:
        """Respond to GetTraceGraph; unknown traces add nothing."""
        ids = _trace_ids(members, most=None)
        records = [stored.record for stored in self._found(ids).values()]
        return {"Services": services_from_total(graph_of(self._views, records))}

    def _found(self, ids: Iterable[str]) -> dict[str, StoredTrace]:
        indexed = self._indexed()
        return self._store.load(ids if indexed is None else filter(indexed, ids))


def _wanted(sample: SummarySample, indexed: Indexed | None) -> Wanted | None:
    sampled = sample.wanted()
    if indexed is None or sampled is None:
        return sampled if indexed is None else lambda record: indexed(record.trace_id)
    return lambda record: sampled(record) and indexed(record.trace_id)


def _trace_ids(members: Members, *, most: int | None) -> list[str]:
    ids = requests.texts(members, "TraceIds", most=most, longest=_MAX_TRACE_ID)
    return list(dict.fromkeys(ids))


def _is_position(value: Any) -> bool:
    match value:
        case [int() | float(), str()]:
            return True
    return False


def _summary(view: TraceView, kind: str, end_s: float) -> Any:
    if kind != _EVENT_RANGE:
        return orjson.Fragment(view.summary)
    matched_s = min(view.record.end_s, end_s)
    return {**orjson.loads(view.summary), "MatchedEventTime": matched_s}


def _trace(stored: StoredTrace) -> dict[str, Any]:
    trace = processed(stored)
    size = sum(map(len, stored.bodies))
    return {
        "Id": trace.id,
        "Duration": trace_duration_s(trace.segments),
        "LimitExceeded": size > undocumented.TRACE_LIMIT_BYTES,
        "Segments": [
            {"Id": segment["id"], "Document": render(segment)} for segment in trace.segments
        ],
    }
