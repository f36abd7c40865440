"""The span frame: what documents become, what is refused, what files keep."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from tracing_lab.errors import TraceDataError, TraceDataWarning
from tracing_lab.spans import (
    SPAN_COLUMNS,
    exceptions_from_traces,
    load_spans,
    load_traces,
    save_spans,
    save_traces,
    spans_from_traces,
    validate_spans,
)

EPOCH = 1795435200.0  # where the literal traces begin
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
    assert empty.dtypes.equals(worked_spans.dtypes)
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


def test_self_time_leaves_out_what_children_cover_once(make_trace: Make) -> None:
    # GIVEN children from 1 to 4 and from 3 to 5, and one that outlives its parent from 9 to 12
    trace = make_trace(("a", None, 0, 10), ("b", "a", 1, 4), ("c", "a", 3, 5), ("d", "a", 9, 12))
    # THEN the parent keeps 10 - 4 - 1 seconds, and the children all of theirs
    assert spans_from_traces([trace])["self_s"].tolist() == [5, 3, 2, 3]


def test_a_child_elsewhere_in_time_takes_nothing(make_trace: Make) -> None:
    trace = make_trace(("a", None, 0, 1), ("b", "a", 5, 6))
    assert spans_from_traces([trace])["self_s"].tolist() == [1, 1]


def test_an_attempt_and_its_function_are_not_counted_twice(worked_spans: pd.DataFrame) -> None:
    # GIVEN Attempt #1 (506 ms) around initialization (193.331 ms) and the function (249.754 ms)
    attempt = one(worked_spans, "695ea167ab53c201")
    assert attempt["self_s"] == pytest.approx(0.506 - 0.193331 - 0.249754)


def test_a_retried_function_counts_for_the_attempt_it_ran_in(make_trace: Make) -> None:
    attempts = [
        {
            "id": f"a{n}",
            "name": f"Attempt #{n}",
            "start_time": EPOCH + n,
            "end_time": EPOCH + n + 0.5,
        }
        for n in (1, 2)
    ]
    function = {"origin": "AWS::Lambda::Function"}
    trace = make_trace(
        ("service", None, 0, 0.5, {"origin": "AWS::Lambda", "subsegments": attempts}),
        ("first", "service", 1.125, 1.25, function),
        ("second", "service", 2.25, 2.5, function),
    )
    spans = spans_from_traces([trace])
    assert [one(spans, name)["self_s"] for name in ("service", "a1", "a2")] == [0.5, 0.375, 0.25]


def test_initialization_counts_for_what_lies_around_the_function(
    worked_spans: pd.DataFrame,
) -> None:
    service = one(worked_spans, "4174aefb49d05401")
    assert service["self_s"] == pytest.approx(0.399 - 0.187913 - 0.133721)


spans_of_a_sequence = st.lists(st.integers(1, 1000), min_size=1, max_size=20)


@settings(max_examples=25)
@given(spans_of_a_sequence)
def test_self_times_of_a_sequence_add_up_to_the_root(milliseconds: list[int]) -> None:
    ends = np.cumsum(milliseconds) / 1e3
    root = {"id": "r", "name": "r", "start_time": 1.0, "end_time": 1.0 + ends[-1] + 0.5}
    root["subsegments"] = [
        {"id": str(n), "name": "x", "start_time": 1 + end - ms / 1e3, "end_time": 1 + end}
        for n, (ms, end) in enumerate(zip(milliseconds, ends, strict=True))
    ]
    spans = spans_from_traces([{"Id": "t", "Segments": [{"Document": root}]}])
    assert (spans["self_s"] >= 0).all()
    assert spans["self_s"].sum() == pytest.approx(one(spans, "r")["duration_s"], abs=1e-5)


def test_a_cold_start_marks_the_function_segment_only(worked_spans: pd.DataFrame) -> None:
    cold = worked_spans.index[worked_spans["cold_start"]].get_level_values("span_id")
    assert sorted(cold) == ["224acacf31b69901", "3705e19822f3db01"]


@pytest.mark.parametrize("owner", ["service", "function"])
def test_init_of_the_newer_layout_is_a_cold_start_wherever_it_sits(
    make_trace: Make, owner: str
) -> None:
    init = {"subsegments": [{"id": "i", "name": "Init", "start_time": 5, "end_time": 6}]}
    parts = {"service": {}, "function": {}} | {owner: init}
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


GOOD = {"id": "a", "name": "a", "start_time": 1.0, "end_time": 2.0}


@pytest.mark.parametrize(
    "document,said",
    [
        ("{", "segment .*: the document is not JSON"),
        ("[]", "the document is not an object"),
        ({"name": "a"}, 'the document has no "id"'),
        (GOOD | {"trace_id": "other"}, "belongs to trace other"),
        (GOOD | {"name": 5}, 'segment a: "name" is missing'),
        (GOOD | {"start_time": "1"}, '"start_time" is missing or not'),
        (GOOD | {"start_time": True}, '"start_time" is missing or not'),
        (GOOD | {"start_time": float("inf")}, '"start_time" is missing or not'),
        (GOOD | {"end_time": "2"}, '"end_time" is not in epoch seconds'),
        (GOOD | {"end_time": 0.5}, '"end_time" lies before "start_time"'),
        (GOOD | {"subsegments": {}}, '"subsegments" is not a list'),
        (GOOD | {"annotations": []}, '"annotations" is not an object'),
        (GOOD | {"http": 1}, '"http" is not an object'),
        (GOOD | {"subsegments": [1]}, "subsegment None: a subsegment is not an object"),
        (GOOD | {"subsegments": [{"id": "b"}]}, 'subsegment b: "name" is missing'),
        (GOOD | {"subsegments": [GOOD]}, "two spans have the id a"),
        (GOOD | {"parent_id": "a"}, "the parents of span a form a circle"),
    ],
)
def test_a_bad_document_is_refused_with_its_place(document: Any, said: str) -> None:
    trace = {"Id": "1-bad", "Segments": [{"Id": "a", "Document": document}]}
    with pytest.raises(TraceDataError, match=f"trace 1-bad.*{said}"):
        spans_from_traces([trace])


@pytest.mark.parametrize(
    "trace,said",
    [
        ({}, 'trace number 0 has no "Id"'),
        ("x", 'trace number 0 has no "Id"'),
        ({"Id": "t"}, 'trace t: "Segments" is not a list'),
        ({"Id": "t", "Segments": [5]}, "trace t, segment .: the document is not an object"),
    ],
)
def test_a_bad_trace_is_refused_with_its_place(trace: Any, said: str) -> None:
    with pytest.raises(TraceDataError, match=said):
        spans_from_traces([trace])


TRACE = {"Id": "good", "Segments": [{"Id": "a", "Document": GOOD}]}


def bad_trace(*documents: Any) -> dict[str, Any]:
    return {"Id": "bad", "Segments": [{"Id": "x", "Document": document} for document in documents]}


@pytest.mark.parametrize(
    "bad, said",
    [
        (bad_trace(GOOD, "{"), "trace bad, segment x: the document is not JSON"),
        (bad_trace(GOOD | {"subsegments": [1]}), "trace bad, segment a"),
        (bad_trace(GOOD | {"subsegments": [GOOD]}), "trace bad: two spans have the id a"),
        (bad_trace(GOOD | {"parent_id": "a"}), "trace bad: .* form a circle"),
        ({"Id": "bad"}, 'trace bad: "Segments" is not a list'),
        ({}, 'trace number 0 has no "Id"'),
    ],
)
def test_a_bad_trace_can_be_left_out_with_a_warning_that_names_it(bad: Any, said: str) -> None:
    with pytest.warns(TraceDataWarning, match=said) as caught:
        spans = spans_from_traces([bad, TRACE], skip_unusable=True)
    assert spans.index.to_list() == [("good", "a")]
    assert [Path(warning.filename).name for warning in caught] == ["test_spans.py"]


def test_a_refusal_says_how_to_go_on_without_the_bad_traces() -> None:
    with pytest.raises(TraceDataError, match="skip_unusable=True"):
        spans_from_traces([bad_trace("{"), TRACE])


def test_exceptions_of_the_good_traces_can_be_had() -> None:
    cause = {"exceptions": [{"id": "e", "type": "KeyError", "message": "sku"}]}
    good = {"Id": "good", "Segments": [{"Document": GOOD | {"cause": cause}}]}
    with pytest.warns(TraceDataWarning, match="trace bad"):
        table = exceptions_from_traces([bad_trace("{"), good], skip_unusable=True)
    assert table["message"].to_list() == ["sku"]


def test_all_problems_are_listed_up_to_a_sensible_number() -> None:
    segments = [{"Id": str(n), "Document": "{"} for n in range(30)]
    with pytest.raises(TraceDataError, match=r"\(30 problems\)") as caught:
        spans_from_traces([{"Id": "t", "Segments": segments}])
    assert str(caught.value).count("\n- ") == 21
    assert str(caught.value).endswith("- and 10 more")


def test_spans_survive_a_file(tmp_path: Path, worked_spans: pd.DataFrame) -> None:
    path = save_spans(worked_spans, tmp_path / "new" / "spans.parquet")
    pd.testing.assert_frame_equal(load_spans(path), worked_spans)
    assert [file.name for file in path.parent.iterdir()] == ["spans.parquet"]


def test_a_folder_of_files_is_one_frame(tmp_path: Path, shop_spans: pd.DataFrame) -> None:
    save_spans(shop_spans.iloc[:100], tmp_path / "1.parquet")
    save_spans(shop_spans.iloc[100:], tmp_path / "2.parquet")
    pd.testing.assert_frame_equal(load_spans(tmp_path), shop_spans)


def test_an_empty_frame_survives_a_file(tmp_path: Path) -> None:
    empty = spans_from_traces([])
    pd.testing.assert_frame_equal(load_spans(save_spans(empty, tmp_path / "s.parquet")), empty)


def test_a_broken_frame_is_not_written(tmp_path: Path, worked_spans: pd.DataFrame) -> None:
    with pytest.raises(TraceDataError, match="'depth' is missing"):
        save_spans(worked_spans.drop(columns="depth"), tmp_path / "spans.parquet")
    assert not list(tmp_path.iterdir())


def test_other_parquet_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pd.DataFrame({"x": [1]}).to_parquet(path)
    with pytest.raises(TraceDataError, match="does not hold a span frame"):
        load_spans(path)


def test_a_missing_file_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_spans(tmp_path / "no.parquet")


def test_traces_survive_a_file(tmp_path: Path, worked_traces: list[dict[str, Any]]) -> None:
    path = save_traces(worked_traces, tmp_path / "new" / "traces.json")
    assert load_traces(path) == worked_traces


@pytest.mark.parametrize("content", ["{", "{}", "[1]"])
def test_a_file_without_traces_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "traces.json"
    path.write_text(content)
    with pytest.raises(TraceDataError, match="batch-get-traces"):
        load_traces(path)


def test_validation_lists_all_violations_at_once(worked_spans: pd.DataFrame) -> None:
    broken = worked_spans.assign(kind="x", depth=-1, self_s=99.0)
    with pytest.raises(TraceDataError) as caught:
        validate_spans(broken)
    assert "kind 'x' is none of segment, subsegment, inferred" in str(caught.value)
    assert "depth is negative in 18 rows" in str(caught.value)
    assert "self_s lies outside 0 to duration_s in 18 rows" in str(caught.value)


def break_one(spans: pd.DataFrame, column: str, value: Any) -> pd.DataFrame:
    broken = spans.copy()
    broken[column] = broken[column].where([False] + [True] * (len(spans) - 1), value)
    return broken


@pytest.mark.parametrize(
    "column,value,said",
    [
        ("status", "fine", "status 'fine' is none of"),
        ("service", None, "service is missing in 1 rows"),
        ("annotations", "x", "annotations is not a dictionary in 1 rows"),
        ("end", pd.Timestamp("2020-01-01", tz="UTC"), "end lies before start in 1 rows"),
        ("duration_s", 5.0, "duration_s is not end - start in 1 rows"),
        ("end", pd.NaT, "duration_s is known although the span has not ended in 1 rows"),
        ("status", "in_progress", "status does not say whether the span has ended in 1 rows"),
    ],
)
def test_each_violation_is_found(
    worked_spans: pd.DataFrame, column: str, value: Any, said: str
) -> None:
    with pytest.raises(TraceDataError, match=said):
        validate_spans(break_one(worked_spans, column, value))


def test_the_form_of_a_frame_is_checked_first(worked_spans: pd.DataFrame) -> None:
    broken = worked_spans.reset_index("span_id").astype({"depth": "float64"})
    with pytest.raises(TraceDataError) as caught:
        validate_spans(broken)
    assert "the index is ['trace_id'], not" in str(caught.value)
    assert "column 'depth' has type float64, not int64" in str(caught.value)
    assert "column 'span_id' is unknown" in str(caught.value)


def test_a_span_must_not_occur_twice(worked_spans: pd.DataFrame) -> None:
    twice = pd.concat([worked_spans, worked_spans.iloc[[0]]])
    with pytest.raises(TraceDataError, match=r"span 2b4e0ef3499cd701 of trace .* occurs twice"):
        validate_spans(twice)
