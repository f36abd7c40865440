"""What holds for every figure."""

import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from figure_texts import assert_legible, words

from tracing_lab import plot
from tracing_lab.errors import TraceDataError
from tracing_lab.export import report_html
from tracing_lab.graph import service_graph_from_spans
from tracing_lab.spans import spans_from_traces
from tracing_lab.summaries import frame_from_summaries

WORKED = "1-6b042ac0-5d09aa705e56bbd015254801"


@pytest.mark.parametrize("figure", [plot.plot_histogram, plot.plot_latency_over_time])
def test_response_times_are_drawn_from_spans_too(figure: Any, shop_spans: pd.DataFrame) -> None:
    assert_legible(figure(shop_spans))


@pytest.mark.parametrize("figure", [plot.plot_histogram, plot.plot_latency_over_time])
def test_figures_of_another_kind_of_frame_are_refused(figure: Any) -> None:
    with pytest.raises(TraceDataError, match="neither a summary frame nor a span frame"):
        figure(pd.DataFrame({"a": [1]}))


FIGURES = [
    plot.plot_attribution,
    plot.plot_ecdf,
    plot.plot_flame_graph,
    plot.plot_histogram,
    plot.plot_latency_over_time,
    plot.plot_latency,
    plot.plot_percentiles,
    plot.plot_timeline,
]


def test_every_figure_is_tried_here() -> None:
    names = {name for name in plot.__all__ if name.startswith("plot_")}
    from_others = {"plot_client_latency", "plot_comparison", "plot_root_cause"}
    from_others |= {"plot_prediction", "plot_service_map", "plot_waterfall"}
    assert names - from_others == {figure.__name__ for figure in FIGURES}


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_of_nothing_are_empty_axes(figure: Any) -> None:
    assert not figure(spans_from_traces([])).get_legend_handles_labels()[0]


@pytest.mark.parametrize(
    "figure", [plot.plot_histogram, plot.plot_latency_over_time, plot.plot_latency]
)
def test_figures_of_no_summaries_are_empty_axes(figure: Any) -> None:
    assert not figure(frame_from_summaries([])).get_legend_handles_labels()[0]


def test_the_user_s_own_style_is_left_alone(shop_spans: pd.DataFrame) -> None:
    before = dict(mpl.rcParams)
    plot.plot_latency(shop_spans)
    assert dict(mpl.rcParams) == before


LONG = {
    "one word": "x" * 1000,
    "dashes": "-".join(f"part{number}" for number in range(150)),
    "wide": "W@" * 500,
    "formula": "a$_b^{" * 170,
}


@pytest.mark.parametrize("filling", LONG.values(), ids=LONG)
def test_names_longer_than_x_ray_allows_are_cut_and_cover_nothing(
    worked_spans: pd.DataFrame, filling: str
) -> None:
    def lengthened(names: pd.Series) -> pd.Series:
        return names.str.cat([filling] * len(names)).str.slice(0, 1000)

    spans = worked_spans.assign(
        service=lengthened(worked_spans["service"]),
        name=lengthened(worked_spans["name"]),
        origin=lengthened(worked_spans["origin"]),
    )
    graph = service_graph_from_spans(spans)
    plots = [
        plot.plot_service_map(graph),
        plot.plot_latency(spans),
        plot.plot_waterfall(spans, WORKED),
        plot.plot_percentiles(spans),
        plot.plot_attribution(spans),
    ]
    for ax in plots:
        assert_legible(ax)
        shown = words(ax)
        assert max(map(len, shown)) < 90
        assert any("…" in text for text in shown)


def test_the_tables_of_a_report_cut_long_names_too(
    worked_spans: pd.DataFrame, tmp_path: Path
) -> None:
    spans = worked_spans.assign(service=worked_spans["service"].astype(str) + "-" + "x" * 1000)
    html = report_html(spans, service_graph_from_spans(spans), tmp_path / "r.html").read_text()
    assert re.search(r'<td title="[^"]{1000,}">[^<]{23}…[^<]{24}</td>', html)


def test_figures_of_the_shop_are_no_wider_than_a_notebook(shop_spans: pd.DataFrame) -> None:
    axes = [
        plot.plot_service_map(service_graph_from_spans(shop_spans)),
        plot.plot_waterfall(shop_spans, shop_spans.index[0][0]),
        plot.plot_histogram(shop_spans),
        plot.plot_attribution(shop_spans),
    ]
    assert max(ax.figure.get_size_inches()[0] for ax in axes) <= 8.6
