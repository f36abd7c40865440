"""The route of each edge of a service map, and where its numbers cover no others."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from matplotlib.path import Path

from tracing_lab.plot.labels import text_width

from .edges import curve_point, forward_path, loop_path, rounded_path
from .layout import Edge, Point
from .plan import KIND_PT, LABEL_GAP_IN, LINE_IN, NAME_PT, MapPlan, NodePlan

_SIDE_STEP_IN: Final = 0.3
_NEXT_IN: Final = 0.1  # between lines that run side by side
_HEAD_IN: Final = 0.02  # between an arrow's head and the circle
_SHARES: Final = (0.5, 0.42, 0.58, 0.34, 0.66, 0.26, 0.74, 0.18, 0.82)
_ABOVE_IN: Final = 0.2  # the numbers over a straight arrow
_WORDS_IN: Final = (0.42, 0.28)  # size of the numbers on an arrow

Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True)
class EdgeRoute:
    """An edge's path and the places where its numbers may stand, the best first."""

    path: Path
    places: Sequence[Point]


def routes(plan: MapPlan, edges: Iterable[Edge]) -> dict[Edge, EdgeRoute]:
    """Return the route of every edge from its source to its target."""
    return {edge: _route(plan, edge) for edge in edges}


def label_places(plan: MapPlan, ways: Mapping[Edge, EdgeRoute]) -> dict[Edge, Point]:
    """Choose a place on each edge for its numbers, clear of nodes and of other numbers.

    Returns
    -------
    places
        Middle of each edge's numbers. Where nothing is free, the best place without the rest.
    """
    taken = [box for node in plan.nodes.values() for box in _node_boxes(node)]
    places: dict[Edge, Point] = {}
    for edge in sorted(ways, key=lambda edge: len(ways[edge].places)):
        free = (at for at in ways[edge].places if not any(_meet(_words(at), box) for box in taken))
        places[edge] = next(free, ways[edge].places[0])
        taken.append(_words(places[edge]))
    return places


def _route(plan: MapPlan, edge: Edge) -> EdgeRoute:
    source, target = plan.nodes[edge[0]], plan.nodes[edge[1]]
    if source is target:
        (x, y), radius = source.at, source.radius
        return EdgeRoute(loop_path(source.at, radius), [(x, y + 2.3 * radius)])
    if edge in plan.lanes:
        return _detour(plan, edge)
    start, end = source.at[0] + source.radius, target.at[0] - target.radius - _HEAD_IN
    points = [(start, source.at[1]), *plan.bends.get(edge, ()), (end, target.at[1])]
    if source.at[1] == target.at[1] and edge not in plan.bends:
        above = ((start + end) / 2, source.at[1] + _ABOVE_IN)  # on it, they would hide it
        return EdgeRoute(forward_path(points), [above])
    pieces = [*itertools.pairwise(points)]
    pieces.sort(key=lambda piece: abs(piece[0][0] + piece[1][0] - start - end))
    places = [curve_point(*piece, share) for piece in pieces for share in _SHARES]
    return EdgeRoute(forward_path(points), places)


def _detour(plan: MapPlan, edge: Edge) -> EdgeRoute:
    """Return a back edge's route over the top: straight up if the way is free, else next to it."""
    source, target, lane = plan.nodes[edge[0]], plan.nodes[edge[1]], plan.lanes[edge]
    rank = [*plan.lanes].index(edge)
    shift = _NEXT_IN * (len(plan.lanes) - 1 - 2 * rank) / 2  # outer lanes come down further left
    shift = max(-target.radius / 2, min(shift, target.radius / 2))
    (x0, y0), (x1, y1) = source.at, target.at
    if _is_free_above(plan, source):
        leave = x0
        start = [(x0, y0 + source.radius)]
    else:
        leave = x0 + source.radius + _SIDE_STEP_IN + _NEXT_IN * rank
        start = [(x0 + source.radius, y0), (leave, y0)]
    if _is_free_above(plan, target):
        arrive = x1 + shift
        end = [(arrive, y1 + (target.radius**2 - shift**2) ** 0.5 + _HEAD_IN)]
    else:
        arrive = x1 - target.radius - _SIDE_STEP_IN - _NEXT_IN * rank
        end = [(arrive, y1), (x1 - target.radius - _HEAD_IN, y1)]
    path = rounded_path([*start, (leave, lane), (arrive, lane), *end])
    return EdgeRoute(path, [(arrive + (leave - arrive) * share, lane) for share in _SHARES])


def _is_free_above(plan: MapPlan, node: NodePlan) -> bool:
    column = [other for other in plan.nodes.values() if other.at[0] == node.at[0]]
    return not node.loops and all(other.at[1] <= node.at[1] for other in column)


def _node_boxes(node: NodePlan) -> list[Box]:
    (x, y), radius = node.at, node.radius
    lines = [
        *(text_width(line, NAME_PT, "bold") for line in node.name.splitlines()),
        *(text_width(line, KIND_PT) for line in node.kind.splitlines()),
        *(text_width(line, KIND_PT, "bold") for _, line in node.trouble),
    ]
    half, top = max(lines, default=0.0) / 2, y - radius
    below = (x - half, top - LABEL_GAP_IN - LINE_IN * len(lines), x + half, top)
    return [(x - radius, y - radius, x + radius, y + radius), below]


def _words(at: Point) -> Box:
    (x, y), (width, height) = at, _WORDS_IN
    return x - width / 2, y - height / 2, x + width / 2, y + height / 2


def _meet(first: Box, second: Box) -> bool:
    beside = first[2] <= second[0] or second[2] <= first[0]
    return not (beside or first[3] <= second[1] or second[3] <= first[1])
