"""Distributions of response times."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from figure_data import summaries
from figure_texts import assert_legible, words
from matplotlib.collections import PolyCollection

from tracing_lab import plot
from tracing_lab.errors import TraceDataError
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]


def test_a_curve_rises_by_one_request_at_each_time(make_trace: Make) -> None:
    rows = [("a", None, 0, length) for length in (0.1, 0.2, 0.4)]
    traces = [make_trace(row, trace_id=f"1-0000000{n}-1") for n, row in enumerate(rows)]
    (line,) = plot.plot_ecdf(spans_from_traces(traces)).lines
    assert np.asarray(line.get_xdata()) == pytest.approx([0.1, 0.1, 0.2, 0.4])
    assert np.asarray(line.get_ydata()) == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert line.get_drawstyle() == "steps-post"


def test_the_band_of_a_thousand_requests_is_four_points_wide_to_either_side() -> None:
    ax = plot.plot_ecdf(summaries(1000))
    (band,) = (part for part in ax.collections if isinstance(part, PolyCollection))
    vertices = np.asarray(band.get_paths()[0].vertices)
    middle = vertices[np.abs(vertices[:, 0] - 0.070) < 1e-9][:, 1]
    assert middle.max() - middle.min() == pytest.approx(2 * 0.043 + 0.01, abs=0.002)


def test_fewer_than_eight_requests_have_no_band() -> None:
    assert not plot.plot_ecdf(summaries(7)).collections
    assert plot.plot_ecdf(summaries(8)).collections


def test_groups_of_an_annotation_have_a_curve_each() -> None:
    ax = plot.plot_ecdf(summaries(200, tier=True), by="tier")
    assert {line.get_label() for line in ax.lines} == {"gold", "(none)"}
    assert len({line.get_linestyle() for line in ax.lines}) == 2
    assert_legible(ax)


def test_times_over_decades_are_on_a_logarithmic_axis() -> None:
    frame = summaries(100).assign(response_s=np.geomspace(0.001, 10, 100))
    assert plot.plot_ecdf(frame).get_xscale() == "log"
    assert plot.plot_ecdf(summaries(100)).get_xscale() == "linear"


def test_of_forty_services_the_eight_most_frequent_are_drawn(make_trace: Make) -> None:
    traces = [
        make_trace((f"service-{n}-of-the-shop-with-a-name-of-about-sixty-characters", None, 0, 1),
                   trace_id=f"1-{n:08x}-{again}")
        for n in range(40)
        for again in range(n + 1)
    ]  # fmt: skip
    ax = plot.plot_ecdf(spans_from_traces(traces))
    assert len(ax.lines) == 8
    assert "Distribution of response times, the 8 most frequent of 40" in words(ax)
    assert_legible(ax)


def test_many_requests_are_thinned_to_points_of_the_same_curve() -> None:
    frame = summaries(5000).assign(response_s=np.arange(1, 5001) / 1000)
    (line,) = plot.plot_ecdf(frame).lines
    seconds, shares = np.asarray(line.get_xdata())[1:], np.asarray(line.get_ydata())[1:]
    assert len(seconds) < 2500
    assert shares == pytest.approx(seconds / 5)
    assert (seconds[0], seconds[-1]) == (0.001, 5.0)


def log_of(spans: pd.DataFrame, outside_s: float) -> pd.DataFrame:
    """Return a request log whose clients waited longer than the traces' roots."""
    roots = spans[spans["depth"] == 0].droplevel("span_id")["duration_s"]
    return pd.DataFrame({"trace_id": roots.index, "latency_s": roots.to_numpy() + outside_s})


def test_clients_wait_longer_than_x_ray_sees_and_events_go_on(shop_spans: pd.DataFrame) -> None:
    ax = plot.plot_client_latency(log_of(shop_spans, 0.005), shop_spans)
    assert "What clients waited: 5.0 ms longer than X-Ray saw (median)" in words(ax)
    client, response, all_done = (np.asarray(line.get_xdata()) for line in ax.lines)
    assert client == pytest.approx(response + 0.005)
    assert (all_done > client).all()
    assert_legible(ax)


def test_requests_without_a_trace_are_left_out(shop_spans: pd.DataFrame) -> None:
    log = log_of(shop_spans, 0.005)
    log.loc[0, "trace_id"] = "1-00000000-unknown"
    assert len(plot.plot_client_latency(log, shop_spans).lines[0].get_xdata()) == len(log)
    assert not plot.plot_client_latency(log.iloc[:1], shop_spans).lines


def test_a_log_of_something_else_is_rejected(shop_spans: pd.DataFrame) -> None:
    with pytest.raises(TraceDataError, match="no latency_s and no trace_id"):
        plot.plot_client_latency(pd.DataFrame({"a": [1]}), shop_spans)
