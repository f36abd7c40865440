"""The service map: who calls whom, how often, how fast and how well."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import networkx as nx
import numpy as np
from matplotlib.path import Path

from tracing_lab.plot.colours import STATUS_COLOURS, STATUS_NAMES, Colours
from tracing_lab.plot.labels import duration
from tracing_lab.plot.service_map.drawing import map_title
from tracing_lab.plot.service_map.layout import Point
from tracing_lab.plot.service_map.plan import (
    LABEL_GAP_IN,
    MapPlan,
    NodePlan,
    edge_words,
    is_link,
    map_plan,
    shares_of,
)
from tracing_lab.plot.service_map.routes import label_places, routes
from tracing_lab.plot.service_map.svg import svg_path
from tracing_lab.xray_model.nodes import CLIENT

from .figures import colours_of, graph_objects, new_figure, text

if TYPE_CHECKING:  # an optional extra
    from plotly.graph_objects import Figure

_PX_PER_IN: Final = 96
_RING: Final = 0.76  # of a circle that its ring leaves free
_HEAD_IN: Final = 0.12
_STATUSES: Final = ("ok", "error", "throttle", "fault")


def plot_service_map(graph: "nx.DiGraph[str]", *, dark: bool = False) -> "Figure":
    """Draw a service graph from left to right, as `plot.plot_service_map` does.

    Parameters
    ----------
    graph
        A service graph, from `service_graph_from_spans` or `service_graph_from_document`.
    dark
        Draw on dark paper.

    Returns
    -------
    figure
        A plotly figure; pointing at a circle or at the numbers of an arrow shows more of them.

    Raises
    ------
    MissingExtraError
        If plotly is not installed.
    """
    colours = colours_of(dark=dark)
    plan = map_plan(graph)
    traces = [*_rings(plan, colours), _labels(plan, colours)]
    figure = new_figure(traces, map_title(graph), rows_px=0, colours=colours)
    figure.update_layout(
        width=plan.width * _PX_PER_IN, height=plan.height * _PX_PER_IN,
        margin={"t": 0, "b": 0, "l": 0, "r": 0}, title={"yref": "container", "y": 0.98},
        shapes=[*_lines(graph, plan, colours)],
        annotations=[*_heads(graph, plan, colours), *_numbers(graph, plan, colours)],
    )  # fmt: skip
    figure.update_xaxes(visible=False, range=[0, plan.width])
    figure.update_yaxes(visible=False, range=[plan.height, 0])
    return figure


def _at(point: Point, plan: MapPlan) -> dict[str, float]:
    """Return a point in inches from the upper left corner."""
    return {"x": point[0] - plan.left, "y": plan.top - point[1]}


def _rings(plan: MapPlan, colours: Colours) -> Iterator[Any]:
    """Yield a ring per node, of how its requests ended; the first has the legend."""
    is_first = True
    for node in plan.nodes.values():
        is_client = node.data["kind"] == CLIENT
        shares = _shares(node)
        at, radius = _at(node.at, plan), node.radius
        across = (at["x"] - radius) / plan.width, (at["x"] + radius) / plan.width
        up = 1 - (at["y"] + radius) / plan.height, 1 - (at["y"] - radius) / plan.height
        yield graph_objects().Pie(
            values=[*shares.values()], labels=[STATUS_NAMES[status] for status in shares],
            hole=_RING, sort=False, direction="clockwise",
            marker={"colors": [colours.muted if is_client else STATUS_COLOURS[status]
                               for status in shares]},
            domain={"x": across, "y": up}, textinfo="none", showlegend=is_first and not is_client,
            title={"text": "" if is_client else duration(node.data["p50_s"]),
                   "position": "middle center", "font": {"size": 11}},
            hovertemplate=_hover(node) + "<extra></extra>",
        )  # fmt: skip
        is_first = is_first and is_client


def _shares(node: NodePlan) -> dict[str, float]:
    """Return how the requests of a node ended, in the order of the legend."""
    if node.data["kind"] == CLIENT:
        return {"ok": 1.0}
    shares = shares_of(node.data)
    known = {status: shares[status] for status in _STATUSES}
    return known if node.data["requests"] else {"in_progress": 1.0}


def _hover(node: NodePlan) -> str:
    return f"<b>{text(str(node.data['name']))}</b><br>{_figures(node.data)}"


def _figures(data: Mapping[str, Any]) -> str:
    """Return the statistics of a node or an edge as lines."""
    lines = [f"{data['requests']:,} requests"]
    lines += [f"{status}: {share:.1%}" for status, share in shares_of(data).items() if share]
    lines += [f"{name}: {duration(data[f'{name}_s'])}" for name in ("p50", "p95", "p99")]
    return "<br>".join(lines)


def _labels(plan: MapPlan, colours: Colours) -> Any:
    """Return the texts below the circles."""
    below = [
        _at((node.at[0], node.at[1] - node.radius - LABEL_GAP_IN / 2), plan)
        for node in plan.nodes.values()
    ]
    return graph_objects().Scatter(
        x=[at["x"] for at in below], y=[at["y"] for at in below], mode="text", hoverinfo="skip",
        text=[_label(node, colours) for node in plan.nodes.values()],
        textposition="bottom center", textfont={"size": 12}, showlegend=False,
    )  # fmt: skip


def _label(node: NodePlan, colours: Colours) -> str:
    small = [(line, colours.ink) for line in node.operation.splitlines()]
    small += [(line, colours.muted) for line in node.kind.splitlines()]
    small += [(line, colours.status_inks[status]) for status, line in node.trouble]
    lines = [f"<b>{text(line)}</b>" for line in node.name.splitlines()]
    lines += [
        f"<span style='font-size:9px;color:{colour}'>{text(line)}</span>" for line, colour in small
    ]
    return "<br>".join(lines)


def _lines(graph: "nx.DiGraph[str]", plan: MapPlan, colours: Colours) -> Iterator[dict[str, Any]]:
    most = max((data["requests"] for *_, data in graph.edges(data=True)), default=0)
    for (source, target), way in routes(plan, graph.edges).items():
        share = graph.edges[source, target]["requests"] / max(most, 1)
        line = {"color": colours.arrow, "width": 1.2 + 1.7 * share**0.5}
        line |= {"dash": "dash"} if is_link(graph.edges[source, target]) else {}
        yield {"type": "path", "path": svg_path(way.path, plan), "line": line, "layer": "below"}


def _heads(graph: "nx.DiGraph[str]", plan: MapPlan, colours: Colours) -> Iterator[dict[str, Any]]:
    """Yield an arrow's head at the end of each edge."""
    for way in routes(plan, graph.edges).values():
        end, tail = _last_piece(way.path)
        at, back = _at(end, plan), _at(tail, plan)
        yield {
            **at, "ax": back["x"], "ay": back["y"], "axref": "x", "ayref": "y", "showarrow": True,
            "arrowhead": 2, "arrowwidth": 2, "arrowcolor": colours.arrow, "text": "",
        }  # fmt: skip


def _last_piece(path: Path) -> tuple[Point, Point]:
    """Return the end of a path, and a point shortly before it."""
    vertices = np.asarray(path.vertices, dtype=np.float64)
    end, before = vertices[-1], vertices[-2]
    tail = end + (before - end) / max(float(np.linalg.norm(before - end)), 1e-9) * _HEAD_IN
    return (float(end[0]), float(end[1])), (float(tail[0]), float(tail[1]))


def _numbers(graph: "nx.DiGraph[str]", plan: MapPlan, colours: Colours) -> Iterator[dict[str, Any]]:
    """Yield how many requests each edge had, and their median."""
    for edge, place in label_places(plan, routes(plan, graph.edges)).items():
        data = graph.edges[edge]
        yield {
            **_at(place, plan), "text": "<br>".join(edge_words(data)),
            "showarrow": False, "bgcolor": colours.paper, "borderpad": 1,
            "font": {"size": 10, "color": colours.muted}, "hovertext": _figures(data),
        }  # fmt: skip
