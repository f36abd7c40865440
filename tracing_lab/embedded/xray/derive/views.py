"""What is derived from each trace, kept until the trace changes.

Summaries and observations are kept for the traces that were used last, the facts that filters look
at for many more (`fact_index`). What is not kept is derived again from the documents.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tracing_lab.embedded.xray.store.traces import StoredTrace, TraceRecord, TraceStore
from tracing_lab.filters import TraceFacts

from .byte_cache import ByteCache
from .cache_sizes import DEFAULT_CACHE_MB, VIEW_BYTES, CacheSizes
from .fact_index import FactIndex, FactScan, TraceFilter
from .facts import facts_of
from .graph import Observations, observe
from .graph_packing import pack, unpack
from .nodes import nodes_of
from .processing import process
from .summaries import summarise
from .tree import ProcessedTrace

_NO_FAULT_CAUSES = b'"FaultRootCauses":[]'
_SIZES = CacheSizes.of(DEFAULT_CACHE_MB)
_FACTS_PER_VIEW = 3  # as objects, facts take so many times the bytes of the view
_MADE_AT_A_TIME = 100

Scan = Callable[[Sequence[TraceRecord]], list[TraceRecord]]
"""Gives those of some traces that fit."""


@dataclass(frozen=True, slots=True)
class TraceView:
    """Derived data of one version of a trace.

    Parameters
    ----------
    record
        The version of the trace.
    summary
        Its ``TraceSummary``, JSON.
    packed
        What it adds to the service graph, as `pack` gives it.
    ok, fault
        How the request of its root went.
    """

    record: TraceRecord
    summary: bytes
    packed: bytes
    ok: bool
    fault: bool

    @property
    def size_bytes(self) -> int:
        """Bytes of memory that it takes."""
        return len(self.summary) + len(self.packed) + VIEW_BYTES

    @property
    def observations(self) -> Observations:
        """What it adds to the service graph."""
        return unpack(self.packed)

    def fault_causes(self) -> list[dict[str, Any]]:
        """Give the ``FaultRootCauses``."""
        if _NO_FAULT_CAUSES in self.summary:
            return []
        causes: list[dict[str, Any]] = orjson.loads(self.summary)["FaultRootCauses"]
        return causes


class TraceViews:
    """A bounded cache of `TraceView`; a view is used as long as its trace has the same version.

    Parameters
    ----------
    store
        Where the documents are.
    sizes
        Bytes for the views, of which the least recently used are dropped, and for the index.
    index
        Keeps what filters look at; a new one when it is None.
    """

    def __init__(
        self, store: TraceStore, *, sizes: CacheSizes = _SIZES, index: FactIndex | None = None
    ) -> None:
        self._store = store
        self._views: ByteCache[str, TraceView] = ByteCache(sizes.views, _size_of)
        self._index = FactIndex(most_bytes=sizes.facts) if index is None else index
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Bytes of memory that the kept views take."""
        return self._views.size_bytes

    def views(self, records: Sequence[TraceRecord]) -> list[TraceView]:
        """Give the views of traces, in the order of `records`.

        A trace that has changed since its record was read comes in its new version; one that was
        deleted is left out.
        """
        with self._lock:
            cached = self._cached(records)
        missing = [trace_id for trace_id, view in cached.items() if view is None]
        made = {view.record.trace_id: view for view, _ in self._make(missing)}
        found = (cached[one.trace_id] or made.get(one.trace_id) for one in records)
        return [view for view in found if view is not None]

    def scan(self, trace_filter: TraceFilter | None) -> Scan:
        """Give the function that tells which of some traces fit a filter; None lets all through.

        A trace that has changed since its record was read is judged in that version or its new one.
        """
        if trace_filter is None:
            return list
        scan = FactScan(self._index, trace_filter)
        return lambda records: self._fitting(records, scan)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._views.clear()
        self._index.clear()

    def _fitting(self, records: Sequence[TraceRecord], scan: FactScan) -> list[TraceRecord]:
        known = [(record, scan.fits(record)) for record in records]
        unknown = [record.trace_id for record, fits in known if fits is None]
        matches = scan.trace_filter.matches
        found = {view.record.trace_id for view, facts in self._make(unknown) if matches(facts)}
        return [one for one, fits in known if fits or (fits is None and one.trace_id in found)]

    def _make(self, trace_ids: Sequence[str]) -> Iterator[tuple[TraceView, TraceFacts]]:
        for first in range(0, len(trace_ids), _MADE_AT_A_TIME):
            stored = self._store.load(trace_ids[first : first + _MADE_AT_A_TIME])
            made = [_derived(one) for one in stored.values()]
            self._keep(view for view, _ in made)
            self._index.add(
                (view.record, facts, _FACTS_PER_VIEW * view.size_bytes) for view, facts in made
            )
            yield from made

    def _cached(self, records: Iterable[TraceRecord]) -> dict[str, TraceView | None]:
        get, touch = self._views.get, self._views.touch  # this loop is what a scan waits for
        found: dict[str, TraceView | None] = {}
        for record in records:
            view = get(record.trace_id)
            if view is not None and view.record.version == record.version:
                touch(record.trace_id)
                found[record.trace_id] = view
            else:
                found[record.trace_id] = None
        return found

    def _keep(self, views: Iterable[TraceView]) -> None:
        with self._lock:
            for view in views:
                self._views.put(view.record.trace_id, view)


def _size_of(view: TraceView) -> int:
    return view.size_bytes


def processed(stored: StoredTrace) -> ProcessedTrace:
    """Give the processed trace of stored documents."""
    documents = [orjson.loads(body) for body in stored.bodies]
    return process(stored.record.trace_id, documents)


def _derived(stored: StoredTrace) -> tuple[TraceView, TraceFacts]:
    trace = processed(stored)
    keys = nodes_of(trace)
    observations = observe(trace, keys)
    revision = stored.record.revision
    summary = summarise(trace, revision=revision, observations=observations, keys=keys)
    facts = facts_of(trace, summary, observations)
    went = facts.request
    written = bytes(memoryview(orjson.dumps(summary)))  # a copy: orjson's own has room to spare
    view = TraceView(stored.record, written, pack(observations), went.ok, went.fault)
    return view, facts
