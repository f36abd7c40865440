"""Figures are tested by what they draw and where, not by pixels."""

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyArrowPatch, Rectangle, Wedge
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from tracing_lab import plot
from tracing_lab.errors import TraceDataError
from tracing_lab.export import report_html
from tracing_lab.graph import node_key, service_graph_from_spans
from tracing_lab.plot import _labels, _layout, _style
from tracing_lab.spans import spans_from_traces
from tracing_lab.summaries import frame_from_summaries

Make = Callable[..., dict[str, Any]]
WORKED = "1-6b042ac0-5d09aa705e56bbd015254801"
EVENTS = "Events [AWS::Events]"


@pytest.fixture(autouse=True)
def no_screen() -> Iterator[None]:
    """Draw without a screen, and leave no figure behind."""
    with mpl.rc_context():
        plt.switch_backend("Agg")
        yield
        plt.close("all")


def texts(ax: Axes) -> list[Text]:
    found = [text for text in ax.findobj(Text) if text.get_visible() and text.get_text()]
    return [text for text in found if isinstance(text, Text)]


def words(ax: Axes) -> set[str]:
    return {text.get_text() for text in texts(ax)}


def boxes(ax: Axes) -> dict[Text, Bbox]:
    ax.figure.canvas.draw()
    ticks = [label for label in ax.get_xticklabels() + ax.get_yticklabels() if label.get_text()]
    shown = [text for text in texts(ax) if text not in ticks or ax.axison]
    return {text: text.get_window_extent().padded(-1) for text in shown}


def assert_legible(ax: Axes) -> None:
    """Assert that no text covers another or leaves the figure."""
    found = boxes(ax)
    for first, second in itertools.combinations(found, 2):
        assert not found[first].overlaps(found[second]), (first.get_text(), second.get_text())
    page = ax.figure.bbox
    for text, box in found.items():
        assert page.containsx(box.x0), text.get_text()
        assert page.containsx(box.x1), text.get_text()
        assert page.containsy(box.y0), text.get_text()
        assert page.containsy(box.y1), text.get_text()


def many_services() -> nx.DiGraph:
    """Give a wide map: a fan of six long names, a shared callee, a way back and a loop."""
    graph = nx.DiGraph()
    entry = add(graph, "gate", "client", 123456)
    gate = add(graph, "gate", "AWS::ApiGateway::Stage", 123456, faults=20000, throttles=5000)
    link(graph, entry, gate)
    shared = add(graph, "shared.example.com", "remote", 10)
    for number in range(6):
        name = f"a-team-with-a-long-name-department-{number}-with-suffix"
        worker = add(graph, name, "AWS::Lambda", 5000 * number, faults=100 * number)
        link(graph, gate, worker)
        table = add(graph, f"table_with_underscores_{number}", "AWS::DynamoDB::Table", 100)
        link(graph, worker, table)
        if number < 3:
            link(graph, (table, worker, gate)[number], shared)
    link(graph, worker, gate)
    link(graph, worker, worker)
    return graph


def add(graph: nx.DiGraph, name: str, kind: str, requests: int, **counts: int) -> str:
    data = {"errors": 0, "faults": 0, "throttles": 0, "p50_s": 0.0123, "p95_s": 0.1} | counts
    data["errors"] = data["throttles"]
    graph.add_node(node_key(name, kind), name=name, kind=kind, requests=requests, **data)
    return node_key(name, kind)


def link(graph: nx.DiGraph, source: str, target: str) -> None:
    counts = dict.fromkeys(("errors", "faults", "throttles"), 0)
    graph.add_edge(source, target, requests=100, p50_s=0.0123, p95_s=0.1, **counts)


def test_the_map_runs_from_the_client_to_the_functions(shop_spans: pd.DataFrame) -> None:
    layout = _layout.layered_layout(service_graph_from_spans(shop_spans))
    columns = {
        key.rpartition(" [")[0][24:][:5] + key[-4:]: at[0] for key, at in layout.nodes.items()
    }
    assert [*columns.values()].count(6.0) == [*columns.values()].count(5.0) == 3
    assert layout.nodes[EVENTS] == (4.0, 0.0)


