"""Axes of time."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from tracing_lab import plot
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]


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
