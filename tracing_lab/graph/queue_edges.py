"""Edges from queues to functions that read them, which have traces of their own."""

from collections import defaultdict
from typing import Final

import numpy as np
import pandas as pd

from tracing_lab.spans.frames import NOT_ENDED, nanoseconds
from tracing_lab.spans.tree import Rows, families
from tracing_lab.xray_model.documents import INFERRED
from tracing_lab.xray_model.inferred import QUEUE
from tracing_lab.xray_model.trace_links import CHILD

from .model import Node
from .statistics import Statistics

_NO_ROW: Final = -1


def queue_edges(spans: pd.DataFrame, links: pd.DataFrame) -> dict[tuple[Node, Node], Statistics]:
    """Return the edges that links make, with the age of the messages that were received.

    An edge begins at the queue that was called by the span with the link, else at the one that its
    segment called last before the message was received, and without any at the segment itself.

    Parameters
    ----------
    spans
        A span frame.
    links
        From `spans.links_from_traces`.
    """
    wanted = links[(links["relation"] == CHILD) & links["linked_name"].notna()]
    rows = spans.index.get_indexer_for(wanted.index) if len(wanted) else np.empty(0, dtype=np.int64)
    sources = _Sources(spans)
    ages: defaultdict[tuple[Node, Node], list[float]] = defaultdict(list)
    targets = wanted[["linked_name", "linked_type"]].fillna("").itertuples(index=False, name=None)
    times_ns = nanoseconds(wanted["received"])
    for row, received_ns, target in zip(rows, times_ns, targets, strict=True):
        if row == _NO_ROW or received_ns == NOT_ENDED:
            continue
        source, sent_ns = sources.of(int(row), received_ns)
        ages[source, Node(*map(str, target))].append(max(received_ns - sent_ns, 0) / 1e9)
    return {edge: Statistics(bus_s=np.array(found)) for edge, found in ages.items()}


class _Sources:
    """Finds the queues behind links."""

    def __init__(self, spans: pd.DataFrame) -> None:
        self._spans = spans
        self._parents, self._owners = families(spans)
        self._start, self._end = nanoseconds(spans["start"]), nanoseconds(spans["end"])
        is_queue = (spans["origin"] == QUEUE) & (spans["kind"] == INFERRED)
        self._queues: Rows = np.flatnonzero(is_queue.to_numpy(dtype=bool))

    def of(self, row: int, received_ns: int) -> tuple[Node, int]:
        """Return the node where an edge begins, and when the message was sent."""
        early = self._queues[self._start[self._queues] <= received_ns]
        callers = self._parents[early]
        owner = self._owners[row]
        called = early[callers == row]
        if not len(called):
            called = early[(callers >= 0) & (self._owners[callers] == owner)]
        if not len(called):
            return self._node(int(owner)), self._sent_ns(row, received_ns)
        last = int(called[np.argmax(self._start[called])])
        return self._node(last), self._sent_ns(last, received_ns)

    def _node(self, row: int) -> Node:
        origin = self._spans["origin"].iloc[row]
        name = str(self._spans["service"].iloc[row])
        return Node(name, "" if pd.isna(origin) else str(origin))

    def _sent_ns(self, row: int, received_ns: int) -> int:
        end_ns = int(self._end[row])
        return received_ns if end_ns == NOT_ENDED else end_ns
