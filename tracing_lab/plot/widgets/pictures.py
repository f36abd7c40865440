"""What pictures show, as plain data for widgets: shapes over a service map, bars of a waterfall.

Layout and colours are those of `plot_service_map` and `plot_waterfall`.
"""

from dataclasses import dataclass
from typing import Final

import networkx as nx
import pandas as pd
from matplotlib.ticker import MaxNLocator

from tracing_lab.graph.trace_tree import critical_path_of_trace
from tracing_lab.plot.colours import LIGHT
from tracing_lab.plot.labels import duration
from tracing_lab.plot.save import figure_to_svg
from tracing_lab.plot.service_map import plot_service_map
from tracing_lab.plot.service_map.plan import LABEL_GAP_IN, LINE_IN, MapPlan, NodePlan, map_plan
from tracing_lab.plot.service_map.routes import routes
from tracing_lab.plot.service_map.svg import svg_path, svg_point
from tracing_lab.plot.waterfall.looks import bar_look
from tracing_lab.plot.waterfall.rows import WaterfallRow, counted, rows_from_trace

__all__ = ["Bar", "MapPicture", "Shape", "Waterfall", "map_picture", "waterfall"]

_LABEL_IN: Final = 1.2
_TICKS: Final = 8
_ANSWERED_BEFORE: Final = 97.0  # percent of the trace; a later answer is the end of the trace


@dataclass(frozen=True)
class Shape:
    """Where a node or an edge is in the picture of a service map.

    Parameters
    ----------
    key
        The node, or source and target of the edge.
    path
        SVG path data, in inches from the upper left corner: an edge's line, a node's outline.
    """

    key: tuple[str, ...]
    path: str


@dataclass(frozen=True)
class MapPicture:
    """A service map as an SVG element, with the shapes of its nodes and edges."""

    svg: str
    width: float
    height: float
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class Bar:
    """A row of a waterfall; positions in percent of the trace's duration.

    Parameters
    ----------
    path
        Start and width of each stretch in which the span is on the critical path.
    """

    span_id: str
    name: str
    detail: str
    depth: int
    look: str
    status: str
    left: float
    width: float
    note: str
    band: bool
    face: str
    edge: str
    path: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Waterfall:
    """A trace as bars, with the ticks of the axis and the moment of the client's answer."""

    trace_id: str
    summary: str
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, str], ...]
    answer: tuple[float, str] | None


def map_picture(graph: "nx.DiGraph[str]") -> MapPicture:
    """Draw a service map and return where its nodes and edges are.

    Returns
    -------
    picture
        The picture of `plot_service_map`, and a shape for each edge and node.
    """
    plan = map_plan(graph)
    lines = [
        Shape((source, target), svg_path(route.path, plan))
        for (source, target), route in routes(plan, graph.edges).items()
    ]
    nodes = [Shape((key,), _outline(node, plan)) for key, node in plan.nodes.items()]
    svg = figure_to_svg(plot_service_map(graph))
    return MapPicture(svg, plan.width, plan.height, (*lines, *nodes))


def waterfall(trace: pd.DataFrame) -> Waterfall:
    """Return a trace as bars in the order and with the colours of `plot_waterfall`."""
    trace_id = str(trace.index.get_level_values("trace_id")[0])
    rows = rows_from_trace(trace.droplevel("trace_id"))
    total_s = max(row.end_s for row in rows) or 1e-6
    stretches = _stretches(trace.droplevel("trace_id"), total_s)
    return Waterfall(
        trace_id=trace_id,
        summary=f"{duration(total_s)} in {counted(rows)}",
        bars=tuple(_bar(row, total_s, stretches.get(row.span_id, ())) for row in rows),
        ticks=_ticks(total_s),
        answer=_answer(rows[0], total_s),
    )


def _outline(node: NodePlan, plan: MapPlan) -> str:
    """Return a circle around a node and a rectangle around the text below it."""
    (x, y), radius = node.at, node.radius
    left, right = svg_point((x - radius, y), plan), svg_point((x + radius, y), plan)
    arc = f"A{radius:.3f} {radius:.3f} 0 1 0"
    circle = f"M{left}{arc} {right}{arc} {left}Z"
    height = LABEL_GAP_IN + node.lines * LINE_IN
    corner = svg_point((x - _LABEL_IN / 2, y - radius), plan)
    return f"{circle}M{corner}h{_LABEL_IN:.3f}v{height:.3f}h{-_LABEL_IN:.3f}Z"


def _stretches(trace: pd.DataFrame, total_s: float) -> dict[str, tuple[tuple[float, float], ...]]:
    """Return when each span is on the critical path."""
    path = critical_path_of_trace(trace)
    begin = trace["start"].min()
    stretches: dict[str, tuple[tuple[float, float], ...]] = {}
    columns = [path[name] for name in ("span_id", "start", "duration_s")]
    for span_id, start, width_s in zip(*columns, strict=True):
        stretch = _percent((start - begin).total_seconds(), width_s, total_s)
        stretches[span_id] = (*stretches.get(span_id, ()), stretch)
    return stretches


def _bar(row: WaterfallRow, total_s: float, path: tuple[tuple[float, float], ...]) -> Bar:
    left, width = _percent(row.start_s, row.end_s - row.start_s, total_s)
    look = bar_look(row.look, row.status, LIGHT)
    return Bar(
        span_id=row.span_id,
        name=row.name,
        detail=row.detail,
        depth=row.depth,
        look=row.look,
        status=row.status,
        left=left,
        width=width,
        note=row.note,
        band=row.band,
        face=look["facecolor"],
        edge=look["edgecolor"],
        path=path,
    )


def _percent(start_s: float, width_s: float, total_s: float) -> tuple[float, float]:
    return round(100 * start_s / total_s, 3), round(100 * width_s / total_s, 3)


def _ticks(total_s: float) -> tuple[tuple[float, str], ...]:
    times_s = [
        float(time_ms) / 1e3 for time_ms in MaxNLocator(_TICKS).tick_values(0, total_s * 1e3)
    ]
    inside = [time_s for time_s in times_s if 0 <= time_s <= total_s]
    labels = [duration(time_s) if time_s else "0" for time_s in inside]
    at = [round(100 * time_s / total_s, 3) for time_s in inside]
    return tuple(zip(at, labels, strict=True))


def _answer(root: WaterfallRow, total_s: float) -> tuple[float, str] | None:
    at = round(100 * root.end_s / total_s, 3)
    if at >= _ANSWERED_BEFORE or root.status == "in_progress":
        return None
    return at, f"answer to the client: {duration(root.end_s - root.start_s)}"
