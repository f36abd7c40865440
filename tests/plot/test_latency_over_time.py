"""What the figure of latency over time draws."""

import numpy as np
import pandas as pd
from figure_data import summaries
from figure_texts import assert_legible, words
from matplotlib.collections import QuadMesh

from tracing_lab import plot


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
