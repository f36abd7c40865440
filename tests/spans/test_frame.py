"""The span frame that documents become."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from tracing_lab.spans import (
    SPAN_COLUMNS,
    spans_from_traces,
    validate_spans,
)

Make = Callable[..., dict[str, Any]]


def one(spans: pd.DataFrame, span_id: str) -> pd.Series:
    return spans.xs(span_id, level="span_id").iloc[0]


def test_a_frame_has_the_documented_index_and_columns(worked_spans: pd.DataFrame) -> None:
    assert worked_spans.index.names == ["trace_id", "span_id"]
    assert tuple(worked_spans.columns) == SPAN_COLUMNS
    validate_spans(worked_spans)


def test_there_is_one_row_per_segment_and_subsegment(worked_spans: pd.DataFrame) -> None:
    counts = worked_spans["kind"].value_counts().to_dict()
    assert counts == {"subsegment": 11, "segment": 5, "inferred": 2}


def test_no_traces_make_an_empty_frame_of_the_same_form(worked_spans: pd.DataFrame) -> None:
    empty = spans_from_traces([])
    assert empty.empty
    assert [*map(str, empty.dtypes)] == [*map(str, worked_spans.dtypes)]
    validate_spans(empty)


def test_documents_may_be_parsed_already(worked_traces: list[dict[str, Any]]) -> None:
    parsed = [
        {
            "Id": one["Id"],
            "Segments": [{"Document": json.loads(s["Document"])} for s in one["Segments"]],
        }
        for one in worked_traces
    ]
    pd.testing.assert_frame_equal(spans_from_traces(parsed), spans_from_traces(worked_traces))


def test_traces_that_aws_returned_can_be_read(real_traces: list[dict[str, Any]]) -> None:
    spans = spans_from_traces(real_traces)
    validate_spans(spans)
    assert len(spans) == 10
    assert one(spans, "4ab39ad12cff04b5")["status"] == "error"
    assert one(spans, "eebec87ce4dd8225")["annotations"] == {"theme": "flatly"}


def test_times_are_exact_to_the_microsecond(worked_spans: pd.DataFrame) -> None:
    function = one(worked_spans, "224acacf31b69901")
    assert worked_spans["start"].dtype == pd.DatetimeTZDtype("ns", "UTC")
    assert function["start"] == pd.Timestamp("2026-11-23T12:00:00.271512Z")
    assert function["duration_s"] == 0.133721


@settings(max_examples=20)
@given(st.lists(st.integers(1, 4_000_000_000_000_000), max_size=50))
def test_any_microsecond_survives(microseconds: list[int]) -> None:
    documents = [
        {"id": str(n), "name": "a", "start_time": time / 1e6, "end_time": 4e9}
        for n, time in enumerate(microseconds)
    ]
    segments = [{"Document": document} for document in documents]
    spans = spans_from_traces([{"Id": "t", "Segments": segments}])
    starts = spans["start"].astype("int64") // 1000
    assert sorted(starts) == sorted(microseconds)


def test_a_subsegment_belongs_to_the_service_of_its_segment(worked_spans: pd.DataFrame) -> None:
    put_events = one(worked_spans, "aabeb336dc5bce01")
    assert (put_events["service"], put_events["name"]) == ("order-fn", "Events")
    assert put_events["parent_id"] == "6a21bb3cd4e5f601"


def test_an_inferred_table_is_called_by_its_name(worked_spans: pd.DataFrame) -> None:
    table = one(worked_spans, "15df351900263001")
    assert (table["kind"], table["service"], table["name"]) == ("inferred", "orders", "DynamoDB")


def test_an_inferred_queue_is_called_by_its_url(make_trace: Make) -> None:
    more = {"inferred": True, "origin": "AWS::SQS::Queue", "aws": {"queue_url": "https://q/1"}}
    assert (
        one(spans_from_traces([make_trace(("q", None, 0, 1, more))]), "q")["service"]
        == "https://q/1"
    )


def test_an_inferred_resource_without_a_name_keeps_the_service_s(make_trace: Make) -> None:
    more = {"inferred": True, "origin": "AWS::DynamoDB::Table"}
    assert one(spans_from_traces([make_trace(("q", None, 0, 1, more))]), "q")["service"] == "q"


def test_depth_counts_ancestors_across_segments(worked_spans: pd.DataFrame) -> None:
    chain = ["2b4e0ef3499cd701", "13a449852a482e01", "4174aefb49d05401", "224acacf31b69901"]
    assert [one(worked_spans, span_id)["depth"] for span_id in chain] == [0, 1, 2, 3]


def test_an_orphan_is_kept_as_a_root(make_trace: Make) -> None:
    spans = spans_from_traces([make_trace(("a", "lost", 0, 1), ("b", "a", 0, 1))])
    assert spans["depth"].tolist() == [0, 1]
    assert spans["parent_id"].tolist() == ["lost", "a"]


def test_a_cold_start_marks_the_function_segment_only(worked_spans: pd.DataFrame) -> None:
    cold = worked_spans.index[worked_spans["cold_start"]].get_level_values("span_id")
    assert sorted(cold) == ["224acacf31b69901", "3705e19822f3db01"]


@pytest.mark.parametrize("owner", ["service", "function"])
def test_init_of_the_newer_layout_is_a_cold_start_wherever_it_sits(
    make_trace: Make, owner: str
) -> None:
    init = {"subsegments": [{"id": "i", "name": "Init", "start_time": 5, "end_time": 6}]}
    parts: dict[str, Any] = {"service": {}, "function": {}, owner: init}
    trace = make_trace(
        ("service", None, 0, 9, {"origin": "AWS::Lambda", **parts["service"]}),
        ("function", "service", 2, 8, {"origin": "AWS::Lambda::Function", **parts["function"]}),
    )
    spans = spans_from_traces([trace])
    assert spans.index[spans["cold_start"]].get_level_values("span_id").tolist() == ["function"]


def test_an_init_of_something_else_is_no_cold_start(make_trace: Make) -> None:
    init = {"subsegments": [{"id": "i", "name": "Init", "start_time": 5, "end_time": 6}]}
    assert not spans_from_traces([make_trace(("a", None, 0, 9, init))])["cold_start"].any()


@pytest.mark.parametrize(
    "flags,status",
    [
        ({}, "ok"),
        ({"error": True}, "error"),
        ({"error": True, "throttle": True}, "throttle"),
        ({"fault": True}, "fault"),
        ({"error": True, "fault": True}, "fault"),
        ({"error": False}, "ok"),
    ],
)
def test_the_status_is_what_the_flags_say(
    make_trace: Make, flags: dict[str, bool], status: str
) -> None:
    span = spans_from_traces([make_trace(("a", None, 0, 1, flags))]).iloc[0]
    assert span["status"] == status
    assert bool(span["error"]) is flags.get("error", False)


def test_a_span_in_progress_has_no_end_yet(make_trace: Make) -> None:
    spans = spans_from_traces([make_trace(("a", None, 0, None), ("b", "a", 1, 2))])
    assert one(spans, "a")["status"] == "in_progress"
    assert one(spans, "a")[["end", "duration_s", "self_s"]].isna().all()
    assert one(spans, "b")["self_s"] == 1
    validate_spans(spans)


def test_a_finished_segment_replaces_the_one_in_progress(make_trace: Make) -> None:
    begun, done = make_trace(("a", None, 0, None)), make_trace(("a", None, 0, 1))
    for order in ([begun, done], [done, begun]):
        assert spans_from_traces(order)["status"].tolist() == ["ok"]


def test_the_http_status_is_that_of_the_response(worked_spans: pd.DataFrame) -> None:
    assert one(worked_spans, "4f3daf0881368d01")["http_status"] == 202
    assert pd.isna(one(worked_spans, "6a21bb3cd4e5f601")["http_status"])


def test_a_subsegment_whose_segment_never_came_is_kept(make_trace: Make) -> None:
    spans = spans_from_traces([make_trace(("a", "lost", 0, 1, {"type": "subsegment"}))])
    assert spans[["kind", "service"]].iloc[0].tolist() == ["subsegment", "a"]


def test_rows_are_sorted_by_trace_and_start(make_trace: Make) -> None:
    late = make_trace(("c", "a", 5, 6), ("b", "a", 1, 2), ("a", None, 0, 9), trace_id="2")
    spans = spans_from_traces([late, make_trace(("x", None, 0, 1), trace_id="1")])
    assert spans.index.get_level_values("span_id").tolist() == ["a", "b", "c", "x"]


def test_deep_nesting_is_no_obstacle() -> None:
    document: dict[str, Any] = {"id": "0", "name": "n", "start_time": 1.0, "end_time": 2.0}
    for number in range(1, 3000):
        document = {**document, "id": str(number), "subsegments": [document]}
    spans = spans_from_traces([{"Id": "t", "Segments": [{"Document": document}]}])
    assert spans["depth"].max() == 2999