def test_edges_back_to_the_bus_are_the_only_ones_that_lead_back(shop_spans: pd.DataFrame) -> None:
    back = _layout.layered_layout(service_graph_from_spans(shop_spans)).back
    assert {target for _, target in back} == {EVENTS}
    assert {source.split("-")[3] for source, _ in back} == {"payment", "inventory"}


def test_what_leads_back_is_on_top(shop_spans: pd.DataFrame) -> None:
    layout = _layout.layered_layout(service_graph_from_spans(shop_spans))
    rows = {key.split("-")[3]: at[1] for key, at in layout.nodes.items() if at[0] == 6}
    assert rows == {"inventory": 1.0, "payment": 0.0, "notification": -1.0}


def test_an_edge_across_layers_gets_bends() -> None:
    graph = nx.DiGraph([("a", "b"), ("b", "c"), ("a", "c")])
    assert [*_layout.layered_layout(graph).bends] == [("a", "c")]


@settings(max_examples=60)
@given(st.sets(st.tuples(st.sampled_from("abcdefgh"), st.sampled_from("abcdefgh")), max_size=20))
def test_any_graph_is_laid_out_without_two_nodes_in_one_place(edges: set[tuple[str, str]]) -> None:
    layout = _layout.layered_layout(nx.DiGraph(sorted(edges)))
    places = sorted(layout.nodes.values())
    for (x0, y0), (x1, y1) in itertools.pairwise(places):
        assert x0 < x1 or y1 - y0 > 0.99
    forward = edges - {*layout.back}
    assert all(layout.nodes[source][0] < layout.nodes[target][0] for source, target in forward)


