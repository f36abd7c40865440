"""Where time is spent, as frames."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from figure_texts import assert_legible, assert_readable, words
from matplotlib.patches import Rectangle

from tracing_lab import plot
from tracing_lab.plot.flame_frames import OTHER, flame_frames
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]


def frames(*traces: dict[str, Any]) -> dict[str, tuple[int, float, float, int]]:
    """Return depth, left edge, width and count of frames by label."""
    found = flame_frames(spans_from_traces(list(traces)))
    return {
        frame.label: (frame.depth, round(frame.left_s, 6), round(frame.total_s, 6), frame.count)
        for frame in found
    }


def test_traces_are_averaged_and_the_widest_frame_is_on_the_left(make_trace: Make) -> None:
    first = make_trace(("a", None, 0, 10), ("b", "a", 1, 2), ("c", "a", 3, 7), trace_id="1-1-1")
    second = make_trace(("a", None, 0, 10), ("c", "a", 3, 7), trace_id="1-2-1")
    assert frames(first, second) == {
        "a": (0, 0.0, 10.0, 2),
        "c": (1, 0.0, 4.0, 2),
        "b": (1, 4.0, 0.5, 1),
    }


def test_calls_at_the_same_time_count_in_full(make_trace: Make) -> None:
    trace = make_trace(("a", None, 0, 10), ("b", "a", 1, 9), ("c", "a", 1, 8))
    assert frames(trace) == {"a": (0, 0.0, 17.0, 1), "b": (1, 0.0, 8.0, 1), "c": (1, 8.0, 7.0, 1)}


def test_frames_too_narrow_to_be_seen_are_merged(make_trace: Make) -> None:
    small = [(f"s{n}", "a", n, n + 0.1) for n in range(10)]
    found = frames(make_trace(("a", None, 0, 100), *small))
    assert found == {"a": (0, 0.0, 100.0, 1), OTHER: (1, 0.0, 1.0, 10)}


def test_spans_in_progress_take_no_time(make_trace: Make) -> None:
    spans = spans_from_traces([make_trace(("a", None, 0, None))])
    assert [frame.total_s for frame in flame_frames(spans)] == [0.0]
    assert_legible(plot.plot_flame_graph(spans))


def test_very_deep_calls_end_in_the_deepest_frame_drawn(make_trace: Make) -> None:
    rows = [("s0", None, 0, 1), *((f"s{n}", f"s{n - 1}", 0, 1) for n in range(1, 100))]
    found = flame_frames(spans_from_traces([make_trace(*rows)]))
    assert max(frame.depth for frame in found) == 60


def test_frames_fill_the_width_and_lie_within_the_one_above(shop_spans: pd.DataFrame) -> None:
    found = {frame.number: frame for frame in flame_frames(shop_spans)}
    for frame in found.values():
        if frame.depth:
            above = found[frame.parent]
            assert above.left_s - 1e-9 <= frame.left_s
            end_s = frame.left_s + frame.total_s
            assert end_s <= above.left_s + above.total_s + 1e-9
    roots = [frame.total_s for frame in found.values() if not frame.depth]
    traces = shop_spans.index.get_level_values("trace_id").nunique()
    assert sum(roots) == pytest.approx(shop_spans["self_s"].sum() / traces)


def test_labels_are_where_they_fit_and_services_have_colours(shop_spans: pd.DataFrame) -> None:
    ax = plot.plot_flame_graph(shop_spans)
    boxes = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert len(boxes) == len(flame_frames(shop_spans))
    assert len({patch.get_facecolor() for patch in boxes}) >= 4
    assert {"order", "payment"} <= words(ax)
    ax.figure.draw_without_rendering()
    for text in ax.texts[:-1]:
        box = text.get_window_extent()
        assert any(
            patch.get_window_extent().x0 <= box.x0 and box.x1 <= patch.get_window_extent().x1
            for patch in boxes
        )


@pytest.mark.parametrize("dark", [False, True])
def test_forty_services_with_long_names_can_be_told(make_trace: Make, *, dark: bool) -> None:
    long = "-of-the-shop-with-a-name-of-about-sixty-characters"
    rows = [("root", None, 0, 1), *((f"service-{n}{long}", "root", 0, 1 / n) for n in range(1, 41))]
    ax = plot.plot_flame_graph(spans_from_traces([make_trace(*rows)]), dark=dark)
    assert "other services" in words(ax)
    assert_legible(ax)
    assert_readable(ax)
