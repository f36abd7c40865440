"""The geometry of a service map in inches, before anything is drawn."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import networkx as nx
import numpy as np

from tracing_lab.plot.labels import (
    duration,
    hidden_parts,
    percent,
    short_names,
    text_width,
    wrapped,
)
from tracing_lab.xray_model.nodes import CLIENT

from .layout import Edge, Layout, Point, layered_layout

NAME_PT: Final = 9.0
KIND_PT: Final = 6.6
LINE_IN: Final = 0.15
LABEL_GAP_IN: Final = 0.09

_COLUMN_IN: Final = 1.16  # seven layers are what a notebook shows in full size
_LABEL_IN: Final = 0.9  # of a column
_RADIUS_IN: Final = (0.27, 0.33)
_ROW_GAP_IN: Final = 0.3
_LANE_IN: Final = 0.3
_SIDE_IN: Final = 0.6
_BESIDE_IN: Final = 0.3  # for back edges that go around the last layer
_NARROWEST_IN: Final = 7.6
_FOOT_IN: Final = 0.75


@dataclass(frozen=True)
class NodePlan:
    """One node: where it is, how large, and what stands below it."""

    at: Point
    radius: float
    name: str
    kind: str
    operation: str
    trouble: tuple[tuple[str, str], ...]
    loops: bool  # whether it calls itself
    data: Mapping[str, Any]

    @property
    def height(self) -> float:
        """Height above the middle, with the loop of a node that calls itself."""
        return self.radius * (3 if self.loops else 1)

    @property
    def lines(self) -> int:
        """Count the lines of text below the circle."""
        texts = self.name, self.operation, self.kind
        return sum(len(text.splitlines()) for text in texts) + len(self.trouble)


@dataclass(frozen=True)
class MapPlan:
    """A whole map: nodes, bends of edges, lanes of back edges, and its outer bounds."""

    nodes: Mapping[str, NodePlan]
    bends: Mapping[Edge, tuple[Point, ...]]
    lanes: Mapping[Edge, float]  # height of each back edge
    left: float
    right: float
    bottom: float
    top: float
    hidden: str  # what short names leave out

    @property
    def width(self) -> float:
        """Width in inches."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height in inches."""
        return self.top - self.bottom


def map_plan(graph: "nx.DiGraph[str]") -> MapPlan:
    """Plan a service map."""
    layout = layered_layout(graph)
    names = short_names(data["name"] for _, data in graph.nodes(data=True))
    row_in = _row_height(graph, names)
    nodes = _nodes(graph, layout, names, row_in)
    ceiling = max((node.at[1] + node.height for node in nodes.values()), default=0.0)
    floor = min((_below(node) for node in nodes.values()), default=0.0)
    around = [edge for edge in layout.back if edge[0] != edge[1]]
    lanes = {edge: ceiling + 0.4 + _LANE_IN * number for number, edge in enumerate(around)}
    xs = [node.at[0] for node in nodes.values()] or [0.0]
    middle, width = (min(xs) + max(xs)) / 2, max(xs) - min(xs) + 2 * _SIDE_IN
    width = max(width + (_BESIDE_IN if lanes else 0), _NARROWEST_IN)
    return MapPlan(
        nodes=nodes,
        bends={
            edge: tuple(_inches(at, row_in) for at in layout.bends[edge]) for edge in layout.bends
        },
        lanes=lanes,
        left=middle - width / 2,
        right=middle + width / 2,
        bottom=floor - _FOOT_IN,
        top=max([ceiling, *lanes.values()]) + 0.5,
        hidden=hidden_parts(names),
    )


def _inches(at: Point, row_in: float) -> Point:
    return at[0] * _COLUMN_IN, at[1] * row_in


