"""The service map: who calls whom, how often, how fast and how well."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import networkx as nx
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, Patch, Wedge
from matplotlib.path import Path

from tracing_lab.plot.colours import STATUS_COLOURS, STATUS_NAMES, Colours
from tracing_lab.plot.labels import duration, text_width
from tracing_lab.plot.style import describe, new_axes, size_in, style
from tracing_lab.xray_model.nodes import CLIENT

from .layout import Edge, Point
from .plan import (
    KIND_PT,
    LABEL_GAP_IN,
    LINE_IN,
    NAME_PT,
    MapPlan,
    NodePlan,
    edge_words,
    is_link,
    map_plan,
    shares_of,
)
from .routes import label_places, routes

_RING_IN: Final = 0.07
_CENTRE_PT: Final = 8.0
_EDGE_PT: Final = 7.5
_CAPTION: Final = (
    "circle: median response time  ·  arrow: requests and median, as the caller saw them"
)
_MARGIN_IN: Final = 0.12
_LINK_DASHES: Final = (0, (4, 2))  # dashes, as X-Ray draws links


def plot_service_map(
    graph: "nx.DiGraph[str]", *, dark: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw a service graph from left to right, callers before callees.

    A ring shows how a node's requests ended: green good, orange errors (4xx), purple throttles
    (429), red faults (5xx). The larger the circle, the more requests. Edges back to an earlier
    node, as from a function that publishes to the bus that invoked it, run above the rest. Dashed
    edges are links from queues to their consumers, with the median age of messages.

    Parameters
    ----------
    graph
        A service graph, from `service_graph_from_spans` (also one of operations, which then are
        below the names) or `service_graph_from_document`.
    dark
        Draw on dark paper.
    ax
        Where to draw; a new figure of fitting size by default. Text shrinks with the axes.

    Returns
    -------
    ax
        The axes.
    """
    with style(dark=dark) as colours:
        drawn = draw_map(graph, ax=ax, colours=colours)
        draw_words(drawn, graph, title=map_title(graph), colours=colours)
    return drawn.ax


class DrawnMap(NamedTuple):
    """A service map on axes, to which something may be added.

    Attributes
    ----------
    ax, plan, scale
        The axes, in inches of the plan, and the scale of text.
    paths
        The way of each edge.
    """

    ax: Axes
    plan: MapPlan
    scale: float
    paths: Mapping[Edge, Path]


def draw_map(graph: "nx.DiGraph[str]", *, ax: Axes | None, colours: Colours) -> DrawnMap:
    """Draw nodes and edges of a service graph, without title and legend."""
    plan = map_plan(graph)
    ax = ax or new_axes(plan.width, plan.height)
    scale = _fit(ax, plan)
    most = max((data["requests"] for *_, data in graph.edges(data=True)), default=1)
    ways = routes(plan, graph.edges)
    places = label_places(plan, ways)
    for source, target, data in graph.edges(data=True):
        share = data["requests"] / max(most, 1)
        dashes = _LINK_DASHES if is_link(data) else "-"
        _draw_edge(ax, ways[source, target].path, share, scale, colours, dashes)
        _draw_edge_label(ax, places[source, target], data, scale, colours)
    for node in plan.nodes.values():
        _draw_node(ax, node, scale, colours)
    return DrawnMap(ax, plan, scale, {edge: way.path for edge, way in ways.items()})


def _fit(ax: Axes, plan: MapPlan) -> float:
    """Scale the axes to inches of the plan, centred; return the scale of text."""
    width, height = size_in(ax)
    scale = min(width / plan.width, height / plan.height)
    beside, above = width / scale - plan.width, height / scale - plan.height
    ax.set_xlim(plan.left - beside / 2, plan.right + beside / 2)
    ax.set_ylim(plan.bottom - above / 2, plan.top + above / 2)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return scale


def _draw_edge(
    ax: Axes, path: Path, share: float, scale: float, colours: Colours, dashes: Any
) -> None:
    ax.add_artist(
        FancyArrowPatch(
            path=path,
            arrowstyle="-|>,head_length=4,head_width=2.2",
            mutation_scale=scale * 1.4,
            linewidth=(0.9 + 1.3 * share**0.5) * scale,
            edgecolor=colours.arrow,
            facecolor=colours.arrow,
            linestyle=dashes,
            joinstyle="miter",
            zorder=1,
        )
    )


def _draw_edge_label(
    ax: Axes, at: Point, data: Mapping[str, Any], scale: float, colours: Colours
) -> None:
    ax.text(
        *at,
        "\n".join(edge_words(data)),
        fontsize=_EDGE_PT * scale,
        color=colours.muted,
        ha="center",
        va="center",
        linespacing=1.25,
        zorder=3,
        bbox={"facecolor": colours.paper, "edgecolor": "none", "pad": 1.2 * scale, "alpha": 0.9},
    )


