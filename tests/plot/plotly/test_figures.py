"""Figures with plotly show what those with matplotlib show."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from figure_data import extreme_spans, summaries

from tracing_lab import plot
from tracing_lab.graph import service_graph_from_spans
from tracing_lab.plot.colours import DARK, LIGHT, contrast
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import tail_attribution

pytest.importorskip("plotly", reason="an optional extra: pip install 'tracing-lab[plotly]'")

Make = Callable[..., dict[str, Any]]
NAMES = plot.plotly.__all__


def drawn(name: str, spans: pd.DataFrame, **options: Any) -> Any:
    """Draw a figure of spans."""
    figure: Any = getattr(plot.plotly, name)
    data = service_graph_from_spans(spans) if name == "plot_service_map" else spans
    more = [spans.index[0][0]] if name == "plot_waterfall" else []
    return figure(data, *more, **options)


@pytest.mark.parametrize("name", NAMES)
def test_parameters_are_those_of_the_figure_with_matplotlib(name: str) -> None:
    wanted = dict(inspect.signature(getattr(plot, name)).parameters)
    del wanted["ax"]
    assert dict(inspect.signature(getattr(plot.plotly, name)).parameters) == wanted


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_text_stands_out_from_the_paper(name: str, shop_spans: pd.DataFrame, *, dark: bool) -> None:
    layout = drawn(name, shop_spans, dark=dark).layout
    assert layout.paper_bgcolor == (DARK if dark else LIGHT).paper
    inks = [layout.font.color, layout.xaxis.tickfont.color, layout.xaxis.title.font.color]
    assert min(contrast(ink, layout.paper_bgcolor) for ink in inks) >= 4.5


@pytest.mark.parametrize("name", NAMES)
def test_extreme_traces_are_drawn_and_names_are_no_markup(name: str, make_trace: Make) -> None:
    for spans in extreme_spans(make_trace).values():
        text = str(drawn(name, spans).to_dict())
        assert "<b>service" not in text


def test_bars_of_an_attribution_sum_to_the_excess(shop_spans: pd.DataFrame) -> None:
    figure = plot.plotly.plot_attribution(shop_spans, q=0.75)
    total_s = sum(float(np.sum(bar.x)) for bar in figure.data)
    assert total_s == pytest.approx(tail_attribution(shop_spans, q=0.75)["mean_excess_s"].sum())
    assert sum(len(bar.x) for bar in figure.data) == len(figure.layout.yaxis.ticktext)


def test_a_distribution_has_the_curves_of_matplotlib_s() -> None:
    frame = summaries(200, tier=True)
    curves = [curve for curve in plot.plotly.plot_ecdf(frame, by="tier").data if curve.name]
    lines = plot.plot_ecdf(frame, by="tier").lines
    assert [curve.name for curve in curves] == [line.get_label() for line in lines]
    for curve, line in zip(curves, lines, strict=True):
        assert curve.x == pytest.approx(line.get_xdata())
        assert curve.y == pytest.approx(line.get_ydata())


def test_frames_of_a_flame_graph_name_the_one_above(shop_spans: pd.DataFrame) -> None:
    (icicle,) = plot.plotly.plot_flame_graph(shop_spans).data
    assert icicle.branchvalues == "total"
    assert {*icicle.parents} - {""} <= {*icicle.ids}
    roots = [value for value, above in zip(icicle.values, icicle.parents, strict=True) if not above]
    traces = shop_spans.index.get_level_values("trace_id").nunique()
    assert sum(roots) == pytest.approx(shop_spans["self_s"].sum() / traces)


def test_a_latency_figure_has_the_requests_and_marks_of_matplotlib_s() -> None:
    frame = summaries(100)
    figure = plot.plotly.plot_latency(frame)
    counts = {trace.name: len(trace.x) for trace in figure.data}
    assert counts == {
        "a request": 85, "error (4xx)": 5, "throttle (429)": 5, "fault (5xx)": 5,
        "median": 1, "95th percentile": 1,
    }  # fmt: skip
    (median,) = (trace for trace in figure.data if trace.name == "median")
    assert "p99: unknown (needs 368)" in median.text[0]
    assert median.x[0] == pytest.approx(frame["response_s"].median())


def test_bars_of_a_waterfall_lie_where_their_spans_were(make_trace: Make) -> None:
    rows = ("a", None, 0, 2), ("b", "a", 0.5, 1.5, {"fault": True})
    figure = plot.plotly.plot_waterfall(spans_from_traces([make_trace(*rows)]), "1-00000001-1")
    bars = {
        bar.name: (float(bar.base[0]), float(bar.x[0])) for bar in figure.data if bar.type == "bar"
    }
    assert bars == {
        "segment": pytest.approx((0.0, 2.0)),
        "segment, fault (5xx)": pytest.approx((0.5, 1.0)),
    }
    assert [name.text for name in figure.layout.annotations] == ["a", "b"]
    (path,) = (trace for trace in figure.data if trace.name == "critical path")
    known = np.asarray(path.x)[~np.isnan(path.x)]
    assert (known.min(), known.max()) == (0.0, 2.0)


def test_a_service_map_has_a_ring_per_node_and_an_arrow_per_edge(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    figure = plot.plotly.plot_service_map(graph)
    assert sum(trace.type == "pie" for trace in figure.data) == len(graph)
    assert len(figure.layout.shapes) == graph.number_of_edges()
    heads = [note for note in figure.layout.annotations if note.showarrow]
    assert len(heads) == graph.number_of_edges()
    assert sum(bool(trace.showlegend) for trace in figure.data) == 1


def test_nodes_without_a_finished_request_have_a_ring_too(make_trace: Make) -> None:
    spans = extreme_spans(make_trace)["nothing ended"]
    figure = plot.plotly.plot_service_map(service_graph_from_spans(spans))
    rings = [trace for trace in figure.data if trace.type == "pie"]
    assert [ring.labels[0] for ring in rings] == ["ok", "in progress", "in progress"]
    assert all(sum(ring.values) == 1 for ring in rings)


def test_times_over_decades_have_the_ticks_of_matplotlib() -> None:
    frame = summaries(100).assign(response_s=np.geomspace(0.001, 10, 100))
    axis = plot.plotly.plot_ecdf(frame).layout.xaxis
    assert axis.type == "log"
    assert {"1 ms", "100 ms", "10 s"} <= {*axis.ticktext}
    assert plot.plotly.plot_ecdf(summaries(100)).layout.xaxis.type is None
