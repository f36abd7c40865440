"""Links between the traces of producers and consumers of a queue, and other names of a service."""

from typing import Any

import pytest

from tracing_lab.embedded.xray.derive.graph import merge, observe, total
from tracing_lab.embedded.xray.derive.graph_output import services_from_total
from tracing_lab.embedded.xray.derive.processing import process

Document = dict[str, Any]
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
RESERVED = "aws.xray.reserved."


def link(**changes: Any) -> Document:
    attributes = {
        "reference_type": "child",
        "type": "AWS::Lambda",
        "names": ["consumer"],
        "received_event_end_time": 101.25,
        **changes,
    }
    named = {f"{RESERVED}{name}": value for name, value in attributes.items()}
    return {"trace_id": "1-y", "id": "2acd99f6ce4d0822", "attributes": named}


def span(number: int, name: str, **members: Any) -> Document:
    times = {"start_time": 100.0, "end_time": 101.0}
    return {"id": f"{number:016x}", "name": name, **times, **members}


def producer(*links: Any, calls: bool = True) -> list[Document]:
    """Make the trace of a function that sends to the queue."""
    aws = {"operation": "SendMessage", "queue_url": QUEUE}
    send = span(3, "sqs", namespace="aws", aws=aws)
    handler = span(2, "Invocation", links=list(links), subsegments=[send] if calls else [])
    return [span(1, "producer", origin="AWS::Lambda::Function", subsegments=[handler])]


CONSUMER = [span(4, "consumer", origin="AWS::Lambda")]


def services(*traces: list[Document]) -> dict[tuple[str, str | None], Document]:
    # chunks of a window are made one by one and merged
    graph = merge(total([observe(process("1-x", documents))]) for documents in traces)
    return {(one["Name"], one.get("Type")): one for one in services_from_total(graph)}


def links_from(found: dict[Any, Document], name: str, kind: str) -> list[Document]:
    return [edge for edge in found[name, kind]["Edges"] if edge.get("EdgeType") == "link"]


def test_a_queue_is_linked_to_its_consumer_in_another_trace() -> None:
    found = services(producer(link(), link()), CONSUMER)
    assert links_from(found, QUEUE, "AWS::SQS::Queue") == [
        {
            "ReferenceId": found["consumer", "AWS::Lambda"]["ReferenceId"],
            "StartTime": 101.0,
            "EndTime": 101.25,
            "SummaryStatistics": {},
            "ResponseTimeHistogram": [],
            "Aliases": [],
            "EdgeType": "link",
            "ReceivedEventAgeHistogram": [{"Value": 0.25, "Count": 2}],
        }
    ]
    assert found["consumer", "AWS::Lambda"]["Root"] is True


def test_without_a_traced_queue_the_producer_is_linked() -> None:
    found = services(producer(link(), calls=False), CONSUMER)
    assert len(links_from(found, "producer", "AWS::Lambda::Function")) == 1


def test_a_call_that_has_the_link_names_the_queue() -> None:
    other = QUEUE + "-2"
    calls = [
        span(
            number,
            "sqs",
            namespace="aws",
            aws={"operation": "SendMessage", "queue_url": url},
            **more,
        )
        for number, url, more in ((3, QUEUE, {"links": [link()]}), (5, other, {}))
    ]
    producer = span(1, "producer", origin="AWS::Lambda::Function", subsegments=calls)
    found = services([producer], CONSUMER)
    assert len(links_from(found, QUEUE, "AWS::SQS::Queue")) == 1
    assert links_from(found, other, "AWS::SQS::Queue") == []


def test_a_link_to_what_is_not_in_the_graph_is_not_drawn() -> None:
    found = services(producer(link()))
    assert links_from(found, QUEUE, "AWS::SQS::Queue") == []


@pytest.mark.parametrize(
    "odd",
    [
        link(reference_type="parent"),
        link(names=[]),
        link(names="consumer"),
        link(received_event_end_time="now"),
        {"attributes": 7},
        {},
        7,
    ],
)
def test_other_links_make_no_edge(odd: Any) -> None:
    found = services(producer(odd), CONSUMER)
    assert links_from(found, QUEUE, "AWS::SQS::Queue") == []


def test_a_trace_keeps_its_links_when_it_is_read_back() -> None:
    trace = process("1-x", producer(*[link()] * 21))
    assert trace.segments[0]["subsegments"][0]["links"] == [link()] * 20


def test_the_host_name_of_a_call_is_an_alias_of_the_service() -> None:
    call = span(2, "orders.internal", namespace="remote")
    callee = span(3, "orders", origin="AWS::ECS::Container", parent_id=f"{2:016x}")
    same = span(5, "orders", namespace="remote")
    again = span(6, "orders", origin="AWS::ECS::Container", parent_id=f"{5:016x}")
    found = services([span(1, "web", subsegments=[call, same]), callee, again])
    (edge,) = found["web", None]["Edges"]
    assert edge["SummaryStatistics"]["TotalCount"] == 2
    assert edge["Aliases"] == [
        {"Name": "orders.internal", "Names": ["orders.internal"], "Type": "AWS::ECS::Container"}
    ]
