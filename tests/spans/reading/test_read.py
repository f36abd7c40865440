"""Documents decoded all at once give the same spans as documents read one by one."""

import json
import random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, strategies as st
from one_by_one import one_by_one

from tracing_lab.errors import TraceDataError
from tracing_lab.spans import spans_from_traces
from tracing_lab.spans.reading.read import read_spans
from tracing_lab.spans.validation import check_spans

GOOD = {"id": "70de5b6f19ff9a0a", "name": "a", "start_time": 1.0, "end_time": 2.0}


@pytest.mark.parametrize("recorded", ["worked_traces", "real_traces"])
def test_both_ways_agree_on_recorded_traces(recorded: str, request: pytest.FixtureRequest) -> None:
    traces = request.getfixturevalue(recorded)
    assert read_spans(traces).problems == []
    pd.testing.assert_frame_equal(spans_from_traces(traces), spans_from_traces(one_by_one(traces)))


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.just("subsegments"),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
FIELDS = (
    *("error", "fault", "throttle", "in_progress"),
    "id",
    "name",
    "origin",
    "start_time",
    "end_time",
    "http",
    "annotations",
    "aws",
    "subsegments",
)


@given(
    st.lists(st.tuples(st.sampled_from(FIELDS), VALUES), max_size=2),
    st.lists(st.tuples(st.sampled_from(FIELDS[:-1]), VALUES), max_size=1),
)
def test_both_ways_reject_the_same_documents_for_the_same_reasons(
    changes: list[tuple[str, Any]], below: list[tuple[str, Any]]
) -> None:
    part = GOOD | {"id": "0000000000000001"} | dict(below)
    document = GOOD | {"subsegments": [part]} | dict(changes)
    if not isinstance(document.get("origin"), str | None) or "origin" in dict(below):
        document.pop("origin", None)
        part.pop("origin", None)
    traces = [{"Id": "t", "Segments": [{"Document": json.dumps(document)}]}]
    outcomes = [said_or_seen(way) for way in (traces, one_by_one(traces))]
    assert outcomes[0] == outcomes[1]


def said_or_seen(traces: list[dict[str, Any]]) -> Any:
    try:
        spans = spans_from_traces(traces, strict=True)
    except TraceDataError as error:
        return str(error).replace("segment None", "segment t").replace("segment ?", "segment t")
    check_spans(spans)
    return spans.reset_index().astype(object).to_dict("records").__repr__()


FLAGS = ("error", "fault", "throttle", "in_progress", "inferred")
NO_FLAGS = [None, False, 0, 1, 1.0, "true", "True", "false", "", [], [True], {}, {"x": True}]


@pytest.mark.parametrize("flag", FLAGS)
@pytest.mark.parametrize("value", [True, *NO_FLAGS], ids=repr)
def test_only_true_is_a_flag_however_a_document_is_read(flag: str, value: Any) -> None:
    part = GOOD | {"id": "0000000000000001", flag: value}
    text = json.dumps(GOOD | {flag: value, "subsegments": [part]})
    once = [{"Id": "t", "Segments": [{"Document": text}]}]
    twice = [{"Id": "t", "Segments": [{"Document": text}] * 2}]
    spans = spans_from_traces(once, strict=True)
    for again in (twice, one_by_one(once)):
        pd.testing.assert_frame_equal(spans, spans_from_traces(again, strict=True))
    set_by = {"in_progress": spans["end"].isna(), "inferred": spans["kind"] == "inferred"}
    is_set = set_by[flag] if flag in set_by else spans[flag]
    assert is_set.tolist() == [value is True, value is True and flag != "inferred"]


def nested(levels: int) -> dict[str, Any]:
    """Return a document with subsegments in subsegments."""
    document: dict[str, Any] = {}
    for number in range(levels, -1, -1):
        below = {"subsegments": [document]} if document else {}
        document = GOOD | {"id": f"{number:015x}a", "annotations": {"level": number}} | below
    return document


@pytest.mark.parametrize("levels", [0, 1, 2, 3, 4, 7, 50])
def test_no_level_of_subsegments_is_lost(levels: int) -> None:
    text = json.dumps(nested(levels))
    spans = spans_from_traces([{"Id": "t", "Segments": [{"Document": text}]}])
    assert spans["depth"].tolist() == [*range(levels + 1)]
    assert [own["level"] for own in spans["annotations"]] == [*range(levels + 1)]
    assert spans["parent_id"].tolist()[1:] == [f"{number:015x}a" for number in range(levels)]


def test_a_trace_of_fifty_levels_is_decoded_at_once() -> None:
    text = json.dumps(nested(50))
    read = read_spans([{"Id": "t", "Segments": [{"Document": text}]}])
    assert (read.columns.part_of[1:] >= 0).all()  # a row read by itself knows its parent's id only


