"""From a cause to where it is noticed, over nodes of the service graph.

Where callers wait, a fault goes against the calls: up to the entry, if they wait all the way. An
event service does not wait for its targets, so that nobody upstream notices; a service that is slow
makes what follows from it late, down to the end of the chain of events, while one that fails causes
nothing, and only its invoker notices.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np

from tracing_lab.spans.tree import NO_ROW, levels

from .model import EDGE, OWN_TIME, WAIT, edge_ends
from .observations import RequestWindow

Path = tuple[str, ...]

_DELAYS: Final = frozenset({OWN_TIME, WAIT})
_MOST_LOOKED_AT: Final = 500
"""Requests of a node whose paths are looked at."""


def path_from(
    name: str, kind: str, tests: Sequence[str], *, good: RequestWindow, bad: RequestWindow
) -> Path:
    """Return the nodes from a cause to where it is noticed; most requests decide.

    Parameters
    ----------
    name, kind, tests
        A node or an edge, and what shows that it is the cause, strongest first.
    good, bad
        The two windows; where something is lost in the bad one, the good one shows the way.

    Returns
    -------
    path
        Nodes, the cause first; an edge's path starts with its source.
    """
    ways = [_Ways.of(window) for window in (bad, good)]
    if kind == EDGE:
        source, target = edge_ends(name)
        return source, *_most(ways, target, _Ways.down)
    path, entered = _most(ways, name, _Ways.up), _most(ways, name, _Ways.entry)
    if path[-1] == entered[-1] or tests[0] not in _DELAYS:
        return path
    later = _most(ways, name, _Ways.down)
    return later if len(later) > 1 else path


class _Ways(NamedTuple):
    """The requests of a window as lists, to walk along calls."""

    node: list[str]
    caller: list[int]
    waits: list[bool]
    last: list[int]
    """Of each request, that one of itself and all that followed from it which ended last."""

    @classmethod
    def of(cls, window: RequestWindow) -> "_Ways":
        requests = window.requests
        caller = requests["caller"].to_numpy(dtype=np.int64)
        end, last = requests["end_ns"].to_numpy(copy=True), np.arange(len(requests))
        for level in [*levels(caller)][:0:-1]:
            for row in level[np.argsort(end[level], kind="stable")]:
                if end[row] > end[caller[row]]:
                    end[caller[row]], last[caller[row]] = end[row], last[row]
        columns = requests["node"].tolist(), caller.tolist(), requests["waits"].tolist()
        return cls(*columns, last.tolist())

    def up(self, row: int) -> Path:
        """Return the nodes from a request to the last caller that waits."""
        path = [self.node[row]]
        while self.caller[row] != NO_ROW and self.waits[row]:
            row = self.caller[row]
            path.append(self.node[row])
        return tuple(path)

    def entry(self, row: int) -> Path:
        """Return the node at which the trace of a request was entered."""
        while self.caller[row] != NO_ROW:
            row = self.caller[row]
        return (self.node[row],)

    def down(self, row: int) -> Path:
        """Return the nodes from a request to the last one that followed from it."""
        path, at = [], self.last[row]
        while at != row:
            path.append(self.node[at])
            at = self.caller[at]
        return self.node[row], *path[::-1]


def _most(ways: Sequence[_Ways], node: str, walk: Callable[[_Ways, int], Path]) -> Path:
    """Return the most frequent path of a node's requests, in the first window that has any."""
    for window in ways:
        rows = [row for row, name in enumerate(window.node) if name == node][:_MOST_LOOKED_AT]
        if rows:
            return Counter(walk(window, row) for row in rows).most_common(1)[0][0]
    return (node,)
