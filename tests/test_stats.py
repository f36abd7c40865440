"""Latency, self time, cold starts, whole traces, comparisons: numbers one can check by hand."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import (
    cold_starts,
    compare,
    end_to_end,
    latency_summary,
    percentile_interval,
    request_spans,
    self_time_summary,
)

Make = Callable[..., dict[str, Any]]


def spans_lasting(make: Make, *seconds: float | None, **more: Any) -> pd.DataFrame:
    """Make one trace per duration, each of one segment called a."""
    return spans_from_traces(
        make(("a", None, 0, end, more), trace_id=str(number)) for number, end in enumerate(seconds)
    )


def test_the_summary_of_four_requests(make_trace: Make) -> None:
    row = latency_summary(spans_lasting(make_trace, 1, 2, 3, 4)).loc["a"]
    expected = {"count": 4, "p50_s": 2.5, "p90_s": 3.7, "p95_s": 3.85, "p99_s": 3.97, "max_s": 4}
    assert row[list(expected)].to_dict() == pytest.approx(expected)
    assert row[["p50_low_s", "p50_high_s"]].isna().all()


def test_rates_are_fractions_of_all_requests(make_trace: Make) -> None:
    flags = [{}, {"fault": True}, {"error": True}, {"error": True, "throttle": True}]
    traces = [make_trace(("a", None, 0, 1, more), trace_id=str(n)) for n, more in enumerate(flags)]
    row = latency_summary(spans_from_traces(traces)).loc["a"]
    assert row[["error_rate", "fault_rate", "throttle_rate"]].tolist() == [0.25, 0.25, 0.25]


def test_requests_in_progress_count_without_a_duration(make_trace: Make) -> None:
    row = latency_summary(spans_lasting(make_trace, 1, None)).loc["a"]
    assert (row["count"], row["p50_s"]) == (2, 1)


def test_a_function_counts_with_its_own_run(worked_spans: pd.DataFrame) -> None:
    summary = latency_summary(worked_spans)
    services = ["orders-api/prod", "order-fn", "orders", "Events", "ship-fn"]
    assert summary.index.tolist() == services
    assert summary.loc["order-fn", "p50_s"] == pytest.approx(0.133721)


def test_a_function_is_two_nodes(worked_spans: pd.DataFrame) -> None:
    summary = latency_summary(worked_spans, by="node")
    assert summary.index.names == ["service", "origin"]
    assert summary.loc[("order-fn", "AWS::Lambda"), "p50_s"] == pytest.approx(0.399)


def test_operations_are_spans_by_name(worked_spans: pd.DataFrame) -> None:
    summary = latency_summary(worked_spans, by="operation")
    key = ("ship-fn", "AWS::Lambda::Function", "Initialization")
    assert summary.loc[key, "p50_s"] == pytest.approx(0.193331)


def test_a_service_segment_alone_speaks_for_its_function(make_trace: Make) -> None:
    spans = spans_lasting(make_trace, 2, origin="AWS::Lambda")
    assert latency_summary(spans).loc["a", "p50_s"] == 2


def test_segments_without_an_origin_are_grouped_too(make_trace: Make) -> None:
    assert latency_summary(spans_lasting(make_trace, 2), by="node").index.tolist() == [("a", "")]


@pytest.mark.parametrize("function", [latency_summary, self_time_summary, request_spans])
def test_an_unknown_grouping_is_refused(function: Any, worked_spans: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="must be one of service, node, operation"):
        function(worked_spans, by="team")


def test_the_order_statistics_that_enclose_a_median() -> None:
    # 40th and 61st of a hundred: the textbook's 95% interval
    assert percentile_interval(range(1, 101), 0.5) == (40, 61)


@pytest.mark.parametrize("count,known", [(5, False), (6, True)])
def test_a_median_needs_six_values(count: int, known: bool) -> None:  # noqa: FBT001 - a parameter
    low, high = percentile_interval(range(count), 0.5)
    assert (not math.isnan(low), not math.isnan(high)) == (known, known)


@pytest.mark.parametrize("count,known", [(71, False), (72, True)])
def test_the_95th_percentile_is_bounded_above_from_72_values(
    count: int,
    known: bool,  # noqa: FBT001 - a parameter
) -> None:
    assert math.isnan(percentile_interval(range(count), 0.95)[1]) != known


def test_nan_is_no_value() -> None:
    values = [*range(1, 101), math.nan]
    assert percentile_interval(values, 0.5) == (40, 61)


@pytest.mark.parametrize("q,confidence", [(0, 0.95), (1, 0.95), (0.5, 0), (0.5, 95)])
def test_fractions_must_be_fractions(q: float, confidence: float) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        percentile_interval([1.0], q, confidence=confidence)


def test_intervals_cover_the_truth_as_often_as_they_promise() -> None:
    rng = np.random.default_rng(7)
    intervals = [percentile_interval(rng.exponential(size=80), 0.5) for _ in range(1500)]
    covered = sum(low <= math.log(2) <= high for low, high in intervals)
    assert 0.94 < covered / 1500 < 0.985


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 0.99))
def test_an_interval_contains_its_percentile(values: list[float], q: float) -> None:
    low, high = percentile_interval(values, q)
    middle = np.quantile(values, q, method="inverted_cdf")
    assert math.isnan(low) or low <= middle
    assert math.isnan(high) or high >= middle


def test_a_whole_trace(worked_spans: pd.DataFrame) -> None:
    trace = end_to_end(worked_spans).iloc[0]
    assert trace["root"] == "orders-api/prod"
    assert trace["response_s"] == pytest.approx(0.412)
    assert trace["duration_s"] == pytest.approx(0.949877)
    assert trace[["segments", "inferred", "status", "failed", "complete"]].tolist() == [
        5,
        2,
        "ok",
        False,
        True,
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [("a", None, 0, 1), ("b", "lost", 0, 1)],
        [("a", None, 0, 1), ("b", None, 0, 1)],
        [("a", "lost", 0, 1)],
        [("a", None, 0, 1), ("b", "a", 0, None)],
    ],
    ids=["orphan", "two roots", "no root", "in progress"],
)
def test_a_trace_with_loose_ends_is_not_complete(make_trace: Make, rows: list[Any]) -> None:
    assert not end_to_end(spans_from_traces([make_trace(*rows)]))["complete"].item()


def test_a_fault_anywhere_makes_a_trace_fail(make_trace: Make) -> None:
    rows = ("a", None, 0, 1), ("b", "a", 0, 1, {"fault": True})
    trace = end_to_end(spans_from_traces([make_trace(*rows)])).iloc[0]
    assert (trace["status"], trace["failed"]) == ("ok", True)


def test_a_root_is_preferred_to_an_earlier_orphan(make_trace: Make) -> None:
    rows = ("lost", "x", 0, 9), ("root", None, 1, 3)
    trace = end_to_end(spans_from_traces([make_trace(*rows)])).iloc[0]
    assert (trace["root"], trace["response_s"]) == ("root", 2)


def test_a_trace_of_subsegments_only_is_listed_as_incomplete(make_trace: Make) -> None:
    spans = spans_from_traces([make_trace(("a", "x", 0, 1, {"type": "subsegment"}))])
    trace = end_to_end(spans).iloc[0]
    assert (trace["segments"], trace["complete"]) == (0, False)
    assert pd.isna(trace["response_s"])


def test_every_order_of_the_shop_is_complete(shop_spans: pd.DataFrame) -> None:
    traces = end_to_end(shop_spans)
    assert len(traces) == 120
    assert traces["complete"].all()
    assert (traces.loc[~traces["failed"], ["segments", "inferred"]] == [11, 3]).all(axis=None)


def test_self_time_adds_up_to_all_that_was_spent(worked_spans: pd.DataFrame) -> None:
    for by in ("service", "node", "operation"):
        summary = self_time_summary(worked_spans, by=by)
        assert summary["self_s"].sum() == pytest.approx(worked_spans["self_s"].sum())
        assert summary["share"].sum() == pytest.approx(1)
        assert summary["self_s"].is_monotonic_decreasing


def test_subsegments_count_for_the_node_they_are_part_of(make_trace: Make) -> None:
    part = {"id": "p", "name": "work", "start_time": 1795435201, "end_time": 1795435204}
    trace = make_trace(("a", None, 0, 5, {"origin": "X", "subsegments": [part]}))
    spans = spans_from_traces([trace])
    assert self_time_summary(spans, by="node").loc[("a", "X"), "self_s"] == 5
    assert self_time_summary(spans)["self_s"].to_dict() == {
        ("a", "X", "work"): 3,
        ("a", "X", "a"): 2,
    }


def test_cold_starts_are_counted_by_function(worked_spans: pd.DataFrame) -> None:
    row = cold_starts(worked_spans).loc["order-fn"]
    assert row[["invocations", "cold", "cold_rate"]].tolist() == [1, 1, 1]
    assert row["init_p50_s"] == row["init_max_s"] == pytest.approx(0.187913)
    assert row["cold_p50_s"] == pytest.approx(0.133721)
    assert math.isnan(row["warm_p50_s"])


def test_a_shift_is_found_with_its_size(make_trace: Make) -> None:
    rng = np.random.default_rng(1)
    before = spans_lasting(make_trace, *rng.uniform(1, 2, 200))
    after = spans_lasting(make_trace, *rng.uniform(1.5, 2.5, 200))
    row = compare(before, after).loc["a"]
    assert row["p50_change_low_s"] < 0.5 < row["p50_change_high_s"]
    assert row["p50_change_low_s"] > 0
    assert row["p50_change_s"] == pytest.approx(row["p50_second_s"] - row["p50_first_s"])


def test_the_same_seed_gives_the_same_comparison(shop_spans: pd.DataFrame) -> None:
    first, second = (compare(shop_spans, shop_spans, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    assert (first["p95_change_low_s"] <= 0).all()
    assert (first["p95_change_high_s"] >= 0).all()


def test_a_service_that_is_new_has_no_change(make_trace: Make) -> None:
    before = spans_lasting(make_trace, 1)
    row = compare(before.iloc[:0], before).loc["a"]
    assert (row["count_first"], row["count_second"], row["p50_second_s"]) == (0, 1, 1)
    assert row[["p50_change_s", "p50_change_low_s"]].isna().all()


@pytest.mark.parametrize("function", [latency_summary, self_time_summary, end_to_end, cold_starts])
def test_no_spans_give_an_empty_table_with_its_columns(
    function: Any, worked_spans: pd.DataFrame
) -> None:
    empty = function(spans_from_traces([]))
    assert empty.empty
    assert list(empty.columns) == list(function(worked_spans).columns)


def test_two_empty_frames_compare_to_an_empty_table(worked_spans: pd.DataFrame) -> None:
    empty = worked_spans.iloc[:0]
    assert compare(empty, empty).columns.tolist() == compare(worked_spans, empty).columns.tolist()
