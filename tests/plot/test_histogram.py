"""What the histogram draws."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from figure_data import summaries
from figure_texts import assert_legible, words
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from tracing_lab import plot
from tracing_lab.plot.colours import LIGHT, STATUS_COLOURS


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
    colours = STATUS_COLOURS | {"ok": LIGHT.calm}
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


def test_the_legend_of_a_histogram_covers_no_bar(shop_spans: pd.DataFrame) -> None:
    ax = plot.plot_histogram(shop_spans)
    ax.figure.draw_without_rendering()
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1
