"""What a waterfall draws."""

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from figure_texts import assert_legible, words
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from tracing_lab import plot
from tracing_lab.errors import TraceDataError
from tracing_lab.graph import one_trace
from tracing_lab.graph.trace_tree import critical_path_of_trace
from tracing_lab.plot.colours import STATUS_COLOURS
from tracing_lab.plot.waterfall.rows import path_stretches, rows_from_trace
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]
WORKED = "1-6b042ac0-5d09aa705e56bbd015254801"


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
    assert bar(ax, 0).get_facecolor() == mpl.colors.to_rgba(STATUS_COLOURS["fault"])
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


def test_gaps_of_the_critical_path_are_closed_where_nobody_sees_them(make_trace: Make) -> None:
    children = [(f"s{n}", "root", n, n + 0.9) for n in range(9)]
    short = [(f"t{n}", "s1", 1 + n / 1000, 1 + (n + 0.9) / 1000) for n in range(800)]
    trace = make_trace(("root", None, 0, 9), *children, *short, trace_id="t")
    frame = one_trace(spans_from_traces([trace]), "t")
    rows = rows_from_trace(frame, most=40)
    path = critical_path_of_trace(frame)
    stretches = path_stretches(path, rows, frame["start"].min())
    assert len(path) > 800
    assert len(stretches) < 60
    assert (stretches["end_s"] - stretches["start_s"]).min() > 0
    root = stretches[stretches["row"] == 0]
    assert (root["end_s"] - root["start_s"]).sum() == pytest.approx(0.9, abs=0.01)


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
