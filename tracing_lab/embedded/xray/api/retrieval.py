"""Trace retrieval: start it, list its traces, give their graph, cancel it.

AWS X-Ray API reference. On AWS this reads spans from CloudWatch Logs, which takes a while; the
embedded AWS has every trace at hand, so a retrieval is complete as soon as it was started.
"""

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tracing_lab.embedded.xray import undocumented as assumptions
from tracing_lab.embedded.xray.derive.graph_output import services_from_total
from tracing_lab.embedded.xray.derive.nodes import NodeKey, nodes_of
from tracing_lab.embedded.xray.derive.otel_spans import otel_spans
from tracing_lab.embedded.xray.derive.rendering import render
from tracing_lab.embedded.xray.derive.summaries import duration_s
from tracing_lab.embedded.xray.derive.tree import ProcessedTrace, walk
from tracing_lab.embedded.xray.derive.views import TraceViews, processed
from tracing_lab.embedded.xray.derive.window import graph_of
from tracing_lab.embedded.xray.store.traces import StoredTrace, TraceStore

from . import requests
from .errors import ResourceNotFound
from .paging import page_of
from .records import Change, Records
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
    """Answers what retrieves traces. Safe to use from several threads.

    Parameters
    ----------
    store, views
        Where traces are, and what is derived from them.
    records
        Where the retrievals are kept.
    clock
        Gives the time in epoch seconds.
    """

    def __init__(
        self,
        store: TraceStore,
        views: TraceViews,
        records: Records,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._views = views
        self._records = records
        self._clock = clock
        self._lock = threading.Lock()

    def operations(self) -> Mapping[str, Operation]:
        """Give the operations by path."""
        return {
            "/StartTraceRetrieval": self.start,
            "/ListRetrievedTraces": self.list_traces,
            "/GetRetrievedTracesGraph": self.graph,
            "/CancelTraceRetrieval": self.cancel,
        }

    def start(self, members: Members) -> dict[str, Any]:
        """Answer StartTraceRetrieval; unknown traces and those outside of the range add nothing."""
        ids = requests.texts(members, "TraceIds", most=_MAX_TRACES, longest=_MAX_TRACE_ID)
        span = requests.time_range(members, longest_s=None)
        now_s = self._clock()
        token = secrets.token_urlsafe(32)
        retrieval = {"ids": list(dict.fromkeys(ids)), "span": span, "started_s": now_s}
        oldest_s = now_s - 2 * assumptions.RETRIEVAL_TIMEOUT_S
        with self._lock:
            forgotten = [
                Change(_KIND, key, None)
                for key, one in self._records.all(_KIND).items()
                if one["started_s"] < oldest_s
            ]
            self._records.write(*forgotten, Change(_KIND, token, retrieval))
        return {"RetrievalToken": token}

    def list_traces(self, members: Members) -> dict[str, Any]:
        """Answer ListRetrievedTraces."""
        retrieval = self._retrieval(members)
        wanted = requests.choice(members, "TraceFormat", (_XRAY, _OTEL))
        pieces = [
            (f"{number:03d}/{part:06d}", piece)
            for number, stored in enumerate(self._stored(retrieval))
            for part, piece in enumerate(_pieces(processed(stored), wanted))
        ]
        page, more = page_of(pieces, members, size=_TRACES_PER_PAGE, key=lambda one: one[0])
        return {
            "RetrievalStatus": self._status(retrieval),
            "TraceFormat": wanted,
            "Traces": [piece for _, piece in page],
            **more,
        }

    def graph(self, members: Members) -> dict[str, Any]:
        """Answer GetRetrievedTracesGraph."""
        retrieval = self._retrieval(members)
        found = self._stored(retrieval)
        services = services_from_total(graph_of(self._views, [one.record for one in found]))
        links = _links(processed(stored) for stored in found)
        entries: list[dict[str, Any]] = [
            {"Service": one, "Links": links.get(_key(one), [])} for one in services
        ]
        page, more = page_of(
            entries,
            members,
            size=_SERVICES_PER_PAGE,
            key=_position,
        )
        return {"RetrievalStatus": self._status(retrieval), "Services": page, **more}

    def cancel(self, members: Members) -> dict[str, Any]:
        """Answer CancelTraceRetrieval; afterwards its traces are no longer given."""
        with self._lock:
            retrieval = self._retrieval(members)
            change = Change(_KIND, members["RetrievalToken"], {**retrieval, "cancelled": True})
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
        return _TIMEOUT if age_s > assumptions.RETRIEVAL_TIMEOUT_S else _COMPLETE

    def _stored(self, retrieval: Mapping[str, Any]) -> list[StoredTrace]:
        """Give the traces of a retrieval, none when it is over."""
        if self._status(retrieval) != _COMPLETE:
            return []
        start_s, end_s = retrieval["span"]
        stored = self._store.load(retrieval["ids"])
        found = [stored[one] for one in retrieval["ids"] if one in stored]
        return [one for one in found if one.record.end_s >= start_s and one.record.start_s <= end_s]


def _pieces(trace: ProcessedTrace, wanted: str) -> Iterator[dict[str, Any]]:
    """Give a trace, in pieces when it has more documents than fit into one entry."""
    spans = otel_spans(trace) if wanted == _OTEL else _segments(trace)
    for first in range(0, len(spans), _SPANS_PER_TRACE):
        yield {
            "Id": trace.id,
            "Duration": duration_s(trace.segments),
            "Spans": spans[first : first + _SPANS_PER_TRACE],
        }


def _segments(trace: ProcessedTrace) -> list[dict[str, str]]:
    return [{"Id": one["id"], "Document": render(one)} for one in trace.segments]


def _links(traces: Iterator[ProcessedTrace]) -> dict[NodeKey, list[dict[str, Any]]]:
    """Give the links to other traces by the node that has them."""
    links: dict[NodeKey, list[dict[str, Any]]] = {}
    for trace in traces:
        keys = nodes_of(trace)
        for segment in trace.segments:
            for part in walk(segment):
                found = links.setdefault(keys[segment["id"]], [])
                found.extend(_link(trace.id, one) for one in part.get("links", ()) if _is_link(one))
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
