"""Where the nodes of a service map go: layers from left to right, callers before callees.

Service graphs have circles (a function publishes to the bus that invoked it). An edge that leads
back into what came before it is a back edge; without those the rest is drawn in layers.
"""

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import networkx as nx

from tracing_lab.xray_model.nodes import CLIENT

Point = tuple[float, float]
Edge = tuple[str, str]
_Slot = Hashable  # a node, or a bend of an edge that crosses a layer

_SWEEPS: Final = 4


@dataclass(frozen=True)
class Layout:
    """Positions of nodes and bends of edges, in layers (x) and rows (y, upwards).

    Parameters
    ----------
    nodes
        Position of each node.
    bends
        Points between the two ends of each forward edge that crosses layers.
    back
        Edges that lead back, in the order in which they nest: the innermost first.
    """

    nodes: Mapping[str, Point]
    bends: Mapping[Edge, tuple[Point, ...]]
    back: tuple[Edge, ...]


def layered_layout(graph: "nx.DiGraph[str]") -> Layout:
    """Lay a service graph out from left to right.

    Parameters
    ----------
    graph
        A service graph; may have circles.

    Examples
    --------
    >>> graph = nx.DiGraph([("client", "api"), ("api", "worker"), ("worker", "api")])
    >>> layout = layered_layout(graph)
    >>> layout.nodes
    {'client': (0.0, 0.0), 'api': (1.0, 0.0), 'worker': (2.0, 0.0)}
    >>> layout.back
    (('worker', 'api'),)
    """
    found = _depth_first(graph)
    back = [edge for edge in graph.edges if edge in found.back]
    forward: nx.DiGraph[str] = nx.DiGraph()
    forward.add_nodes_from(found.order)
    forward.add_edges_from(edge for edge in graph.edges if edge not in found.back)
    layer = _layers(forward)
    slots = _with_bends(forward, layer)
    rows = _rows(slots, _ordered_layers(slots, forward, {source for source, _ in back}))
    nodes = {node: (float(layer[node]), rows[node]) for node in forward}
    return Layout(nodes, _bends(forward, layer, rows), tuple(sorted(back, key=_nesting(nodes))))


@dataclass(frozen=True)
class _Search:
    order: tuple[str, ...]  # as first visited
    back: frozenset[Edge]


def _depth_first(graph: "nx.DiGraph[str]") -> _Search:
    """Visit every node from the entries on; an edge to a node still being visited leads back."""
    entries = [node for node in graph if not graph.in_degree(node)]
    starts = sorted(entries, key=lambda node: graph.nodes[node].get("kind") != CLIENT)
    order: list[str] = []
    back: set[Edge] = set()
    seen: set[str] = set()
    for start in [*starts, *sorted(graph)]:
        if start in seen:
            continue
        seen.add(start)
        order.append(start)
        open_: dict[str, Any] = {start: iter(sorted(graph[start]))}
        while open_:
            node = next(reversed(open_))
            target = next(open_[node], None)
            if target is None:
                del open_[node]
            elif target in open_:
                back.add((node, target))
            elif target not in seen:
                seen.add(target)
                order.append(target)
                open_[target] = iter(sorted(graph[target]))
    return _Search(tuple(order), frozenset(back))


def _layers(forward: "nx.DiGraph[str]") -> dict[str, int]:
    """Put each node one layer right of its last caller, and entries just left of what they call."""
    layer: dict[str, int] = {}
    for node in nx.topological_sort(forward):
        layer[node] = max((layer[caller] + 1 for caller in forward.predecessors(node)), default=0)
    for node in forward:
        if not forward.in_degree(node) and forward.out_degree(node):
            layer[node] = min(layer[callee] for callee in forward.successors(node)) - 1
    return layer


def _with_bends(forward: "nx.DiGraph[str]", layer: Mapping[str, int]) -> "nx.DiGraph[_Slot]":
    """Cut edges that cross layers into pieces, so that every layer has a place for them."""
    slots: nx.DiGraph[_Slot] = nx.DiGraph()
    for node in forward:
        slots.add_node(node, layer=layer[node])
    for source, target in forward.edges:
        last: _Slot = source
        for between in range(layer[source] + 1, layer[target]):
            bend = (source, target, between)
            slots.add_node(bend, layer=between)
            slots.add_edge(last, bend)
            last = bend
        slots.add_edge(last, target)
    return slots


