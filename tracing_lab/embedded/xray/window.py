"""The service graph of a time window, from cached partial graphs.

The window is cut into chunks of time. The total of a chunk is kept with the versions of the traces
in it; while those stand it is used as it is, and traces that only came in addition are added to it.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from tracing_lab.filters import Matcher

from .graph import GraphTotal, merge, total
from .store import TraceRecord, TraceStore
from .views import TraceViews

_SHORT_WINDOW_S = 1800
_SHORT_CHUNK_S = 10
_LONG_CHUNK_S = 120
_CHUNKS_KEPT = 2000
_IN_WINDOW = "start_s >= ? AND start_s < ?"

ChunkKey = tuple[int, int]


@dataclass
class _Chunk:
    versions: dict[str, int] = field(default_factory=dict)
    graph: GraphTotal = field(default_factory=GraphTotal)


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

    def graph(self, start_s: float, end_s: float, matches: Matcher | None = None) -> GraphTotal:
        """Give the totals of the traces that started in ``[start_s, end_s)``.

        Parameters
        ----------
        start_s, end_s
            The window, epoch seconds.
        matches
            Tells which traces count; all when it is None. Only totals of all are kept.
        """
        chunk_s = _SHORT_CHUNK_S if end_s - start_s <= _SHORT_WINDOW_S else _LONG_CHUNK_S
        records = self._store.find(_IN_WINDOW, (start_s, end_s), order="start_s")
        if matches is not None:
            views = self._views.views(records)
            return total(view.observations for view in views if matches(view.facts))
        with self._lock:
            return merge(self._parts(records, chunk_s))

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._chunks.clear()

    def _parts(self, records: Sequence[TraceRecord], chunk_s: int) -> Iterator[GraphTotal]:
        for number, group in groupby(records, key=lambda one: int(one.start_s // chunk_s)):
            yield self._part((chunk_s, number), list(group))

    def _part(self, key: ChunkKey, records: Sequence[TraceRecord]) -> GraphTotal:
        versions = {record.trace_id: record.version for record in records}
        chunk = self._chunks.get(key)
        if chunk is None or not chunk.versions.items() <= versions.items():
            chunk = self._chunks[key] = _Chunk()
            while len(self._chunks) > _CHUNKS_KEPT:
                self._chunks.popitem(last=False)
        new = [one for one in records if one.trace_id not in chunk.versions]
        for view in self._views.views(new):
            chunk.graph.add(view.observations)
            chunk.versions[view.record.trace_id] = view.record.version
        self._chunks.move_to_end(key)
        return chunk.graph


def graph_of(views: TraceViews, records: Sequence[TraceRecord]) -> GraphTotal:
    """Give the totals of some traces."""
    return total(view.observations for view in views.views(records))
