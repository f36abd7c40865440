"""Links that arrive after the segments that they belong to."""

from typing import Any

from hypothesis import given, strategies as st

from tracing_lab.embedded.xray.derive.processing import process
from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_links import Producer, carrier, child_link

TRACE = "1-6b042ac0-5d09aa705e56bbd015254801"
CALL, SEGMENT = "53995c3f42cd8ad8", "70de5b6f19ff9a0a"
Document = dict[str, Any]


def link(number: int) -> Document:
    return child_link(
        f"1-6b042ac1-{number:024x}", "2acd99f6ce4d0822", function_name="fn", received_s=1
    )


def carried(number: int, parent: str = CALL) -> Document:
    header = TraceHeader(TRACE, parent, sampled=True)
    return carrier(Producer(header, 100.0 + number), link(number))


def segment(**members: Any) -> Document:
    call = {"id": CALL, "name": "sqs", "start_time": 100.0, "end_time": 101.0, **members}
    times = {"start_time": 100.0, "end_time": 101.0}
    return {"id": SEGMENT, "name": "shop", "trace_id": TRACE, **times, "subsegments": [call]}


@given(st.permutations([carried(0), carried(1), segment()]))
def test_a_link_comes_to_its_call_whatever_arrives_first(documents: list[Document]) -> None:
    (found,) = process(TRACE, documents).segments
    assert found["subsegments"] == [{**segment()["subsegments"][0], "links": [link(0), link(1)]}]


def test_a_link_comes_to_a_segment_and_after_links_of_its_own() -> None:
    sent = segment(links=[link(7)])
    (found,) = process(TRACE, [sent, carried(0, SEGMENT), carried(1)]).segments
    assert found["links"] == [link(0)]
    assert found["subsegments"][0]["links"] == [link(7), link(1)]


def test_a_link_of_a_document_that_is_not_there_is_left_out() -> None:
    (found,) = process(TRACE, [segment(), carried(0, "0" * 16)]).segments
    assert "links" not in found
    assert "links" not in found["subsegments"][0]


def test_there_are_no_more_links_than_quotas_allow() -> None:
    calls = [
        {"id": f"{number:016x}", "name": "sqs", "start_time": 100.0, "end_time": 101.0}
        for number in range(1, 7)
    ]
    many = [
        carried(100 * number + at, str(call["id"]))
        for number, call in enumerate(calls)
        for at in range(21)
    ]
    (found,) = process(TRACE, [segment() | {"subsegments": calls}, *many]).segments
    counts = [len(call.get("links", [])) for call in found["subsegments"]]
    assert counts == [20, 20, 20, 20, 20, 0]


def test_links_alone_are_a_trace_without_a_root() -> None:
    trace = process(TRACE, [carried(0)])
    assert [one["type"] for one in trace.segments] == ["subsegment"]