def test_the_map_shows_short_names_types_and_counts(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    shown = words(plot.plot_service_map(graph))
    assert {"clients", "api/prod", "order", "payment", "Events", "AWS::Lambda"} <= shown
    assert "Service map: 120 requests from clients" in shown
    assert any("distributed-tracing-dev-…-1a2b3c4d" in text for text in shown)


def test_the_map_has_an_arrow_per_edge(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    arrows = plot.plot_service_map(graph).findobj(FancyArrowPatch)
    assert len(arrows) == graph.number_of_edges()


def test_a_way_back_to_a_node_below_others_comes_in_from_the_left() -> None:
    graph = nx.DiGraph()
    nodes = [add(graph, name, "", 1) for name in "abcd"]
    for source, target in ((0, 1), (0, 2), (2, 3), (3, 2), (1, 0)):
        link(graph, nodes[source], nodes[target])
    assert_legible(plot.plot_service_map(graph))


def test_a_node_without_requests_has_a_grey_ring() -> None:
    graph = nx.DiGraph()
    add(graph, "a", "", 0)
    (ring,) = plot.plot_service_map(graph).findobj(Wedge)
    assert ring.get_facecolor() == mpl.colors.to_rgba(_style.STATUS_COLOURS["in_progress"])


def test_a_ring_is_split_by_how_requests_ended() -> None:
    graph = nx.DiGraph()
    add(graph, "a", "", 10, faults=2, throttles=1)
    rings = plot.plot_service_map(graph).findobj(Wedge)
    spread = {ring.get_facecolor(): round(ring.theta2 - ring.theta1) for ring in rings}
    wanted = {"fault": 72, "throttle": 36, "ok": 252}
    assert spread == {
        mpl.colors.to_rgba(_style.STATUS_COLOURS[status]): angle for status, angle in wanted.items()
    }


def test_trouble_is_said_in_words_too() -> None:
    graph = nx.DiGraph()
    add(graph, "a", "", 1000, faults=5, throttles=200)
    assert {"0.5% faults", "20% throttles"} <= words(plot.plot_service_map(graph))


@pytest.mark.parametrize("source", ["shop", "worked", "real", "many", "one"])
def test_no_text_of_a_map_covers_another_or_is_cut_off(
    source: str, request: pytest.FixtureRequest
) -> None:
    if source in ("shop", "worked"):
        graph = service_graph_from_spans(request.getfixturevalue(f"{source}_spans"))
    elif source == "real":
        graph = service_graph_from_spans(spans_from_traces(request.getfixturevalue("real_traces")))
    else:
        graph = many_services() if source == "many" else nx.DiGraph()
        if source == "one":
            add(graph, "a-single-service-with-a-rather-long-name-$HOME$", "AWS::Lambda", 1)
    assert_legible(plot.plot_service_map(graph))


def test_an_empty_map_is_only_a_title() -> None:
    assert "Service map: 0 requests from clients" in words(plot.plot_service_map(nx.DiGraph()))


def test_a_map_fits_into_given_axes(shop_spans: pd.DataFrame) -> None:
    _, axes = plt.subplots(1, 2, figsize=(12, 4))
    ax = plot.plot_service_map(service_graph_from_spans(shop_spans), ax=axes[0])
    assert ax is axes[0]
    assert_legible(ax)


def test_a_waterfall_has_a_row_per_span_in_the_order_of_the_tree(
    worked_spans: pd.DataFrame,
) -> None:
    ax = plot.plot_waterfall(worked_spans, WORKED)
    names = [text for text in ax.texts if text.get_position()[0] < 0]
    rows = {round(text.get_position()[1]): text.get_text() for text in reversed(names)}
    assert [rows[row] for row in range(6)] == [
        "orders-api/prod",
        "Lambda",
        "order-fn",
        "order-fn",
        "Initialization",
        "Invocation",
    ]
    assert len(rows) == 18


def test_names_are_indented_by_depth(worked_spans: pd.DataFrame) -> None:
    ax = plot.plot_waterfall(worked_spans, WORKED)
    lefts = [text.get_position()[0] for text in ax.texts if text.get_text() == "Initialization"]
    assert lefts == sorted(lefts)
    assert lefts[0] < lefts[1] < 0


def bar(ax: Axes, row: int) -> Rectangle:
    found = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    return next(one for one in found if one.get_height() < 1 and round(one.get_y() + 0.32) == row)


def test_a_bar_lies_where_its_span_was(worked_spans: pd.DataFrame) -> None:
    first = bar(plot.plot_waterfall(worked_spans, WORKED), 1)
    assert (first.get_x(), first.get_width()) == pytest.approx((4, 407))  # milliseconds


def test_a_cold_start_is_hatched_and_named(worked_spans: pd.DataFrame) -> None:
    ax = plot.plot_waterfall(worked_spans, WORKED)
    assert bar(ax, 4).get_hatch() == "/////"
    assert "134 ms, cold start" in words(ax)
    assert "answer to the client: 412 ms" in words(ax)


def test_a_fault_is_red_and_said(make_trace: Make) -> None:
    spans = spans_from_traces([make_trace(("a", None, 0, 1, {"fault": True}), trace_id="t")])
    ax = plot.plot_waterfall(spans, "t")
    assert bar(ax, 0).get_facecolor() == mpl.colors.to_rgba(_style.STATUS_COLOURS["fault"])
    assert "1.00 s, fault" in words(ax)


def test_a_failed_subsegment_is_paler_than_a_failed_segment(make_trace: Make) -> None:
    part = {"id": "p", "name": "p", "start_time": 1795435200, "end_time": 1795435201, "error": True}
    trace = make_trace(("a", None, 0, 1, {"subsegments": [part], "error": True}), trace_id="t")
    ax = plot.plot_waterfall(spans_from_traces([trace]), "t")
    assert sum(bar(ax, 1).get_facecolor()) > sum(bar(ax, 0).get_facecolor())


def test_a_span_in_progress_reaches_to_the_end(make_trace: Make) -> None:
    rows = ("a", None, 0, None), ("b", "a", 1, 3)
    ax = plot.plot_waterfall(spans_from_traces([make_trace(*rows, trace_id="t")]), "t")
    assert bar(ax, 0).get_width() == pytest.approx(3)
    assert "in progress" in words(ax)


def test_a_trace_that_only_began_can_be_drawn(make_trace: Make) -> None:
    spans = spans_from_traces([make_trace(("a", None, 0, None), trace_id="t")])
    assert "in progress" in words(plot.plot_waterfall(spans, "t"))


def test_an_unknown_trace_is_refused_before_anything_is_drawn(worked_spans: pd.DataFrame) -> None:
    with pytest.raises(TraceDataError, match="Trace x"):
        plot.plot_waterfall(worked_spans, "x")
    assert not plt.get_fignums()


def test_no_text_of_a_waterfall_is_cut_off(
    shop_spans: pd.DataFrame, worked_spans: pd.DataFrame
) -> None:
    slowest = (
        shop_spans.groupby("trace_id")["end"]
        .max()
        .sub(shop_spans.groupby("trace_id")["start"].min())
    )
    assert_legible(plot.plot_waterfall(shop_spans, slowest.idxmax()))
    assert_legible(plot.plot_waterfall(worked_spans, WORKED))


def test_a_waterfall_shrinks_into_given_axes(shop_spans: pd.DataFrame) -> None:
    _, ax = plt.subplots(figsize=(8, 4.5))
    trace_id = shop_spans.index[0][0]
    assert plot.plot_waterfall(shop_spans, trace_id, ax=ax) is ax
    assert max(text.get_fontsize() for text in ax.texts) < 11


def test_latency_has_a_row_per_service_with_its_numbers(worked_spans: pd.DataFrame) -> None:
    ax = plot.plot_latency(worked_spans)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["orders-api/prod", "order-fn", "orders", "Events", "ship-fn"]
    assert {"p50", "p95", "412 ms", "134 ms"} <= words(ax)


def test_every_request_is_a_dot(shop_spans: pd.DataFrame) -> None:
    ax = plot.plot_latency(shop_spans)
    done = shop_spans[shop_spans["kind"] != "subsegment"]
    services = done[done["origin"] != "AWS::Lambda"]
    assert sum(len(dots.get_offsets()) for dots in ax.collections) == len(services)


def test_of_very_many_requests_a_sample_is_drawn(make_trace: Make) -> None:
    spans = spans_from_traces(
        make_trace(("a", None, 0, 1 + n / 1e4), trace_id=str(n)) for n in range(1600)
    )
    ax = plot.plot_latency(spans)
    assert sum(len(dots.get_offsets()) for dots in ax.collections) == 1500
    assert "1,600" in words(ax)


def test_an_axis_is_logarithmic_when_durations_differ_much(
    shop_spans: pd.DataFrame, make_trace: Make
) -> None:
    alike = spans_from_traces([make_trace(("a", None, 0, 1), ("b", "a", 0, 2))])
    assert plot.plot_latency(shop_spans).get_xscale() == "log"
    assert plot.plot_latency(alike).get_xscale() == "linear"


def test_a_very_long_axis_has_few_ticks(make_trace: Make) -> None:
    ends = [10.0**power for power in range(-5, 7)]
    spans = spans_from_traces(make_trace(("a", None, 0, end), trace_id=str(end)) for end in ends)
    assert 3 <= len(plot.plot_latency(spans).get_xticks()) <= 13


def test_ticks_carry_their_unit(shop_spans: pd.DataFrame) -> None:
    labels = [label.get_text() for label in plot.plot_latency(shop_spans).get_xticklabels()]
    assert "10 ms" in labels


def test_no_text_of_the_latency_figure_is_cut_off(shop_spans: pd.DataFrame) -> None:
    assert_legible(plot.plot_latency(shop_spans))


def test_percentile_curves_end_where_the_data_do(shop_spans: pd.DataFrame) -> None:
    ax = plot.plot_percentiles(shop_spans)
    lines = {line.get_label(): line.get_xdata() for line in ax.lines}
    assert lines["payment"].max() == pytest.approx(120)
    assert "95%" in words(ax)
    assert "99.9%" not in words(ax)


def test_the_timeline_has_a_mark_per_trace(shop_spans: pd.DataFrame) -> None:
    ax = plot.plot_timeline(shop_spans)
    assert sum(len(dots.get_offsets()) for dots in ax.collections) == 120
    assert "after a cold start" in words(ax)


def summaries(count: int, *, seconds: float = 60.0, tier: bool = False) -> pd.DataFrame:
    """Make traces of 20 to 119 ms, every fifth of which did not end well, spread over a time."""
    outcomes: list[dict[str, Any]] = [
        {},
        {"HasError": True, "HasThrottle": True},
        {"HasError": True},
        {"HasFault": True},
    ]
    values = [{"AnnotationValue": {"StringValue": "gold"}}]
    return frame_from_summaries(
        (
            {
                "Id": f"1-6b042ac0-{n:024x}",
                "StartTime": 1795435200.0 + seconds * n / count,
                "ResponseTime": (20 + n * 37 % 100) / 1000,
                "EntryPoint": {"Name": "api/prod"},
                "Annotations": {"tier": values} if tier and n % 2 else {},
                **outcomes[n // 5 % 4 if n % 5 == 0 else 0],
            }
            for n in range(count)
        ),
        annotations=["tier"],
    )


def test_latency_of_summaries_has_a_row_per_entry_point() -> None:
    ax = plot.plot_latency(summaries(100))
    assert [label.get_text() for label in ax.get_yticklabels()] == ["api/prod"]
    assert {"Latency by entry point", "100", "70 ms"} <= words(ax)
    assert sum(len(dots.get_offsets()) for dots in ax.collections) == 100


def test_latency_of_summaries_can_have_a_row_per_annotation() -> None:
    ax = plot.plot_latency(summaries(100, tier=True), by="tier")
    assert [label.get_text() for label in ax.get_yticklabels()] == ["(none)", "gold"]
    assert_legible(ax)


def test_of_very_many_groups_the_most_frequent_are_drawn() -> None:
    frame = summaries(101).assign(tier=[*(str(n) for n in range(100)), "7"])
    ax = plot.plot_latency(frame, by="tier")
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert len(names) == 40
    assert "7" in names
    assert "Latency by tier, the 40 most frequent of 100" in words(ax)
    assert_legible(ax)


def test_spans_are_drawn_by_service_only(shop_spans: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="by='tier' is for summary frames"):
        plot.plot_latency(shop_spans, by="tier")


def bars(ax: Axes) -> dict[Any, int]:
    """Add up the bars of a histogram by colour."""
    found: dict[Any, int] = {}
    for patch in ax.patches:
        assert isinstance(patch, Rectangle)
        colour = patch.get_facecolor()
        found[colour] = found.get(colour, 0) + round(patch.get_height())
    return {colour: count for colour, count in found.items() if count}


def test_a_histogram_has_every_trace_in_its_colour() -> None:
    ax = plot.plot_histogram(summaries(100))
    colours = _style.STATUS_COLOURS | {"ok": _style.CALM}
    wanted = {"ok": 85, "error": 5, "throttle": 5, "fault": 5}
    assert bars(ax) == {mpl.colors.to_rgba(colours[name]): n for name, n in wanted.items()}
    assert {"Response times of 100 traces", "median 70 ms", "fault (5xx)"} <= words(ax)
    assert_legible(ax)


@pytest.mark.parametrize("longest,scale", [(0.1, "linear"), (10.0, "log")])
def test_a_histogram_loses_no_trace_on_either_axis(longest: float, scale: str) -> None:
    frame = summaries(997)
    times = np.geomspace(0.011, longest, 997)
    ax = plot.plot_histogram(frame.assign(response_s=times))
    assert ax.get_xscale() == scale
    assert sum(bars(ax).values()) == 997
    assert_legible(ax)


def test_equal_times_are_one_bar() -> None:
    ax = plot.plot_histogram(summaries(3).assign(response_s=[0.5001, 0.5001, 0.5001]))
    assert sum(bars(ax).values()) == 3
    widest = max(patch.get_width() for patch in ax.patches if isinstance(patch, Rectangle))
    assert widest > 0.002


def test_a_histogram_says_how_many_traces_are_in_progress() -> None:
    frame = summaries(3).assign(response_s=[0.5, 0.6, np.nan])
    assert "Response times of 2 traces (1 more in progress)" in words(plot.plot_histogram(frame))


def test_latency_over_time_marks_what_did_not_end_well() -> None:
    ax = plot.plot_latency_over_time(summaries(200))
    counts = {dots.get_label(): len(dots.get_offsets()) for dots in ax.collections}
    assert counts == {"ok": 170, "error (4xx)": 10, "throttle (429)": 10, "fault (5xx)": 10}
    assert [line.get_label() for line in ax.lines] == ["median", "95th percentile"]
    assert_legible(ax)


def test_very_many_traces_become_a_heatmap() -> None:
    ax = plot.plot_latency_over_time(summaries(3000, seconds=86_400))
    (mesh,) = (one for one in ax.collections if isinstance(one, QuadMesh))
    assert mesh.get_array().sum() == 2550
    assert sum(len(dots.get_offsets()) for dots in ax.collections if dots is not mesh) == 450
    assert "traces that ended well" in words(ax)
    assert_legible(ax)


def test_of_very_many_failures_a_sample_is_drawn_and_said() -> None:
    ax = plot.plot_latency_over_time(summaries(2500).assign(has_fault=True))
    assert "fault (5xx), 2,000 of 2,500" in words(ax)
    assert_legible(ax)


def test_lines_have_gaps_where_there_are_no_traces() -> None:
    frame = summaries(200)
    late = frame["start"].where(np.arange(200) < 100, frame["start"] + pd.Timedelta("10min"))
    ax = plot.plot_latency_over_time(frame.assign(start=late))
    assert np.isnan(np.asarray(ax.lines[0].get_ydata(), dtype=float)).any()


def test_a_few_traces_have_no_lines() -> None:
    assert not plot.plot_latency_over_time(summaries(20)).lines


@pytest.mark.parametrize("figure", [plot.plot_histogram, plot.plot_latency_over_time])
def test_response_times_are_drawn_from_spans_too(figure: Any, shop_spans: pd.DataFrame) -> None:
    assert_legible(figure(shop_spans))


@pytest.mark.parametrize("figure", [plot.plot_histogram, plot.plot_latency_over_time])
def test_figures_of_another_kind_of_frame_are_refused(figure: Any) -> None:
    with pytest.raises(TraceDataError, match="neither a summary frame nor a span frame"):
        figure(pd.DataFrame({"a": [1]}))


FIGURES = [
    plot.plot_histogram,
    plot.plot_latency_over_time,
    plot.plot_latency,
    plot.plot_percentiles,
    plot.plot_timeline,
]


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_of_nothing_are_empty_axes(figure: Any) -> None:
    assert not figure(spans_from_traces([])).get_legend_handles_labels()[0]


@pytest.mark.parametrize("figure", [*FIGURES[:2], plot.plot_latency])
def test_figures_of_no_summaries_are_empty_axes(figure: Any) -> None:
    assert not figure(frame_from_summaries([])).get_legend_handles_labels()[0]


@pytest.mark.parametrize("figure", FIGURES)
def test_figures_draw_into_the_axes_they_are_given(figure: Any, shop_spans: pd.DataFrame) -> None:
    _, ax = plt.subplots()
    assert figure(shop_spans, ax=ax) is ax


def test_the_user_s_own_style_is_left_alone(shop_spans: pd.DataFrame) -> None:
    before = dict(mpl.rcParams)
    plot.plot_latency(shop_spans)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_saved_figure_is_the_same_file_each_time(
    tmp_path: Path, worked_spans: pd.DataFrame, suffix: str
) -> None:
    files = [
        plot.save_figure(plot.plot_latency(worked_spans), tmp_path / f"{n}" / f"a.{suffix}", dpi=50)
        for n in range(2)
    ]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert not plt.get_fignums()


def test_a_figure_can_be_inlined(worked_spans: pd.DataFrame) -> None:
    svg = plot.figure_to_svg(plot.plot_latency(worked_spans))
    assert svg.startswith("<svg")
    assert svg.rstrip().endswith("</svg>")


@pytest.mark.parametrize(
    "names,short",
    [
        (["a-b-c-d", "a-b-x-d"], ["c", "x"]),
        (["shop-dev-order", "shop-dev-payment"], ["order", "payment"]),
        (["one-long-name"], ["one-long-name"]),
        (["order-fn", "ship-fn"], ["order-fn", "ship-fn"]),
        (["a-b-c", "a-b-c-d"], ["c", "c-d"]),
        (["x-fn-1-y", "x-fn-2-y"], ["fn-1", "fn-2"]),
    ],
)
def test_names_lose_what_they_share(names: list[str], short: list[str]) -> None:
    assert [*_labels.short_names(names).values()] == short


parts = st.lists(st.sampled_from(["a", "b", "cc", "1"]), min_size=1, max_size=5)


@settings(max_examples=60)
@given(st.lists(parts.map("-".join), unique=True))
def test_short_names_stay_different_and_are_never_empty(names: list[str]) -> None:
    short = _labels.short_names(names)
    assert all(short.values())
    stripped = {short[name] for name in names if name.count("-") > 1}
    assert len(stripped) == sum(name.count("-") > 1 for name in names)


def test_nothing_hidden_is_not_mentioned() -> None:
    assert _labels.hidden_parts({"a": "a"}) == ""


def test_the_width_of_a_text_grows_with_it() -> None:
    widths = [_labels.text_width("m" * count, 8) for count in range(4)]
    assert widths[0] == 0
    assert np.all(np.diff(widths) > 0)


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
    ]
    for ax in plots:
        assert_legible(ax)
        shown = words(ax)
        assert max(map(len, shown)) < 90
        assert any("…" in text for text in shown)


def test_cutting_a_long_text_takes_few_measurements() -> None:
    measured: list[str] = []

    def fits(text: str) -> bool:
        measured.append(text)
        return len(text) <= 20

    assert _labels.shortened("a" * 500 + "b" * 500, fits) == "aaaaaaaaa…bbbbbbbbbb"
    assert len(measured) < 12
    assert max(map(len, measured)) == 200


@given(st.text(max_size=300), st.integers(0, 300))
def test_a_cut_text_is_the_longest_that_fits(text: str, most: int) -> None:
    cut = _labels.shortened(text, lambda line: len(line) <= most)
    if len(text) <= min(most, 200):
        assert cut == text
    else:
        assert len(cut) == max(min(most, 200), 2)
        head, _, tail = cut.rpartition("…")
        assert text.startswith(head)
        assert text.endswith(tail)


def test_the_tables_of_a_report_cut_long_names_too(
    worked_spans: pd.DataFrame, tmp_path: Path
) -> None:
    spans = worked_spans.assign(service=worked_spans["service"] + "-" + "x" * 1000)
    html = report_html(spans, service_graph_from_spans(spans), tmp_path / "r.html").read_text()
    assert re.search(r'<td title="[^"]{1000,}">[^<]{23}…[^<]{24}</td>', html)


@pytest.mark.parametrize("colour", _style.STATUS_INKS.values(), ids=_style.STATUS_INKS)
def test_words_in_a_status_colour_can_be_read_on_paper(colour: str) -> None:
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    luminance = sum(c * part for c, part in zip(channels, (0.2126, 0.7152, 0.0722), strict=True))
    assert 1.05 / (luminance + 0.05) >= 4.5  # WCAG 2's level AA


def test_figures_of_the_shop_are_no_wider_than_a_notebook(shop_spans: pd.DataFrame) -> None:
    axes = [
        plot.plot_service_map(service_graph_from_spans(shop_spans)),
        plot.plot_waterfall(shop_spans, shop_spans.index[0][0]),
        plot.plot_histogram(shop_spans),
    ]
    assert max(ax.figure.get_size_inches()[0] for ax in axes) <= 8.6


def test_the_legend_of_a_histogram_covers_no_bar(shop_spans: pd.DataFrame) -> None:
    ax = plot.plot_histogram(shop_spans)
    ax.figure.canvas.draw()
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1
