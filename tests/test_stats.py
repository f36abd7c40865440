"""Latency, self time, cold starts, whole traces, comparisons: numbers one can check by hand."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from tracing_lab.errors import TraceDataError
from tracing_lab.graph import critical_path, trace_tree_from_spans
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import (
    cold_starts,
    compare,
    end_to_end,
    error_rates,
    latency_summary,
    path_times,
    percentile_interval,
    request_spans,
    self_time_summary,
    whole_traces,
)
from tracing_lab.summaries import frame_from_summaries

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


def summary(number: int, **members: Any) -> dict[str, Any]:
    return {"Id": f"1-00000001-{number:x}", "StartTime": 1795435200.0 + number, **members}


def test_whole_traces_are_summarized_by_entry_point() -> None:
    items = [
        summary(n, ResponseTime=float(n), Duration=99.0, EntryPoint={"Name": "api"})
        for n in range(1, 101)
    ]
    row = latency_summary(frame_from_summaries(items)).loc["api"]
    expected = {"count": 100, "p50_s": 50.5, "p50_low_s": 40, "p50_high_s": 61, "max_s": 100}
    assert row[list(expected)].to_dict() == expected


FAULT, ERROR = {"HasFault": True}, {"HasError": True}
THROTTLE = {"HasError": True, "HasThrottle": True}


@pytest.mark.parametrize(
    "members,status",
    [
        ({}, "ok"),
        (ERROR, "error"),
        (FAULT, "fault"),
        (THROTTLE, "throttle"),
        (THROTTLE | {"Http": {"HttpStatus": 429}}, "throttle"),
        (THROTTLE | {"Http": {"HttpStatus": 400}}, "error"),  # some other segment was throttled
        ({"HasThrottle": True}, "ok"),  # the client did not notice
        (FAULT | THROTTLE, "fault"),
        (FAULT | {"ResponseTime": None}, "in_progress"),
        ({"IsPartial": True}, "ok"),  # asynchronous work goes on
    ],
)
def test_the_status_of_a_trace_is_what_the_client_got(members: dict[str, Any], status: str) -> None:
    frame = frame_from_summaries([summary(1, **{"ResponseTime": 1.0, **members})])
    assert whole_traces(frame)["status"].tolist() == [status]


def test_whole_traces_can_be_grouped_by_an_annotation() -> None:
    values: list[list[Any]] = [["gold"], ["gold", "new"], []]
    items = []
    for number, texts in enumerate(values):
        entries = [{"AnnotationValue": {"StringValue": text}} for text in texts]
        annotations = {"tier": entries} if entries else {}
        items.append(summary(number, ResponseTime=1.0 + number, Annotations=annotations))
    frame = frame_from_summaries(items, annotations=["tier"])
    # a trace with two values counts for both, one without a value counts too
    table = latency_summary(frame, by="tier")
    assert table.index.name == "tier"
    assert table["count"].tolist() == [2, 1, 1]
    assert table.loc["gold", "p50_s"] == 1.5
    assert pd.isna(table.index[2])
    assert error_rates(frame, by="tier")["count"].tolist() == [2, 1, 1]


@pytest.mark.parametrize("by", ["order_id", "annotations"])
@pytest.mark.parametrize("function", [latency_summary, whole_traces, error_rates])
def test_a_column_that_a_summary_frame_lacks_is_refused(function: Any, by: str) -> None:
    with pytest.raises(ValueError, match=rf"frame_from_summaries\(items, annotations=\['{by}'\]\)"):
        function(frame_from_summaries([summary(1)]), by=by)


@pytest.mark.parametrize("function", [latency_summary, whole_traces, error_rates])
def test_a_frame_of_another_kind_is_refused(function: Any) -> None:
    log = pd.DataFrame({"trace_id": ["a"]})
    with pytest.raises(TraceDataError, match=r"index \[None\] is neither a summary frame nor"):
        function(log)


def test_a_trace_starts_with_its_first_segment_as_x_ray_says(make_trace: Make) -> None:
    # An environment that was started for another request initialized before this one came.
    init = {"id": "i", "name": "Init", "start_time": 1795435199.5, "end_time": 1795435199.9}
    spans = spans_from_traces([make_trace(("a", None, 0, 1, {"subsegments": [init]}))])
    assert end_to_end(spans)["start"].tolist() == [pd.Timestamp(1795435200, unit="s", tz="UTC")]


def test_a_trace_of_subsegments_alone_starts_with_the_first(make_trace: Make) -> None:
    parts = [
        (name, "lost", start, 3, {"type": "subsegment"}) for name, start in (("b", 2), ("a", 1))
    ]
    table = end_to_end(spans_from_traces([make_trace(*parts)]))
    assert table["start"].tolist() == [pd.Timestamp(1795435201, unit="s", tz="UTC")]


def test_spans_and_summaries_list_the_same_whole_traces(make_trace: Make) -> None:
    flags: list[dict[str, Any]] = [{}, {"fault": True}, {"error": True}]
    traces = [
        make_trace(("api", None, n, n + 2.5, more), ("b", "api", n + 1, n + 9), trace_id=str(n))
        for n, more in enumerate(flags)
    ]
    members: list[dict[str, Any]] = [{}, FAULT, ERROR]
    entry = {"EntryPoint": {"Name": "api"}, "ResponseTime": 2.5}
    items = [
        {"Id": str(n), "StartTime": 1795435200.0 + n, **entry, **more}
        for n, more in enumerate(members)
    ]
    from_spans = whole_traces(spans_from_traces(traces))
    pd.testing.assert_frame_equal(whole_traces(frame_from_summaries(items)), from_spans)


def test_error_rates_by_group_have_wilsons_interval() -> None:
    items = [
        summary(n, ResponseTime=1.0, EntryPoint={"Name": "api"}, **(FAULT if n < 2 else {}))
        for n in range(10)
    ]
    row = error_rates(frame_from_summaries(items)).loc["api"]
    expected = {"count": 10, "error_rate": 0, "throttle_rate": 0, "fault_rate": 0.2}
    # the textbook's interval of 2 in 10
    expected |= {"failure_rate": 0.2, "failure_low": 0.0567, "failure_high": 0.5098}
    assert row.to_dict() == pytest.approx(expected, abs=1e-4)


def test_no_failure_does_not_mean_that_none_is_possible() -> None:
    row = error_rates(frame_from_summaries(summary(n) for n in range(10))).iloc[0]
    assert row["failure_low"] == 0
    assert row["failure_high"] == pytest.approx(0.2775, abs=1e-4)


def test_error_rates_over_time() -> None:
    members = [{}, ERROR, THROTTLE, FAULT]
    items = [
        summary(40 * n, ResponseTime=1.0, EntryPoint={"Name": "ab"[n % 2]}, **more)
        for n, more in enumerate(members)
    ]
    frame = frame_from_summaries(items)
    rates = error_rates(frame, every="1min")
    assert rates.index.tolist() == [
        pd.Timestamp("2026-11-23 12:00", tz="UTC"),
        pd.Timestamp("2026-11-23 12:01", tz="UTC"),
        pd.Timestamp("2026-11-23 12:02", tz="UTC"),
    ]
    assert rates["count"].tolist() == [2, 1, 1]
    columns = rates[["error_rate", "throttle_rate", "fault_rate", "failure_rate"]]
    assert columns.to_numpy().tolist() == [[0.5, 0, 0, 0.5], [0, 1, 0, 1], [0, 0, 1, 1]]
    both = error_rates(frame, by="entry_point", every="1min")
    assert both.index.names == ["entry_point", "start"]
    assert both["count"].tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("every", ["soon", "0s", "-1min", "1ME"])
def test_what_is_no_length_of_time_is_refused(every: Any) -> None:
    with pytest.raises(ValueError, match="every="):
        error_rates(frame_from_summaries([summary(1)]), every=every)


def test_tables_of_no_summaries_have_their_columns() -> None:
    empty = frame_from_summaries([])
    assert latency_summary(empty).columns[0] == "count"
    assert len(whole_traces(empty)) == len(error_rates(empty)) == 0
    assert error_rates(empty, every="1min").columns[-1] == "failure_high"


def test_time_on_the_path_is_that_of_the_span_waited_for(make_trace: Make) -> None:
    rows = ("a", None, 0, 10), ("b", "a", 1, 4), ("c", "a", 3, 9)
    spans = spans_from_traces([make_trace(*rows), make_trace(("a", None, 0, 2), trace_id="2")])
    times = path_times(spans)
    assert times.index.equals(spans.index)
    assert times.to_list() == pytest.approx([4, 0, 6, 2])  # a: 0 to 3 and 9 to 10


def test_time_between_event_and_consumer_is_on_no_span(make_trace: Make) -> None:
    rows = ("sender", None, 0, 2), ("consumer", "sender", 3, 7)
    assert path_times(spans_from_traces([make_trace(*rows)])).to_list() == pytest.approx([2, 4])


def test_path_times_are_those_of_each_traces_path_in_any_order(shop_spans: pd.DataFrame) -> None:
    shuffled = shop_spans.sample(frac=1, random_state=3)
    times = path_times(shuffled).reindex(shop_spans.index)
    for trace_id in shop_spans.index.get_level_values("trace_id").unique()[:10]:
        path = critical_path(trace_tree_from_spans(shop_spans, trace_id))
        expected = path.groupby("span_id")["duration_s"].sum()
        on_path = times[trace_id]
        assert on_path[on_path > 0].to_dict() == pytest.approx(expected.to_dict())


def test_no_spans_have_no_path_times(shop_spans: pd.DataFrame) -> None:
    assert path_times(shop_spans.iloc[:0]).empty
