"""The service graph of a time window, from cached partial graphs.

The window is cut into chunks of time, shorter ones at its edges. The total of a chunk is kept with
the versions of the traces in it; while those stand it is used as it is, and traces that only came
in addition are added to it. What does not fill a short chunk is added up each time.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from tracing_lab.embedded.xray.store.traces import TraceRecord, TraceStore

from .byte_cache import ByteCache
from .cache_sizes import (
    COUNT_BYTES,
    DEFAULT_CACHE_MB,
    TALLY_BYTES,
    VERSION_BYTES,
    CacheSizes,
)
from .fact_index import TraceFilter
from .graph import GraphTotal, merge, total
from .views import TraceView, TraceViews

_CHUNKS_S = (120, 10)
_MOST_BYTES = CacheSizes.of(DEFAULT_CACHE_MB).graphs
_IN_WINDOW = "start_s >= ? AND start_s < ?"

ChunkKey = tuple[int, int]


@dataclass
class _Chunk:
    versions: dict[str, int] = field(default_factory=dict)
    graph: GraphTotal = field(default_factory=GraphTotal)
    size_bytes: int = 0

    def add(self, view: TraceView) -> int:
        """Add a trace that is not in it, and return the bytes by which it has grown."""
        observations = view.observations
        tallies, counts = self.graph.counters(observations)
        self.graph.add(observations)
        self.versions[view.record.trace_id] = view.record.version
        more_tallies, more_counts = self.graph.counters(observations)
        grown = VERSION_BYTES + TALLY_BYTES * (more_tallies - tallies)
        grown += COUNT_BYTES * (more_counts - counts)
        self.size_bytes += grown
        return grown


class GraphWindows:
    """Service graphs of time windows.

    Parameters
    ----------
    store
        Finds the traces of a window: those whose first segment started in it.
    views
        Gives what each trace adds.
    most_bytes
        Memory that the kept graphs may take; the least recently used are dropped.
    """

    def __init__(
        self, store: TraceStore, views: TraceViews, *, most_bytes: int = _MOST_BYTES
    ) -> None:
        self._store = store
        self._views = views
        self._chunks: ByteCache[ChunkKey, _Chunk] = ByteCache(most_bytes, _size_of)
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """Bytes of memory that the kept graphs take."""
        return self._chunks.size_bytes

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
            self._chunks.grow(key, chunk.add(view))
        elif version != view.record.version:
            self._chunks.pop(key)  # what a trace has added cannot be taken away again

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
            self._chunks.grow(key, chunk.add(view))
        self._chunks.touch(key)
        return chunk.graph

    def _new_chunk(self, key: ChunkKey) -> _Chunk:
        chunk = _Chunk(size_bytes=TALLY_BYTES)  # itself
        self._chunks.put(key, chunk)
        return chunk


def _size_of(chunk: _Chunk) -> int:
    return chunk.size_bytes


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
