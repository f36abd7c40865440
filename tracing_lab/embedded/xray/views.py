"""What is derived from each trace, kept until the trace changes."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from tracing_lab.filters import TraceFacts

from .facts import facts_of
from .graph import Observations, observe
from .processing import process
from .store import StoredTrace, TraceRecord, TraceStore
from .summaries import summarise
from .tree import ProcessedTrace

_KEPT = 20_000  # about 15 KB each


@dataclass(frozen=True)
class TraceView:
    """Derived data of one version of a trace.

    Parameters
    ----------
    record
        The version of the trace.
    summary
        Its ``TraceSummary``, JSON.
    observations
        What it adds to the service graph.
    facts
        What filter expressions look at.
    """

    record: TraceRecord
    summary: bytes
    observations: Observations
    facts: TraceFacts


class TraceViews:
    """A bounded cache of `TraceView`; a view is used as long as its trace has the same version.

    Parameters
    ----------
    store
        Where the documents are.
    kept
        Number of views to keep, the least recently used are dropped.
    """

    def __init__(self, store: TraceStore, *, kept: int = _KEPT) -> None:
        self._store = store
        self._kept = kept
        self._views: OrderedDict[str, TraceView] = OrderedDict()
        self._lock = threading.Lock()

    def views(self, records: Sequence[TraceRecord]) -> list[TraceView]:
        """Give the views of traces, in the order of `records`.

        A trace that has changed since its record was read comes in its new version; one that was
        deleted is left out.
        """
        with self._lock:
            cached = self._cached(records)
        missing = [trace_id for trace_id, view in cached.items() if view is None]
        made = (
            {key: _view(stored) for key, stored in self._store.load(missing).items()}
            if missing
            else {}
        )
        self._keep(made.values())
        found = (cached[one.trace_id] or made.get(one.trace_id) for one in records)
        return [view for view in found if view is not None]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._views.clear()

    def _cached(self, records: Iterable[TraceRecord]) -> dict[str, TraceView | None]:
        get, touch = self._views.get, self._views.move_to_end  # this loop is what a scan waits for
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
                self._views[view.record.trace_id] = view
            while len(self._views) > self._kept:
                self._views.popitem(last=False)


def processed(stored: StoredTrace) -> ProcessedTrace:
    """Give the processed trace of stored documents."""
    documents = [orjson.loads(body) for body in stored.bodies]
    return process(stored.record.trace_id, documents)


def _view(stored: StoredTrace) -> TraceView:
    trace = processed(stored)
    observations = observe(trace)
    summary = summarise(trace, revision=stored.record.revision, observations=observations)
    facts = facts_of(trace, summary, observations)
    return TraceView(stored.record, orjson.dumps(summary), observations, facts)
