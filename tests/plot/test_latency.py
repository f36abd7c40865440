"""What the figure of latency draws."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from figure_data import summaries
from figure_texts import assert_legible, words

from tracing_lab import plot
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]


def test_latency_has_a_row_per_service_with_its_numbers(worked_spans: pd.DataFrame) -> None:
    ax = plot.plot_latency(worked_spans)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["orders-api/prod", "order-fn", "orders", "Events", "ship-fn"]
    assert {"p50", "p95", "412 ms", "134 ms", "needs 72", "needs 368"} <= words(ax)


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


def test_no_text_of_the_latency_figure_is_cut_off(shop_spans: pd.DataFrame) -> None:
    assert_legible(plot.plot_latency(shop_spans))


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
