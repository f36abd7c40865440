"""The graph of a span frame and the embedded AWS's own are each other's oracle."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.xray.derive.graph import observe, total
from tracing_lab.embedded.xray.derive.graph_output import services_from_total
from tracing_lab.embedded.xray.derive.processing import process
from tracing_lab.graph import (
    Graph,
    compare_graphs,
    graph_to_frames,
    service_graph_from_document,
    service_graph_from_spans,
)
from tracing_lab.spans import links_from_traces, spans_from_traces
from tracing_lab.spans.entries import entry_rows
from tracing_lab.xray_model.trace_links import child_link

EXAMPLE = json.loads((Path(__file__).parents[1] / "data" / "xray_worked_example.json").read_text())
Document = dict[str, Any]


def both_graphs(*traces: list[Document]) -> tuple[Graph, Graph]:
    """Return the graph from the frame and that from the embedded AWS, of raw documents."""
    processed = [process(f"1-0000000{n}-1", raw) for n, raw in enumerate(traces)]
    returned = [
        {"Id": one.id, "Segments": [{"Id": part["id"], "Document": part} for part in one.segments]}
        for one in processed
    ]
    services = services_from_total(total(map(observe, processed)))
    return (
        service_graph_from_spans(spans_from_traces(returned), links=links_from_traces(returned)),
        service_graph_from_document({"Services": services}),
    )


def assert_same(ours: Graph, theirs: Graph) -> None:
    assert compare_graphs(ours, theirs).empty
    for mine, other in zip(graph_to_frames(ours), graph_to_frames(theirs), strict=True):
        times = ["p50_s", "p95_s"]  # the embedded AWS rounds to milliseconds
        pd.testing.assert_frame_equal(
            mine[times].sort_index(), other[times].sort_index(), rtol=0, atol=0.00051
        )
        measured = mine[mine["p50_s"].notna()].index  # not clients
        assert mine["histogram"][measured].to_dict() == other["histogram"][measured].to_dict()
        shares = ["failure_rate", "failure_low", "failure_high"]
        pd.testing.assert_frame_equal(mine[shares].sort_index(), other[shares].sort_index())


def test_both_draw_the_worked_example() -> None:
    assert_same(*both_graphs(EXAMPLE["raw"], EXAMPLE["raw"][1:]))


def queue_traces(*, call_has_link: bool, queue: bool) -> list[list[Document]]:
    """Return the traces of a function that sends a message and of one that receives it."""
    times = {"start_time": 100.0, "end_time": 100.5}
    child = child_link("1-00000001-1", "4" * 16, function_name="consumer", received_s=101.25)
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
    call: Document = {"id": "3" * 16, "name": "sqs", **times, "namespace": "aws"}
    call |= {"aws": {"operation": "SendMessage", "queue_url": url}} if queue else {}
    handler: Document = {"id": "2" * 16, "name": "Invocation", **times, "subsegments": [call]}
    (call if call_has_link else handler)["links"] = [child]
    producer = {"id": "1" * 16, "name": "producer", "origin": "AWS::Lambda::Function", **times}
    consumer = {"id": "4" * 16, "name": "consumer", "origin": "AWS::Lambda"}
    return [
        [producer | {"subsegments": [handler]}],
        [consumer | {"start_time": 101.25, "end_time": 102.0}],
    ]


@pytest.mark.parametrize("call_has_link", [True, False])
@pytest.mark.parametrize("queue", [True, False])
def test_both_draw_the_way_of_a_message(*, call_has_link: bool, queue: bool) -> None:
    ours, theirs = both_graphs(*queue_traces(call_has_link=call_has_link, queue=queue))
    assert_same(ours, theirs)
    start = "https://sqs.us-east-1.amazonaws.com/123456789012/orders [AWS::SQS::Queue]"
    start = start if queue else "producer [AWS::Lambda::Function]"
    for graph in (ours, theirs):
        edge = graph.edges[start, "consumer [AWS::Lambda]"]
        assert edge["requests"] == 0
        assert edge["bus_p50_s"] == pytest.approx(0.75)


FLAGS = [{}, {"error": True}, {"error": True, "throttle": True}, {"fault": True}]
NAMES = ["a", "b", "events", "dynamodb"]


@st.composite
def raw_trace(draw: st.DrawFn) -> list[Document]:
    """Draw documents: calls in segments, callees of calls or of segments, some lost or open."""
    documents: list[Document] = []
    ids: list[str] = []
    for number in range(draw(st.integers(1, 6))):
        parent = draw(st.sampled_from([None, "f" * 16, *ids])) if number else None
        document = span(draw, f"{number:015x}0")
        document |= {"parent_id": parent} if parent else {}
        document |= {"origin": draw(st.sampled_from(["AWS::Lambda", "AWS::Lambda::Function"]))}
        document["subsegments"] = [
            {**span(draw, f"{number:015x}{part}"), **draw(st.sampled_from(CALLS))}
            for part in range(1, draw(st.integers(1, 4)))
        ]
        documents.append(document)
        ids += [document["id"], *(part["id"] for part in document["subsegments"])]
    return documents


CALLS = [{}, {"namespace": "aws"}, {"namespace": "remote"}]


def span(draw: st.DrawFn, span_id: str) -> Document:
    start_s = 1_795_435_200 + draw(st.integers(0, 5000)) / 1000
    end_s = start_s + draw(st.integers(0, 5000)) / 1000
    ending = {"in_progress": True} if draw(st.integers(0, 9)) == 0 else {"end_time": end_s}
    flags = draw(st.sampled_from(FLAGS))
    name = draw(st.sampled_from(NAMES))
    return {"id": span_id, "name": name, "start_time": start_s, **ending, **flags}


@given(st.lists(raw_trace(), min_size=1, max_size=3))
def test_both_draw_any_traces_alike(traces: list[list[Document]]) -> None:
    assert_same(*both_graphs(*traces))


@given(raw_trace(), st.integers(0, 2))
def test_both_find_the_same_entries(documents: list[Document], first: int) -> None:
    trace = process("1-00000001-1", documents[first:])
    returned = [{"Id": part["id"], "Document": part} for part in trace.segments]
    spans = spans_from_traces([{"Id": trace.id, "Segments": returned}])
    entered = spans.index.get_level_values("span_id")[entry_rows(spans)]
    assert {*entered} == {one["id"] for one in trace.roots}


@pytest.mark.parametrize("kind", ["raw", "processed"])
def test_a_shop_s_traces_have_one_graph(
    shop_traces: Callable[..., list[Document]], kind: str
) -> None:
    traces = shop_traces(20)
    raw = [[json.loads(one["Document"]) for one in trace["Segments"]] for trace in traces]
    if kind == "raw":
        raw = [[one for one in documents if "inferred" not in one] for documents in raw]
    assert_same(*both_graphs(*raw))
