"""Caches data derived from each trace until the trace changes.

Summaries and observations are cached for recently used traces, the facts that filters evaluate for
many more (`fact_index`). Other data is derived again from the documents.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import orjson

from tracing_lab.embedded.xray.store.records import StoredTrace, TraceRecord
from tracing_lab.embedded.xray.store.traces import TraceStore
from tracing_lab.filters import Chooser, FactColumns, TraceFacts

from .byte_cache import ByteCache
from .cache_sizes import DEFAULT_CACHE_MB, VIEW_BYTES, CacheSizes
from .fact_index import FactIndex, FactScan
from .facts import facts_of
from .graph import Observations, observe
from .graph_packing import pack, unpack
from .nodes import nodes_of
from .processing import process
from .summaries import summarise
from .tree import ProcessedTrace

_NO_FAULT_CAUSES = b'"FaultRootCauses":[]'
_SIZES = CacheSizes.of(DEFAULT_CACHE_MB)
_FACTS_PER_VIEW = 3  # size of facts as objects, relative to the view
_MADE_AT_A_TIME = 100
_SELECTED_AT_A_TIME = 2000

Scan = Callable[[Sequence[TraceRecord]], list[TraceRecord]]
"""Returns the matching ones of some traces."""


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
        Its contribution to the service graph, a result of `pack`.
    ok, fault
        Outcome of its root's request.
    """

    record: TraceRecord
    summary: bytes
    packed: bytes
    ok: bool
    fault: bool

    @property
    def size_bytes(self) -> int:
        """Bytes of memory."""
        return len(self.summary) + len(self.packed) + VIEW_BYTES

    @property
    def observations(self) -> Observations:
        """Its contribution to the service graph."""
        return unpack(self.packed)

    def fault_causes(self) -> list[dict[str, Any]]:
        """Return the ``FaultRootCauses``."""
        if _NO_FAULT_CAUSES in self.summary:
            return []
        causes: list[dict[str, Any]] = orjson.loads(self.summary)["FaultRootCauses"]
        return causes


class TraceViews:
    """A bounded cache of `TraceView`; a view is used as long as its trace has the same version.

    Parameters
    ----------
    store
        Has the documents.
    sizes
        Bytes for the views and for the index; the least recently used are dropped.
    index
        The facts for filters; by default a new index.
    """

    def __init__(
        self, store: TraceStore, *, sizes: CacheSizes = _SIZES, index: FactIndex | None = None
    ) -> None:
        self._store = store
        self._views: ByteCache[str, TraceView] = ByteCache(sizes.views, attrgetter("size_bytes"))
        self._index = FactIndex(most_bytes=sizes.facts) if index is None else index
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Bytes of memory of the cached views."""
        return self._views.size_bytes

    def views(self, records: Sequence[TraceRecord]) -> list[TraceView]:
        """Return the views of traces, in the order of `records`.

        A trace that has changed since its record was read has its new version; a deleted one is
        left out.
        """
        with self._lock:
            cached = self._cached(records)
        missing = [trace_id for trace_id, view in cached.items() if view is None]
        made = {view.record.trace_id: view for some in self._make(missing) for view, _ in some}
        found = (cached[record.trace_id] or made.get(record.trace_id) for record in records)
        return [view for view in found if view is not None]

    def selected(
        self, records: Sequence[TraceRecord], trace_filter: Chooser | None
    ) -> Iterator[TraceView]:
        """Yield the views of the traces that match a filter; None matches all."""
        fitting = self.scan(trace_filter)
        for first in range(0, len(records), _SELECTED_AT_A_TIME):
            yield from self.views(fitting(records[first : first + _SELECTED_AT_A_TIME]))

    def scan(self, trace_filter: Chooser | None) -> Scan:
        """Return the function that selects the traces that match a filter; None matches all.

        A trace that has changed since its record was read is evaluated in either version.
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
        found: set[str] = set()
        for made in self._make(unknown):
            chosen = scan.choose(FactColumns([facts for _, facts in made]))
            found.update(made[row][0].record.trace_id for row in chosen)
        return [
            record for record, fits in known if fits or (fits is None and record.trace_id in found)
        ]

    def _make(self, trace_ids: Sequence[str]) -> Iterator[list[tuple[TraceView, TraceFacts]]]:
        for first in range(0, len(trace_ids), _MADE_AT_A_TIME):
            stored = self._store.load(trace_ids[first : first + _MADE_AT_A_TIME])
            made = [_derived(trace) for trace in stored.values()]
            self._keep(view for view, _ in made)
            self._index.add(
                (view.record, facts, _FACTS_PER_VIEW * view.size_bytes) for view, facts in made
            )
            yield made

    def _cached(self, records: Iterable[TraceRecord]) -> dict[str, TraceView | None]:
        get, touch = self._views.get, self._views.touch  # the hot loop of a scan
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


def processed(stored: StoredTrace) -> ProcessedTrace:
    """Return the processed trace of stored documents."""
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
    written = bytes(memoryview(orjson.dumps(summary)))  # a copy: orjson's own is larger
    view = TraceView(stored.record, written, pack(observations), went.ok, went.fault)
    return view, facts