def _nodes(
    graph: "nx.DiGraph[str]", layout: Layout, names: Mapping[str, str], row_in: float
) -> dict[str, NodePlan]:
    most = max((data["requests"] for _, data in graph.nodes(data=True)), default=0)
    nodes = {}
    for key, at in layout.nodes.items():
        data = graph.nodes[key]
        small, large = _RADIUS_IN
        share = float(np.sqrt(data["requests"] / most)) if most else 0.0
        nodes[key] = NodePlan(
            at=_inches(at, row_in),
            radius=small + (large - small) * share,
            name=_lines(
                "clients" if data["kind"] == CLIENT else names[data["name"]], NAME_PT, "bold"
            ),
            kind="" if data["kind"] == CLIENT else _lines(data["kind"], KIND_PT, "normal"),
            operation=_operation(data),
            trouble=_trouble(data),
            loops=graph.has_edge(key, key),
            data=data,
        )
    return nodes


def _lines(text: str, size_pt: float, weight: str) -> str:
    return wrapped(text, lambda line: text_width(line, size_pt, weight) <= _LABEL_IN)


def _operation(data: Mapping[str, Any]) -> str:
    return _lines(data.get("operation", ""), KIND_PT, "bold")


def _trouble(data: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return the text of what the ring shows in colour: the two worst outcomes and statuses."""
    shares = shares_of(data)
    plurals = {"fault": "faults", "throttle": "throttles", "error": "errors"}
    return tuple(
        (status, f"{percent(shares[status])} {plural}")
        for status, plural in plurals.items()
        if shares[status] > 0
    )[:2]


def shares_of(data: Mapping[str, Any]) -> dict[str, float]:
    """Split a node's or an edge's requests by how they ended.

    Returns
    -------
    shares
        Fractions by status, in the order in which a ring shows them; zeros without requests.

    Examples
    --------
    >>> shares_of({"requests": 10, "errors": 3, "throttles": 1, "faults": 2})
    {'fault': 0.2, 'throttle': 0.1, 'error': 0.2, 'ok': 0.5}
    """
    counts = {
        "fault": data["faults"],
        "throttle": data["throttles"],
        "error": data["errors"] - data["throttles"],
    }
    total = max(data["requests"], 1)
    good = data["requests"] - sum(counts.values())
    return {status: count / total for status, count in (counts | {"ok": good}).items()}


def is_link(data: Mapping[str, Any]) -> bool:
    """Return whether an edge is a link from a queue, over which no request is counted.

    Examples
    --------
    >>> is_link({"requests": 0, "bus_p50_s": 0.75}), is_link({"requests": 0, "p50_s": 0.75})
    (True, False)
    """
    return not data["requests"] and data.get("bus_p50_s", math.nan) >= 0


def edge_words(data: Mapping[str, Any]) -> list[str]:
    """Return what stands on an edge: requests and median, or of a link how old messages were.

    Examples
    --------
    >>> edge_words({"requests": 1200, "p50_s": 0.0123})
    ['1,200', '12 ms']
    >>> edge_words({"requests": 0, "bus_p50_s": 0.75})
    ['queued', '750 ms']
    """
    if is_link(data):
        return ["queued", duration(data["bus_p50_s"])]
    return [word for word in (f"{data['requests']:,}", duration(data["p50_s"])) if word]


def _row_height(graph: "nx.DiGraph[str]", names: Mapping[str, str]) -> float:
    """Leave room for the largest circle and the longest label of any row."""
    lines = [
        _lines(names[data["name"]], NAME_PT, "bold").count("\n")
        + _lines(data["kind"], KIND_PT, "normal").count("\n")
        + len(_operation(data).splitlines())
        + len(_trouble(data))
        for _, data in graph.nodes(data=True)
    ]
    return 2 * _RADIUS_IN[1] + LABEL_GAP_IN + (max(lines, default=0) + 2) * LINE_IN + _ROW_GAP_IN


def _below(node: NodePlan) -> float:
    """Return the height at which a node's label ends."""
    return node.at[1] - node.radius - LABEL_GAP_IN - node.lines * LINE_IN