def _draw_node(ax: Axes, node: NodePlan, scale: float, colours: Colours) -> None:
    ax.add_artist(Circle(node.at, node.radius, facecolor=colours.paper, edgecolor="none", zorder=4))
    if node.data["kind"] == CLIENT:
        _draw_client(ax, node, scale, colours)
    else:
        _draw_ring(ax, node)
        inside = 2 * (node.radius - _RING_IN) * 0.92
        words = duration(node.data["p50_s"])
        size = min(_CENTRE_PT, _CENTRE_PT * inside / max(text_width(words, _CENTRE_PT), 1e-6))
        options: dict[str, Any] = {"ha": "center", "va": "center_baseline", "zorder": 6}
        ax.text(*node.at, words, fontsize=size * scale, color=colours.ink, **options)
    _draw_label(ax, node, scale, colours)


def _draw_ring(ax: Axes, node: NodePlan) -> None:
    """Draw the shares of how requests ended, clockwise from the top, the worst first."""
    turn = 90.0
    shares = shares_of(node.data) if node.data["requests"] else {"in_progress": 1.0}
    for status, share in shares.items():
        if share <= 0:
            continue
        width = _RING_IN * (1 if status == "ok" else 1.25)
        begin = turn - 360 * share
        colour = STATUS_COLOURS[status]
        ax.add_artist(
            Wedge(
                node.at,
                node.radius,
                begin,
                turn,
                width=width,
                facecolor=colour,
                linewidth=0,
                zorder=5,
            )
        )
        turn = begin


def _draw_client(ax: Axes, node: NodePlan, scale: float, colours: Colours) -> None:
    """Draw a person."""
    (x, y), radius = node.at, node.radius
    outline: dict[str, Any] = {"facecolor": colours.band, "edgecolor": colours.faint}
    ax.add_artist(Circle(node.at, radius, linewidth=1.5 * scale, zorder=5, **outline))
    ax.add_artist(Circle((x, y + radius * 0.25), radius * 0.27, facecolor=colours.muted, zorder=6))
    shoulders = Wedge(
        (x, y - radius * 0.55), radius * 0.5, 0, 180, facecolor=colours.muted, zorder=6
    )
    ax.add_artist(shoulders)


def _draw_label(ax: Axes, node: NodePlan, scale: float, colours: Colours) -> None:
    x, y = node.at[0], node.at[1] - node.radius - LABEL_GAP_IN
    rows = [
        *((line, NAME_PT, colours.ink, "bold") for line in node.name.splitlines()),
        *((line, KIND_PT, colours.ink, "bold") for line in node.operation.splitlines()),
        *((line, KIND_PT, colours.muted, "normal") for line in node.kind.splitlines()),
        *((line, KIND_PT, colours.status_inks[status], "bold") for status, line in node.trouble),
    ]
    for line, size, colour, weight in rows:
        text = ax.text(x, y, line, fontsize=size * scale, color=colour, weight=weight)
        text.set(ha="center", va="top", zorder=6, parse_math=False)
        y -= LINE_IN


def map_title(graph: "nx.DiGraph[str]") -> str:
    """Return the title of a service map."""
    entered = sum(data["requests"] for _, data in graph.nodes(data=True) if data["kind"] == CLIENT)
    return f"Service map: {entered:,} request{'s' if entered != 1 else ''} from clients"


def draw_words(
    drawn: DrawnMap,
    graph: "nx.DiGraph[str]",
    *,
    title: str,
    colours: Colours,
    handles: Sequence[Artist] = (),
) -> None:
    """Write the title, what the colours mean, and what the short names leave out.

    Parameters
    ----------
    drawn, graph
        The map, and what it shows.
    title
        Above the map.
    colours
        Of the paper.
    handles
        More entries of the legend.
    """
    ax, plan, scale = drawn.ax, drawn.plan, drawn.scale
    describe(ax, f"{title}, {len(graph)} nodes and {graph.number_of_edges()} edges")
    left, top = plan.left + _MARGIN_IN, plan.top - _MARGIN_IN
    ax.text(left, top, title, fontsize=11 * scale, weight="bold", va="top", parse_math=False)
    patches = [
        Patch(facecolor=STATUS_COLOURS[status], label=STATUS_NAMES[status])
        for status in ("ok", "error", "throttle", "fault")
    ]
    ax.legend(
        handles=[*patches, *handles],
        ncols=len(patches) + len(handles),
        loc="lower left",
        fontsize=7.5 * scale,
        bbox_to_anchor=(left, plan.bottom + 0.22),
        bbox_transform=ax.transData,
        borderaxespad=0,
        borderpad=0.2,
        handlelength=1,
        handleheight=0.8,
        columnspacing=1.4,
    )
    foot = [_CAPTION] + ([f"names without {plan.hidden}"] if plan.hidden else [])
    at = (left + 0.02, plan.bottom + 0.08)
    ax.text(*at, "  ·  ".join(foot), fontsize=7 * scale, color=colours.muted, parse_math=False)
