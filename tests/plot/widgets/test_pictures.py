"""What widgets draw and where agrees with the figures; pictures have a text for the blind."""

import re
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, Rectangle

from tracing_lab import plot
from tracing_lab.graph import service_graph_from_spans
from tracing_lab.plot.widgets.pictures import map_picture, waterfall
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]


def inches(ax: Axes, point: Any) -> tuple[float, float]:
    """Return where a point of the axes is, in inches from the figure's upper left corner."""
    figure = ax.figure
    x, y = ax.transData.transform(point) / figure.dpi
    return x, figure.get_size_inches()[1] - y


def first_point(path: str) -> tuple[float, float]:
    x, y = re.findall(r"-?[\d.]+", path)[:2]
    return float(x), float(y)


def test_shapes_lie_on_what_the_map_draws(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    ax = plot.plot_service_map(graph)
    picture = map_picture(graph)
    assert (picture.width, picture.height) == pytest.approx(tuple(ax.figure.get_size_inches()))
    shapes = {shape.key: first_point(shape.path) for shape in picture.shapes}
    assert len(shapes) == len(graph) + graph.number_of_edges()
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    for edge, arrow in zip(graph.edges, arrows, strict=True):
        start = arrow._path_original.vertices[0]
        assert shapes[edge] == pytest.approx(inches(ax, start), abs=0.002)
    circles = [patch for patch in ax.patches if isinstance(patch, Circle) and patch.zorder == 4]
    drawn = sorted(inches(ax, leftmost(circle)) for circle in circles)
    shown = sorted(at for key, at in shapes.items() if len(key) == 1)
    for outline, circle in zip(shown, drawn, strict=True):
        assert outline == pytest.approx(circle, abs=0.002)


def leftmost(circle: Circle) -> tuple[float, float]:
    x, y = circle.center
    return x - circle.radius, y


def test_bars_are_those_of_the_waterfall(shop_spans: pd.DataFrame) -> None:
    trace_id = shop_spans.index[0][0]
    shown = waterfall(shop_spans.loc[[trace_id]])
    ax = plot.plot_waterfall(shop_spans, trace_id)
    bars = [p for p in ax.patches if isinstance(p, Rectangle) and p.zorder == 2]
    total = max(bar.get_x() + bar.get_width() for bar in bars)
    for drawn, bar in zip(bars, shown.bars, strict=True):
        assert bar.left == pytest.approx(100 * drawn.get_x() / total, abs=0.01)
        assert bar.width <= 100 * drawn.get_width() / total + 0.01  # which has a minimum
        assert mpl.colors.same_color(bar.face, drawn.get_facecolor())


def test_the_critical_path_has_no_overlaps_and_ends_with_the_trace(
    shop_spans: pd.DataFrame,
) -> None:
    shown = waterfall(shop_spans.loc[[shop_spans.index[0][0]]])
    pieces = sorted(piece for bar in shown.bars for piece in bar.path)
    ends = [left + width for left, width in pieces]
    starts = [left for left, _ in pieces]
    assert all(end <= start + 0.01 for end, start in zip(ends, starts[1:], strict=False))
    assert ends[-1] == pytest.approx(100, abs=0.01)


def test_the_axis_has_round_times_and_the_answer(make_trace: Make) -> None:
    trace = make_trace(("api", None, 0, 0.1), ("worker", "api", 0.05, 0.4))
    shown = waterfall(spans_from_traces([trace]))
    assert shown.summary == "400 ms in 2 spans"
    assert shown.ticks[:2] == ((0, "0"), (12.5, "50 ms"))
    assert shown.answer == (25, "answer to the client: 100 ms")


def test_a_trace_that_only_began_has_bars(make_trace: Make) -> None:
    shown = waterfall(spans_from_traces([make_trace(("api", None, 0, None))]))
    assert [(bar.left, bar.status) for bar in shown.bars] == [(0, "in_progress")]
    assert shown.answer is None


def alt_of(ax: Axes) -> str:
    """Return what a notebook keeps of a figure besides the picture."""
    formatter = DisplayFormatter()
    formatter.formatters["image/png"].for_type(Figure, lambda _: b"picture")
    data, metadata = formatter.format(ax.figure, include=["image/png"])
    assert data == {"image/png": b"picture"}
    return str(metadata["image/png"]["alt"])


def test_pictures_in_notebooks_have_a_text(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    trace_id = shop_spans.index[0][0]
    counts = f"{len(graph)} nodes and {graph.number_of_edges()} edges"
    assert alt_of(plot.plot_service_map(graph)) == (
        f"Service map: 120 requests from clients, {counts}"
    )
    assert alt_of(plot.plot_waterfall(shop_spans, trace_id)).startswith(
        f"Waterfall of trace {trace_id}: "
    )
    assert alt_of(plot.plot_percentiles(shop_spans)) == "Latency percentiles"


def test_a_png_is_a_png_and_its_figure_is_closed(worked_spans: pd.DataFrame) -> None:
    ax = plot.plot_timeline(worked_spans)
    assert plot.figure_to_png(ax, dpi=50).startswith(b"\x89PNG")
    assert plt.get_fignums() == []