def _ordered_layers(
    slots: "nx.DiGraph[_Slot]", forward: "nx.DiGraph[str]", returning: set[str]
) -> list[list[_Slot]]:
    """Order each layer from top to bottom with few crossings; what leads back goes to the top."""
    for source in tuple(returning):
        returning |= nx.ancestors(forward, source)
    layers: dict[int, list[_Slot]] = defaultdict(list)
    for slot in slots:
        layers[slots.nodes[slot]["layer"]].append(slot)
    ordered = [
        sorted(layers[number], key=lambda slot: slot not in returning) for number in sorted(layers)
    ]
    for sweep in range(_SWEEPS):
        ahead = sweep % 2 == 0
        pairs = itertools.pairwise(ordered)
        for left, right in pairs if ahead else reversed([*pairs]):
            fixed, moved = (left, right) if ahead else (right, left)
            place = {slot: float(row) for row, slot in enumerate(fixed)}
            moved.sort(key=_middle(slots, place, moved))
    return ordered


def _middle(
    slots: "nx.DiGraph[_Slot]", place: Mapping[_Slot, float], moved: Sequence[_Slot]
) -> Any:
    """Return the mean position of a slot's neighbours in the fixed layer, or else its own."""
    own = {slot: float(row) for row, slot in enumerate(moved)}

    def middle(slot: _Slot) -> float:
        near = [place[other] for other in _neighbours(slots, slot) if other in place]
        return sum(near) / len(near) if near else own[slot]

    return middle


def _neighbours(slots: "nx.DiGraph[_Slot]", slot: _Slot) -> Iterable[_Slot]:
    yield from slots.predecessors(slot)
    yield from slots.successors(slot)


def _rows(slots: "nx.DiGraph[_Slot]", ordered: Sequence[Sequence[_Slot]]) -> dict[Any, float]:
    """Return heights: near the neighbours, in the given order, at least one row apart."""
    row: dict[_Slot, float] = {}
    for layer in ordered:
        row |= _spaced(layer, dict.fromkeys(layer, 0.0))
    for sweep in range(_SWEEPS):
        for layer in ordered if sweep % 2 == 0 else reversed(ordered):
            wanted = {}
            for slot in layer:
                near = slots.predecessors(slot) if sweep % 2 == 0 else slots.successors(slot)
                heights = [row[other] for other in near]
                wanted[slot] = sum(heights) / len(heights) if heights else row[slot]
            row |= _spaced(layer, wanted)
    return row


def _spaced(layer: Sequence[_Slot], wanted: Mapping[_Slot, float]) -> dict[_Slot, float]:
    """Move slots apart, as little as possible (pool adjacent violators on rows below the top)."""
    pools: list[tuple[float, int]] = []  # mean, number of slots
    for number, slot in enumerate(layer):
        mean, size = -wanted[slot] - number, 1
        while pools and pools[-1][0] > mean:
            before, count = pools.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        pools.append((mean, size))
    levels = [mean for mean, size in pools for _ in range(size)]
    return {slot: -(levels[number] + number) + 0.0 for number, slot in enumerate(layer)}


def _bends(
    forward: "nx.DiGraph[str]", layer: Mapping[str, int], row: Mapping[Any, float]
) -> dict[Edge, tuple[Point, ...]]:
    return {
        (source, target): tuple(
            (float(between), row[source, target, between])
            for between in range(layer[source] + 1, layer[target])
        )
        for source, target in forward.edges
        if layer[target] - layer[source] > 1
    }


def _nesting(nodes: Mapping[str, Point]) -> Any:
    """Order back edges so that a short one, or one from further up, lies inside of others."""

    def key(edge: Edge) -> tuple[float, float]:
        (x_from, y_from), (x_to, _) = nodes[edge[0]], nodes[edge[1]]
        return x_from - x_to, -y_from

    return key
