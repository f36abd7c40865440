"""What segments were asked to do, as their documents say."""

import json
import warnings
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, strategies as st
from one_by_one import one_by_one

from tracing_lab.errors import TraceDataError, TraceDataWarning
from tracing_lab.spans import operations_from_traces

Make = Callable[..., dict[str, Any]]
FUNCTION = {"origin": "AWS::Lambda::Function"}


def part(name: str, start_s: float, *parts: Any, **more: Any) -> dict[str, Any]:
    ends = {"start_time": start_s, "end_time": start_s + 1}
    return {"id": f"of {name}", "name": name, **ends, "subsegments": [*parts], **more}


def test_a_trace_of_the_workshop_s_form(worked_traces: list[Any]) -> None:
    assert operations_from_traces(worked_traces).tolist() == [
        "POST /prod/orders",
        "PutItem",
        "PutEvents",
    ]


WORK = part("charge", 3, part("detail", 3), annotations={"event": "Order Created", "n": 5})
CALL = part("dynamodb", 2, namespace="aws")


@pytest.mark.parametrize(
    "parts,expected",
    [
        (
            [part("Initialization", 0), part("Invocation", 1, CALL, WORK), part("Overhead", 5)],
            "charge",
        ),
        ([part("Restore", 0), WORK], "charge"),
        (
            [part("Invocation", 1, part("later", 4), part("## lambda_handler", 2))],
            "## lambda_handler",
        ),
        ([part("Invocation", 1, CALL)], None),
        ([], None),
    ],
    ids=["classic", "flat", "Powertools", "call only", "nothing"],
)
def test_a_function_does_what_its_first_subsegment_is_named(
    make_trace: Make, parts: list[Any], expected: str | None
) -> None:
    trace = make_trace(("f", None, 0, 9, FUNCTION | {"subsegments": parts}))
    assert operations_from_traces([trace]).get(("1-00000001-1", "f")) == expected


def test_subsegments_that_were_sent_by_themselves_count(make_trace: Make) -> None:
    own = {"type": "subsegment"}
    rows = ("Invocation", "f", 0, 2, own), ("charge", "Invocation", 1, 2, own)
    trace = make_trace(("f", None, 0, 9, FUNCTION), *rows)
    assert operations_from_traces([trace]).tolist() == ["charge"]


@pytest.mark.parametrize("key,expected", [("event", "Order Created"), ("n", "5"), ("x", "charge")])
def test_an_annotation_can_say_what_was_asked(make_trace: Make, key: str, expected: str) -> None:
    trace = make_trace(("f", None, 0, 9, FUNCTION | {"subsegments": [part("Invocation", 1, WORK)]}))
    assert operations_from_traces([trace], annotation=key).tolist() == [expected]


def test_parts_in_a_circle_are_no_reason_to_stop(make_trace: Make) -> None:
    own = {"type": "subsegment"}
    trace = make_trace(("f", None, 0, 9, FUNCTION), ("a", "b", 0, 1, own), ("b", "a", 0, 1, own))
    assert operations_from_traces([trace]).empty


def test_unusable_traces_are_left_out(worked_traces: list[Any]) -> None:
    bad = {"Id": "1-00000009-1", "Segments": [{"Document": "{"}]}
    with pytest.warns(TraceDataWarning, match="1-00000009-1"):
        assert len(operations_from_traces([bad, *worked_traces])) == 3
    with pytest.raises(TraceDataError, match="not JSON"):
        operations_from_traces([bad], strict=True)


@pytest.mark.parametrize("recorded", ["worked_traces", "real_traces"])
@pytest.mark.parametrize("annotation", [None, "theme", "order_id", "nothing"])
def test_both_ways_agree_on_recorded_traces(
    recorded: str, annotation: str | None, request: pytest.FixtureRequest
) -> None:
    both_ways_agree(request.getfixturevalue(recorded), annotation)


def both_ways_agree(traces: list[Any], annotation: str | None = None) -> "pd.Series[str]":
    """Return the operations of traces, after a comparison with what is read one by one."""
    operations = operations_from_traces(traces, annotation=annotation)
    singly = operations_from_traces(one_by_one(traces), annotation=annotation)
    pd.testing.assert_series_equal(operations, singly)
    return operations


TEXTS = st.sampled_from(["", "5", "true", "GET", "Invocation", "charge", "aws", "remote", "é\n{"])
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 2), TEXTS, st.just([5]), st.just({"a": 1})
)
URLS = st.sampled_from(["https://shop/orders/17?a=1", "/v2/a", "http://[", "", "x"])
STARTS = st.one_of(VALUES, st.integers(1, 3), st.floats(0, 3))


def block(members: dict[str, Any]) -> Any:
    return st.one_of(VALUES, st.fixed_dictionaries({}, optional=members))


BLOCKS = {
    "aws": block({"operation": VALUES}),
    "http": block({"request": block({"method": VALUES, "url": st.one_of(VALUES, URLS)})}),
    "sql": block({"sanitized_query": st.one_of(VALUES, st.just(" select *"))}),
    "annotations": block({"event": VALUES}),
}
OWN = {"name": VALUES, "namespace": VALUES, "start_time": STARTS}
PARTS = st.recursive(
    st.lists(st.one_of(VALUES, st.fixed_dictionaries({}, optional=OWN)), max_size=3),
    lambda below: st.lists(
        st.fixed_dictionaries(
            {}, optional=OWN | {"annotations": BLOCKS["annotations"], "subsegments": below}
        ),
        max_size=3,
    ),
    max_leaves=8,
)
DOCUMENTS = st.fixed_dictionaries(
    {"id": st.sampled_from(["a", "b", "0000000000000001"])},
    optional=BLOCKS
    | {
        "origin": st.just("AWS::Lambda::Function"),
        "type": st.sampled_from(["segment", "subsegment"]),
        "inferred": st.booleans(),
        "parent_id": st.sampled_from(["a", "b"]),
        "end_time": st.just(5),
        "subsegments": st.one_of(VALUES, PARTS),
    },
)


@given(
    st.lists(st.lists(DOCUMENTS, max_size=3), max_size=3),
    st.sampled_from([None, "event", 'say "x"']),
)
def test_both_ways_agree_on_whatever_documents_say(
    traces: list[list[Any]], annotation: str | None
) -> None:
    given = [
        {"Id": f"t{number % 2}", "Segments": [{"Document": json.dumps(one)} for one in documents]}
        for number, documents in enumerate(traces)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TraceDataWarning)  # of ids that occur twice
        both_ways_agree(given, annotation)


def test_of_equal_starts_the_first_in_its_parent_counts(make_trace: Make) -> None:
    calls = [part("db", 1, part("second", 2), namespace="aws"), part("x", 0, namespace="remote")]
    calls[1]["subsegments"] = [part("first", 2)]
    trace = make_trace(("f", None, 0, 9, FUNCTION | {"subsegments": calls}))
    assert both_ways_agree([trace]).tolist() == ["first"]


def test_traces_keep_their_order_however_each_was_read(worked_traces: list[Any]) -> None:
    document = {"id": "a", "http": {"request": {"method": "GET"}}}
    traces = [
        {"Id": name, "Segments": [{"Document": document}, *more]}
        for name, more in (("z", []), ("y", [{"Document": document}]), ("x", []))
    ]
    operations = operations_from_traces([*traces, *worked_traces])
    assert operations.index.get_level_values("trace_id").tolist()[:3] == ["z", "y", "x"]


def test_no_traces_have_no_operations() -> None:
    operations = operations_from_traces([])
    assert operations.empty
    assert operations.index.names == ["trace_id", "span_id"]
