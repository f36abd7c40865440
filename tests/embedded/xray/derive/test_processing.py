"""Raw documents become the trace that X-Ray gives back, whatever order they came in."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from tracing_lab.embedded.xray.derive.processing import process
from tracing_lab.embedded.xray.derive.rendering import number, render
from tracing_lab.embedded.xray.derive.tree import ProcessedTrace, walk
from tracing_lab.xray_model.inferred import inferred_id

DATA = Path(__file__).parents[3] / "data"
EXAMPLE = json.loads((DATA / "xray_worked_example.json").read_text())
TRACE_ID = EXAMPLE["trace_id"]
Document = dict[str, Any]


def span(number_: int, **members: Any) -> Document:
    times = {"start_time": float(number_), "end_time": number_ + 0.5}
    return {"id": f"{number_:016x}", "name": f"n{number_}", **times, **members}


def independent(number_: int, parent: int, **members: Any) -> Document:
    return span(number_, type="subsegment", parent_id=f"{parent:016x}", **members)


def shape(trace: ProcessedTrace) -> dict[str, list[str]]:
    """Return the names of the segments with the names of all that is in them."""
    return {
        segment["name"]: [part["name"] for part in walk(segment)][1:] for segment in trace.segments
    }


def test_the_worked_example_reads_back_as_documented() -> None:
    trace = process(TRACE_ID, EXAMPLE["raw"])
    text = json.dumps([json.loads(render(segment)) for segment in trace.segments])
    for call, documented in (
        ("9c1fea9296ca5e01", "15df351900263001"),
        ("aabeb336dc5bce01", "0ac9d1f2b3c4d501"),
    ):
        text = text.replace(inferred_id(TRACE_ID, call), documented)
    assert text == json.dumps(EXAMPLE["processed"])


def test_rendered_members_are_in_order_and_numbers_as_java_writes_them() -> None:
    raw = {"end_time": 1795435200.412, "id": "a" * 16, "start_time": 1795435200, "name": "x"}
    (segment,) = process("1-x", [raw]).segments
    assert render(segment) == (
        '{"id":"aaaaaaaaaaaaaaaa","name":"x","start_time":1795435200,'
        '"trace_id":"1-x","end_time":1.795435200412E9}'
    )


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_value(value: float) -> None:
    assert float(number(value)) == value


def test_subsegments_that_came_alone_move_into_their_owners() -> None:
    documents = [independent(3, 2), independent(2, 1), span(1), independent(4, 2)]
    assert shape(process(TRACE_ID, documents)) == {"n1": ["n2", "n3", "n4"]}


def test_a_subsegment_without_owner_stays_on_its_own() -> None:
    trace = process(TRACE_ID, [span(1), independent(3, 2)])
    assert shape(trace) == {"n1": [], "n3": []}
    assert trace.segments[1]["type"] == "subsegment"


@pytest.mark.parametrize("circle", [[(2, 2)], [(2, 3), (3, 2)], [(2, 3), (3, 4), (4, 3)]])
def test_subsegments_that_own_each_other_are_all_kept(circle: list[tuple[int, int]]) -> None:
    trace = process(TRACE_ID, [span(1), *(independent(*pair) for pair in circle)])
    assert len(trace.segments) == 1 + len(circle)


def test_an_independent_copy_completes_an_embedded_one() -> None:
    started = {"id": f"{2:016x}", "name": "n2", "start_time": 2.0, "in_progress": True}
    owner = span(1, subsegments=[started])
    for copies in ([independent(2, 1)], [independent(2, 1), independent(3, 2)]):
        (segment,) = process(TRACE_ID, [owner, *copies]).segments
        assert segment["subsegments"][0]["end_time"] == 2.5
        assert "in_progress" not in segment["subsegments"][0]


def test_an_unfinished_copy_does_not_replace_a_finished_one() -> None:
    owner = span(1, subsegments=[span(2)])
    late = {"id": f"{2:016x}", "name": "n2", "start_time": 2.0, "in_progress": True}
    (segment,) = process(
        TRACE_ID, [owner, {**late, "type": "subsegment", "parent_id": f"{1:016x}"}]
    ).segments
    assert segment["subsegments"] == [span(2)]


def test_a_chain_of_subsegments_may_be_very_long() -> None:
    documents = [span(1), *(independent(n, n - 1) for n in range(2, 500))]
    (segment,) = process(TRACE_ID, documents).segments
    assert render(segment).count('"subsegments"') == 498


@pytest.mark.parametrize(
    "call, name, origin",
    [
        ({"name": "events", "namespace": "aws"}, "Events", "AWS::Events"),
        ({"name": "Events", "namespace": "aws"}, "Events", "AWS::Events"),
        (
            {"name": "dynamodb", "namespace": "aws", "aws": {"table_name": "orders"}},
            "DynamoDB",
            "AWS::DynamoDB::Table",
        ),
        ({"name": "dynamodb", "namespace": "aws"}, "DynamoDB", "AWS::DynamoDB"),
        ({"name": "sqs", "namespace": "aws", "aws": {"queue_url": "u"}}, "SQS", "AWS::SQS::Queue"),
        ({"name": "Route53", "namespace": "aws"}, "Route53", "AWS::Route53"),
        ({"name": "api.example.com", "namespace": "remote"}, "api.example.com", None),
        ({"name": "db@h", "namespace": "remote", "sql": {"url": "u"}}, "db@h", "Database::SQL"),
    ],
)
def test_a_call_without_traced_callee_gets_an_inferred_segment(
    call: Document, name: str, origin: str | None
) -> None:
    _, inferred = process(TRACE_ID, [span(1, subsegments=[span(2, **call)])]).segments
    assert (inferred["name"], inferred.get("origin")) == (name, origin)
    assert inferred["inferred"] is True
    assert inferred["parent_id"] == f"{2:016x}"
    assert inferred["id"][0] in "0123"


def test_a_call_whose_callee_is_traced_gets_none() -> None:
    caller = span(1, subsegments=[span(2, name="Lambda", namespace="aws")])
    callee = span(3, parent_id=f"{2:016x}", origin="AWS::Lambda")
    assert [one["name"] for one in process(TRACE_ID, [caller, callee]).segments] == ["n1", "n3"]


def test_local_work_gets_no_inferred_segment() -> None:
    assert len(process(TRACE_ID, [span(1, subsegments=[span(2, namespace="local")])]).segments) == 1


@pytest.mark.parametrize("name", ["events", "Events", "sns"])
def test_all_targets_of_one_event_hang_from_one_inferred_segment(name: str) -> None:
    source = span(1, subsegments=[span(2, name=name, namespace="aws")])
    targets = [span(n, parent_id=f"{2:016x}", origin="AWS::Lambda") for n in (3, 4)]
    trace = process(TRACE_ID, [source, *targets])
    (inferred,) = [one for one in trace.segments if one.get("inferred")]
    parents = [one["parent_id"] for one in trace.segments if one["name"] in ("n3", "n4")]
    assert parents == [inferred["id"]] * 2


def test_the_failure_of_a_call_shows_on_its_inferred_segment() -> None:
    call = span(2, name="s3", namespace="aws", error=True, throttle=True)
    _, inferred = process(TRACE_ID, [span(1, subsegments=[call])]).segments
    assert (inferred["error"], inferred["throttle"]) == (True, True)


def test_resource_names_are_added_where_a_table_is_named_and_the_raw_document_stays() -> None:
    raw = span(2, name="dynamodb", namespace="aws", aws={"table_name": "orders"})
    segment, _ = process(TRACE_ID, [span(1, subsegments=[raw])]).segments
    assert segment["subsegments"][0]["aws"]["resource_names"] == ["orders"]
    assert raw["aws"] == {"table_name": "orders"}


def test_orphans_are_kept_and_the_first_one_is_the_root() -> None:
    trace = process(TRACE_ID, [span(2, parent_id="f" * 16), span(3, parent_id="e" * 16)])
    root = trace.root()
    assert root is not None
    assert root["name"] == "n2"
    assert trace.roots == [root]


def test_segments_that_are_each_others_parents_still_have_a_root() -> None:
    trace = process(TRACE_ID, [span(1, parent_id=f"{2:016x}"), span(2, parent_id=f"{1:016x}")])
    assert [root["name"] for root in trace.roots] == ["n1"]


def test_no_documents_are_an_empty_trace() -> None:
    trace = process(TRACE_ID, [])
    assert (trace.segments, trace.root(), trace.roots) == ((), None, [])


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(shuffler: random.Random) -> None:
    documents = list(EXAMPLE["raw"])
    shuffler.shuffle(documents)
    assert process(TRACE_ID, documents) == process(TRACE_ID, EXAMPLE["raw"])


@st.composite
def wild_documents(draw: st.DrawFn) -> list[Document]:
    numbers = draw(st.lists(st.integers(1, 12), min_size=1, unique=True))
    documents = []
    for one in numbers:
        namespace = draw(st.sampled_from([{}, {"namespace": "aws"}, {"namespace": "remote"}]))
        name = draw(st.sampled_from(["events", "lambda", "x"]))
        parent = draw(st.none() | st.integers(1, 12))
        if parent is None:
            documents.append(span(one, name=name))
        elif draw(st.booleans()):
            documents.append(independent(one, parent, name=name, **namespace))
        else:
            documents.append(span(one, name=name, parent_id=f"{parent:016x}"))
    return documents


@given(wild_documents(), st.randoms(use_true_random=False))
def test_any_documents_are_all_there_once_in_the_same_places(
    documents: list[Document], shuffler: random.Random
) -> None:
    trace = process(TRACE_ID, documents)
    parts = [part["id"] for one in trace.segments if not one.get("inferred") for part in walk(one)]
    assert sorted(parts) == sorted(document["id"] for document in documents)
    shuffler.shuffle(documents)
    assert process(TRACE_ID, documents) == trace


def test_published_traces_get_the_inferred_segments_that_aws_made() -> None:
    for sample in json.loads((DATA / "xray_traces_as_returned.json").read_text()):
        returned = [with_valid_ids(one["Document"]) for one in sample["trace"]["Segments"]]
        made = process(TRACE_ID, [one for one in returned if not one.get("inferred")]).segments
        expected = [one for one in returned if one.get("inferred")]
        found = [one for one in made if one.get("inferred")]
        facts = ("name", "start_time", "end_time", "parent_id", "origin", "sql")
        assert sorted(([one.get(fact) for fact in facts] for one in found), key=str) == sorted(
            ([one.get(fact) for fact in facts] for one in expected), key=str
        )


def with_valid_ids(document: Document) -> Document:
    """Replace the ids that the publisher has blanked by ids of the right form."""
    text = json.dumps(document)
    for digit in range(1, 8):
        letter = "abcdefg"[digit - 1]
        text = text.replace(f"fakeid{str(digit) * 8}{letter * 8}", f"{digit:016x}")
    return dict(json.loads(text))
