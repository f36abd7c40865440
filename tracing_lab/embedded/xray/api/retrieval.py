"""Trace retrieval: starts and cancels retrievals, returns their traces and graph.

AWS X-Ray API reference. On AWS a retrieval reads the log group ``aws/spans``, which takes a while.
Here it also has what X-Ray stores, which outlives the server, and is complete immediately. Traces
are read when the first page is asked for.
"""

import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from tracing_lab.embedded.xray import undocumented
from tracing_lab.embedded.xray.derive.graph import observe, total
from tracing_lab.embedded.xray.derive.graph_output import services_from_total
from tracing_lab.embedded.xray.derive.nodes import NodeKey, nodes_of
from tracing_lab.embedded.xray.derive.retrieved import RetrievedTrace, retrieved
from tracing_lab.embedded.xray.derive.span_log import SpanLog
from tracing_lab.embedded.xray.derive.summaries import trace_duration_s
from tracing_lab.embedded.xray.derive.tree import ProcessedTrace, walk
from tracing_lab.embedded.xray.store.traces import TraceStore

from . import requests
from .errors import ResourceNotFound
from .paging import page_of
from .records import RecordChange, Records
from .requests import Members, Operation

_KIND: Final = "trace-retrieval"
_COMPLETE, _CANCELLED, _TIMEOUT = "COMPLETE", "CANCELLED", "TIMEOUT"
_XRAY, _OTEL = "XRAY", "OTEL"
_REFERENCE_TYPE: Final = "aws.xray.reserved.reference_type"
_MAX_TRACES: Final = 100
_MAX_TRACE_ID: Final = 35
_MAX_TOKEN: Final = 1020
_SPANS_PER_TRACE: Final = 100
_TRACES_PER_PAGE: Final = 5
_SERVICES_PER_PAGE: Final = 1000
_MAX_LINKS: Final = 100