@pytest.mark.parametrize(
    "document",
    [
        GOOD | {"metadata": {"default": {"subsegments": [1]}}},
        GOOD | {"name": "123"},
        GOOD | {"name": "true"},
        GOOD | {"name": "{curly}"},
        GOOD | {"id": "123"},
        GOOD | {"id": "1234567890123456"},
        GOOD | {"id": "{12345678901234}"},
        GOOD | {"subsegments": None},
        GOOD | {"http": None, "annotations": None},
        GOOD | {"http": {"response": {"status": "200"}}},
        GOOD | {"http": {"response": {"status": 2**70}}},
        GOOD | {"http": {"response": 7}},
        GOOD | {"start_time": 1},
        GOOD | {"name": 'say "subsegments": [1]'},
        GOOD | {"name": "two\nlines", "inferred": True, "origin": "AWS::\nEvents"},
        GOOD | {"name": "größe 😀 \\ud800"},
    ],
)
def test_unusual_documents_are_read_as_they_are(document: dict[str, Any]) -> None:
    traces = [{"Id": "t", "Segments": [{"Document": json.dumps(document)}]}]
    spans = spans_from_traces(traces)
    assert spans["name"].tolist() == [document["name"]]
    assert spans.index.to_list() == [("t", document["id"])]
    pd.testing.assert_frame_equal(spans, spans_from_traces(one_by_one(traces)))


@pytest.mark.parametrize(
    "span_id", [5, 1234567890123456, 1.5, True, {"": -1000000000}, ["a"], None]
)
def test_an_id_that_is_no_text_is_rejected(span_id: Any) -> None:
    part = json.dumps(GOOD | {"id": span_id})
    text = json.dumps(GOOD)[:-1] + f', "subsegments": [{part}]}}'
    with pytest.raises(TraceDataError, match='"id" is missing or not a text'):
        spans_from_traces([{"Id": "t", "Segments": [{"Document": text}]}], strict=True)


@pytest.mark.parametrize(
    "origin,aws,service",
    [
        ("AWS::DynamoDB::Table", {"table_name": "orders"}, "orders"),
        ("AWS::DynamoDB::Table", {"resource_names": ["orders"]}, "orders"),
        ("AWS::DynamoDB::Table", {"table_name": 5, "resource_names": ["orders"]}, "a"),
        ("AWS::SQS::Queue", {"queue_url": "https://q/1"}, "https://q/1"),
        ("AWS::Lambda", {"operation": "Invoke", "function_name": "charge"}, "charge"),
        ("AWS::Lambda", {"operation": "ListFunctions", "function_name": "charge"}, "a"),
        ("AWS::Events", {"operation": "PutEvents"}, "a"),
        (None, {}, "a"),
    ],
)
def test_both_ways_name_inferred_segments_alike(
    origin: str | None, aws: dict[str, Any], service: str
) -> None:
    document = GOOD | {"inferred": True, "aws": aws} | ({"origin": origin} if origin else {})
    traces = [{"Id": "t", "Segments": [{"Document": json.dumps(document)}]}]
    spans = spans_from_traces(traces)
    assert spans["service"].tolist() == [service]
    pd.testing.assert_frame_equal(spans, spans_from_traces(one_by_one(traces)))


def test_text_that_no_encoding_has_costs_its_trace_only() -> None:
    good = {"Id": "good", "Segments": [{"Document": json.dumps(GOOD)}]}
    bad = {"Id": "bad", "Segments": [{"Document": '{"name": "\ud800"}'}]}
    with pytest.warns(match="trace bad"):
        spans = spans_from_traces([bad, good])
    assert spans.index.to_list() == [("good", GOOD["id"])]


def test_traces_keep_their_order_however_each_was_read() -> None:
    rng = random.Random(7)
    names = [f"1-{number:08x}-{rng.getrandbits(96):024x}" for number in range(20)]
    traces = [
        {
            "Id": name,
            "Segments": [{"Document": json.dumps(GOOD | {"name": "5" if odd else "a"})}],
        }
        for odd, name in enumerate(names)
        for odd in [odd % 3 == 0]
    ]
    spans = spans_from_traces(traces)
    assert spans.index.get_level_values("trace_id").to_list() == names


def test_a_trace_given_twice_counts_once() -> None:
    trace = {"Id": "t", "Segments": [{"Document": json.dumps(GOOD)}]}
    assert len(spans_from_traces([trace, trace])) == 1


def test_bytes_are_texts() -> None:
    trace = {"Id": "t", "Segments": [{"Document": json.dumps(GOOD).encode()}]}
    assert spans_from_traces([trace])["name"].tolist() == ["a"]
