"""The service graph of a time window, from cached partial graphs.

The window is cut into chunks of time, shorter ones at its edges. The total of a chunk is kept with
the versions of the traces in it; while those stand it is used as it is, and traces that only came
in addition are added to it. What does not fill a short chunk is added up each time.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from .fact_index import TraceFilter
from .graph import GraphTotal, merge, total
from .store import TraceRecord, TraceStore
from .views import TraceView, TraceViews

_CHUNKS_S = (120, 10)
_CHUNKS_KEPT = 2000
_IN_WINDOW = "start_s >= ? AND start_s < ?"

ChunkKey = tuple[int, int]


@dataclass
class _Chunk:
    versions: dict[str, int] = field(default_factory=dict)
    graph: GraphTotal = field(default_factory=GraphTotal)

    def add(self, view: TraceView) -> None:
        self.graph.add(view.observations)
        self.versions[view.record.trace_id] = view.record.version


class GraphWindows:
    """Service graphs of time windows.

    Parameters
    ----------
    store
        Finds the traces of a window: those whose first segment started in it.
    views
        Gives what each trace adds.
    """

    def __init__(self, store: TraceStore, views: TraceViews) -> None:
        self._store = store
        self._views = views
        self._chunks: OrderedDict[ChunkKey, _Chunk] = OrderedDict()
        self._lock = threading.Lock()

    def graph(
        self, start_s: float, end_s: float, trace_filter: TraceFilter | None = None
    ) -> GraphTotal:
        """Give the totals of the traces that started in ``[start_s, end_s)``.

        Parameters
        ----------
        start_s, end_s
            The window, epoch seconds.
        trace_filter
            Tells which traces count; all when it is None. Only totals of all are kept.
        """
        records = self._store.find(_IN_WINDOW, (start_s, end_s), order="start_s")
        if trace_filter is not None:
            return graph_of(self._views, self._views.scan(trace_filter)(records))
        with self._lock:
            return merge(self._parts(records, start_s, end_s))

    def add(self, view: TraceView) -> None:
        """Add a trace to the totals ahead of time."""
        with self._lock:
            for chunk_s in _CHUNKS_S:
                self._add(view, (chunk_s, int(view.record.start_s // chunk_s)))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._chunks.clear()

    def _add(self, view: TraceView, key: ChunkKey) -> None:
        chunk = self._chunks.get(key) or self._new_chunk(key)
        version = chunk.versions.get(view.record.trace_id)
        if version is None:
            chunk.add(view)
        elif version != view.record.version:
            del self._chunks[key]  # what a trace has added cannot be taken away again

    def _parts(
        self, records: Sequence[TraceRecord], start_s: float, end_s: float
    ) -> Iterator[GraphTotal]:
        for key, group in groupby(records, key=lambda one: _chunk_at(one.start_s, start_s, end_s)):
            if key is None:
                yield graph_of(self._views, list(group))
            else:
                yield self._part(key, list(group))

    def _part(self, key: ChunkKey, records: Sequence[TraceRecord]) -> GraphTotal:
        versions = {record.trace_id: record.version for record in records}
        chunk = self._chunks.get(key)
        if chunk is None or not chunk.versions.items() <= versions.items():
            chunk = self._new_chunk(key)
        new = [one for one in records if one.trace_id not in chunk.versions]
        for view in self._views.views(new):
            chunk.add(view)
        self._chunks.move_to_end(key)
        return chunk.graph

    def _new_chunk(self, key: ChunkKey) -> _Chunk:
        chunk = self._chunks[key] = _Chunk()
        while len(self._chunks) > _CHUNKS_KEPT:
            self._chunks.popitem(last=False)
        return chunk


def _chunk_at(at_s: float, start_s: float, end_s: float) -> ChunkKey | None:
    """Give the longest chunk around a moment that is all inside a window, None if none is."""
    for chunk_s in _CHUNKS_S:
        number = int(at_s // chunk_s)
        if start_s <= number * chunk_s and (number + 1) * chunk_s <= end_s:
            return chunk_s, number
    return None


def graph_of(views: TraceViews, records: Sequence[TraceRecord]) -> GraphTotal:
    """Give the totals of some traces."""
    return total(view.observations for view in views.views(records))
