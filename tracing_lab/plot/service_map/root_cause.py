"""The service map with the path from a root cause to where it is noticed."""

from itertools import pairwise
from typing import Final

import networkx as nx
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, PathPatch

from tracing_lab.plot.colours import Colours, ink_on, mixed
from tracing_lab.plot.labels import short_names, shortened
from tracing_lab.plot.style import style
from tracing_lab.rca import Finding
from tracing_lab.rca.model import edge_ends

from .drawing import DrawnMap, draw_map, draw_words, map_title
from .plan import NodePlan

_BAND_PT: Final = 7.0
_THIN: Final = 0.45
_HALO_IN: Final = 0.07
_BADGE_IN: Final = 0.11
_BADGE_PT: Final = 7.5
_UP: Final = 0.72  # a badge stands at the upper left of its circle
_LONGEST: Final = 90


def plot_root_cause(
    finding: Finding, graph: "nx.DiGraph[str]", *, dark: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw a service map with the path from the root cause to where it is noticed.

    The nodes of the path are numbered from the cause on, and the way between them is marked. It may
    go against an arrow: a caller notices what it called. If nothing was found, nothing is marked.

    Parameters
    ----------
    finding
        What `rca.find_root_cause` returned.
    graph
        The service graph of the bad window; of both windows, where something no longer arrives in
        the bad one. What it does not have is not marked.
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
        for step in pairwise(finding.path):
            _mark_way(drawn, step, colours)
        for name in dict.fromkeys(finding.path):
            if name in drawn.plan.nodes:
                _mark_node(drawn, drawn.plan.nodes[name], _numbers(finding.path, name), colours)
        handles = [_legend(finding, drawn, colours)] if finding.path else []
        title = _title(finding, graph)
        draw_words(drawn, graph, title=title, colours=colours, handles=handles)
    return drawn.ax


def _mark_way(drawn: DrawnMap, step: tuple[str, str], colours: Colours) -> None:
    path = drawn.paths.get(step) or drawn.paths.get((step[1], step[0]))
    if path is not None:
        band = PathPatch(path, facecolor="none", capstyle="round", zorder=0.5)
        band.set_edgecolor(mixed(colours.calm, colours.paper, _THIN))
        band.set_linewidth(_BAND_PT * drawn.scale)
        drawn.ax.add_artist(band)


def _mark_node(drawn: DrawnMap, node: NodePlan, numbers: str, colours: Colours) -> None:
    (x, y), radius = node.at, node.radius
    band = mixed(colours.calm, colours.paper, _THIN)
    drawn.ax.add_artist(Circle(node.at, radius + _HALO_IN, facecolor=band, zorder=3.5, linewidth=0))
    at = (x - _UP * radius, y + _UP * radius)
    drawn.ax.add_artist(Circle(at, _BADGE_IN, facecolor=colours.calm, zorder=7, linewidth=0))
    text = drawn.ax.text(*at, numbers, fontsize=_BADGE_PT * drawn.scale, weight="bold")
    text.set(color=ink_on(colours.calm), ha="center", va="center_baseline", zorder=8)


def _numbers(path: tuple[str, ...], name: str) -> str:
    return ",".join(str(at) for at, node in enumerate(path, 1) if node == name)


def _legend(finding: Finding, drawn: DrawnMap, colours: Colours) -> Line2D:
    last = len(finding.path)
    label = f"path from the cause (1) to where it is noticed ({last})" if last > 1 else "the cause"
    return Line2D([], [], color=colours.calm, linewidth=4 * drawn.scale, label=label)


def _title(finding: Finding, graph: "nx.DiGraph[str]") -> str:
    if not finding.found:
        return f"No fault found. {map_title(graph)}"
    short = short_names([*graph.nodes, *finding.path])
    parts = [[end for end in edge_ends(name) if end] for name in finding.root_causes]
    names = [" -> ".join(short.get(end, end) for end in ends) for ends in parts]
    lines = [" and ".join(names), finding.causes["evidence"].iloc[0]]
    cut = [shortened(line, lambda text: len(text) <= _LONGEST) for line in lines]
    return f"Root cause{'s' if len(names) > 1 else ''}: {cut[0]}\n{cut[1]}"