class Retrievals:
    """Responds to calls about trace retrieval. Thread-safe.

    Parameters
    ----------
    store
        Has the documents of traces.
    span_log
        Has the records of their spans.
    records
        Stores the retrievals.
    clock
        Returns the time in epoch seconds.
    """

    def __init__(
        self,
        store: TraceStore,
        span_log: SpanLog,
        records: Records,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._span_log = span_log
        self._records = records
        self._clock = clock
        self._lock = threading.Lock()
        self._read: tuple[str, list[RetrievedTrace]] = ("", [])  # by the newest reader

    def operations(self) -> Mapping[str, Operation]:
        """Return the operations by name."""
        return {
            "StartTraceRetrieval": self.start,
            "ListRetrievedTraces": self.list_traces,
            "GetRetrievedTracesGraph": self.graph,
            "CancelTraceRetrieval": self.cancel,
        }

    def start(self, members: Members) -> dict[str, Any]:
        """Respond to StartTraceRetrieval; unknown traces and those out of range are ignored."""
        ids = requests.texts(members, "TraceIds", most=_MAX_TRACES, longest=_MAX_TRACE_ID)
        span = requests.time_range(members, longest_s=None)
        now_s = self._clock()
        token = secrets.token_urlsafe(32)
        retrieval = {"ids": list(dict.fromkeys(ids)), "span": span, "started_s": now_s}
        oldest_s = now_s - 2 * undocumented.RETRIEVAL_TIMEOUT_S
        with self._lock:
            forgotten = [
                RecordChange(_KIND, key, None)
                for key, record in self._records.all(_KIND).items()
                if record["started_s"] < oldest_s
            ]
            self._records.write(*forgotten, RecordChange(_KIND, token, retrieval))
        return {"RetrievalToken": token}

    def list_traces(self, members: Members) -> dict[str, Any]:
        """Respond to ListRetrievedTraces."""
        retrieval = self._retrieval(members)
        wanted = requests.choice(members, "TraceFormat", (_XRAY, _OTEL))
        pieces = [
            (f"{number:03d}/{part:06d}", piece)
            for number, found in enumerate(self._traces(members, retrieval))
            for part, piece in enumerate(_pieces(found, wanted))
        ]
        page, more = page_of(pieces, members, size=_TRACES_PER_PAGE, key=lambda piece: piece[0])
        return {
            "RetrievalStatus": self._status(retrieval),
            "TraceFormat": wanted,
            "Traces": [piece for _, piece in page],
            **more,
        }

    def graph(self, members: Members) -> dict[str, Any]:
        """Respond to GetRetrievedTracesGraph."""
        retrieval = self._retrieval(members)
        traces = [found.trace for found in self._traces(members, retrieval)]
        services = services_from_total(total(map(observe, traces)))
        links = _links(traces)
        entries: list[dict[str, Any]] = [
            {"Service": service, "Links": links.get(_key(service), [])} for service in services
        ]
        page, more = page_of(
            entries,
            members,
            size=_SERVICES_PER_PAGE,
            key=_position,
        )
        return {"RetrievalStatus": self._status(retrieval), "Services": page, **more}

    def cancel(self, members: Members) -> dict[str, Any]:
        """Respond to CancelTraceRetrieval; its traces are not returned any more."""
        with self._lock:
            retrieval = self._retrieval(members)
            change = RecordChange(
                _KIND, members["RetrievalToken"], {**retrieval, "cancelled": True}
            )
            self._records.write(change)
        return {}

    def _retrieval(self, members: Members) -> dict[str, Any]:
        token = requests.text(members, "RetrievalToken", longest=_MAX_TOKEN)
        token = requests.required(token, "RetrievalToken")
        found: dict[str, Any] | None = self._records.get(_KIND, token)
        if found is None:
            msg = "RetrievalToken: there is no such retrieval. Start one."
            raise ResourceNotFound(msg)
        return found

    def _status(self, retrieval: Mapping[str, Any]) -> str:
        if retrieval.get("cancelled"):
            return _CANCELLED
        age_s = self._clock() - retrieval["started_s"]
        return _TIMEOUT if age_s > undocumented.RETRIEVAL_TIMEOUT_S else _COMPLETE

    def _traces(self, members: Members, retrieval: Mapping[str, Any]) -> list[RetrievedTrace]:
        """Return the traces of a retrieval; none if it has ended."""
        if self._status(retrieval) != _COMPLETE:
            return []
        token, (read, found) = members["RetrievalToken"], self._read
        if token != read:
            found = self._found(retrieval)
            self._read = (token, found)
        return found

    def _found(self, retrieval: Mapping[str, Any]) -> list[RetrievedTrace]:
        ids = retrieval["ids"]
        records, stored = self._span_log.records(ids), self._store.load(ids)
        found = (
            retrieved(trace_id, stored.get(trace_id), records.get(trace_id, ())) for trace_id in ids
        )
        return [each for each in found if _overlaps(each.trace, *retrieval["span"])]


def _overlaps(trace: ProcessedTrace, start_s: float, end_s: float) -> bool:
    """Return whether a trace has segments, and lies at least partly in a range."""
    starts_s = [segment["start_time"] for segment in trace.segments]
    ends_s = [segment["end_time"] for segment in trace.segments if "end_time" in segment]
    return bool(starts_s) and max(starts_s + ends_s) >= start_s and min(starts_s) <= end_s


def _pieces(found: RetrievedTrace, wanted: str) -> Iterator[dict[str, Any]]:
    """Yield the entries of a trace: several if its documents do not fit into one."""
    spans = found.spans() if wanted == _OTEL else found.segments()
    for first in range(0, len(spans), _SPANS_PER_TRACE):
        yield {
            "Id": found.trace.id,
            "Duration": trace_duration_s(found.trace.segments),
            "Spans": spans[first : first + _SPANS_PER_TRACE],
        }


def _links(traces: Iterable[ProcessedTrace]) -> dict[NodeKey, list[dict[str, Any]]]:
    """Return the links to other traces by the node that has them."""
    links: dict[NodeKey, list[dict[str, Any]]] = {}
    for trace in traces:
        keys = nodes_of(trace)
        for segment in trace.segments:
            for part in walk(segment):
                found = links.setdefault(keys[segment["id"]], [])
                found.extend(
                    _link(trace.id, link) for link in part.get("links", ()) if _is_link(link)
                )
    return {key: found[:_MAX_LINKS] for key, found in links.items()}


def _is_link(link: Mapping[str, Any]) -> bool:
    return isinstance(link.get("trace_id"), str) and isinstance(link.get("attributes", {}), dict)


def _link(trace_id: str, link: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ReferenceType": str(link.get("attributes", {}).get(_REFERENCE_TYPE, "")),
        "SourceTraceId": trace_id,
        "DestinationTraceIds": [link["trace_id"]],
    }


def _key(service: Mapping[str, Any]) -> NodeKey:
    return NodeKey(service["Name"], service.get("Type"), service.get("AccountId"))


def _position(entry: Mapping[str, Any]) -> str:
    return f"{entry['Service']['ReferenceId']:09d}"
