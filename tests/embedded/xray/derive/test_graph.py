"""The service graph: nodes, edges, statistics; merging parts gives the graph of the whole."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.xray.derive.graph import GraphTotal, merge, observe, total
from tracing_lab.embedded.xray.derive.graph_output import services_from_total
from tracing_lab.embedded.xray.derive.processing import process

EXAMPLE = json.loads((Path(__file__).parents[3] / "data" / "xray_worked_example.json").read_text())
ZERO = {
    "ErrorStatistics": {"ThrottleCount": 0, "OtherCount": 0, "TotalCount": 0},
    "FaultStatistics": {"OtherCount": 0, "TotalCount": 0},
}
Document = dict[str, Any]


def graph_of(*traces: list[Document]) -> GraphTotal:
    return total(observe(process("1-x", documents)) for documents in traces)


def services_of(*documents: Document) -> dict[tuple[str, str | None], Document]:
    services = services_from_total(graph_of(list(documents)))
    return {(one["Name"], one.get("Type")): one for one in services}


def span(number: int, *, took_s: float = 0.5, **members: Any) -> Document:
    times = {"start_time": 100.0 + number, "end_time": 100.0 + number + took_s}
    return {"id": f"{number:016x}", "name": f"n{number}", **times, **members}


def contains(actual: Any, expected: Any) -> bool:
    """Return whether everything documented is there; the documented graph is abridged."""
    if expected == "Z":
        return actual in ZERO.values()
    if isinstance(expected, dict):
        return all(contains(actual[key], value) for key, value in expected.items())
    if isinstance(expected, list):
        return len(actual) == len(expected) and all(map(contains, actual, expected))
    return bool(actual == expected)


def test_the_worked_example_gives_the_documented_graph() -> None:
    services = services_from_total(graph_of(EXAMPLE["raw"]))
    documented = EXAMPLE["graph"]["Services"]
    assert len(services) == len(documented) == 8
    for service, expected in zip(services, documented, strict=True):
        assert contains(service, expected), (service, expected)


def test_a_client_has_no_numbers_and_one_edge_with_the_roots() -> None:
    services = services_of(span(1))
    client = services["n1", "client"]
    assert "SummaryStatistics" not in client
    assert "Root" not in client
    assert client["State"] == "unknown"
    (edge,) = client["Edges"]
    assert edge["SummaryStatistics"] == services["n1", None]["SummaryStatistics"]
    assert services["n1", None]["Root"] is True


@pytest.mark.parametrize(
    "flags, counted",
    [
        ({}, (1, 0, 0, 0)),
        ({"error": True}, (0, 0, 1, 0)),
        ({"error": True, "throttle": True}, (0, 1, 0, 0)),
        ({"fault": True}, (0, 0, 0, 1)),
        ({"fault": True, "error": True}, (0, 0, 0, 1)),
    ],
)
def test_each_request_counts_in_one_class(flags: Document, counted: tuple[int, ...]) -> None:
    numbers = services_of(span(1, **flags))["n1", None]["SummaryStatistics"]
    errors, faults = numbers["ErrorStatistics"], numbers["FaultStatistics"]
    found = (
        numbers["OkCount"],
        errors["ThrottleCount"],
        errors["OtherCount"],
        faults["OtherCount"],
    )
    assert found == counted
    assert numbers["TotalCount"] == 1


def test_an_edge_has_what_the_caller_saw_and_a_node_what_it_did_itself() -> None:
    call = span(2, took_s=0.3, name="callee", namespace="remote", fault=True)
    callee = span(3, took_s=0.1, parent_id=f"{2:016x}")
    services = services_of(span(1, subsegments=[call]), callee)
    (edge,) = services["n1", None]["Edges"]
    assert edge["ResponseTimeHistogram"] == [{"Value": 0.3, "Count": 1}]
    assert edge["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1
    assert services["n3", None]["ResponseTimeHistogram"] == [{"Value": 0.1, "Count": 1}]
    assert services["n3", None]["SummaryStatistics"]["OkCount"] == 1


def test_a_function_segment_is_reached_with_the_service_segments_time() -> None:
    service = span(1, took_s=0.375, origin="AWS::Lambda")
    function = span(2, took_s=0.1, origin="AWS::Lambda::Function", parent_id=f"{1:016x}")
    (edge,) = services_of(service, function)["n1", "AWS::Lambda"]["Edges"]
    assert edge["ResponseTimeHistogram"] == [{"Value": 0.375, "Count": 1}]


def test_duration_spans_everything_in_the_segment() -> None:
    early = span(0, took_s=0.2)
    (node, _) = services_of(span(1, subsegments=[early])).values()
    assert node["DurationHistogram"] == [{"Value": 1.5, "Count": 1}]
    assert node["ResponseTimeHistogram"] == [{"Value": 0.5, "Count": 1}]


def test_a_segment_in_progress_is_a_node_without_numbers() -> None:
    open_segment = {"id": "1" * 16, "name": "n", "start_time": 1.0, "in_progress": True}
    node = services_of(open_segment)["n", None]
    assert node["SummaryStatistics"]["TotalCount"] == 0
    assert node["ResponseTimeHistogram"] == []


@pytest.mark.parametrize(
    "call, node",
    [
        ({"name": "events"}, ("Events", "AWS::Events")),
        ({"name": "dynamodb", "aws": {"table_name": "t"}}, ("t", "AWS::DynamoDB::Table")),
        ({"name": "sqs", "aws": {"queue_url": "https://q"}}, ("https://q", "AWS::SQS::Queue")),
        (
            {"name": "lambda", "aws": {"operation": "Invoke", "function_name": "f"}},
            ("f", "AWS::Lambda"),
        ),
        (
            {"name": "lambda", "aws": {"operation": "GetFunction", "function_name": "f"}},
            ("Lambda", "AWS::Lambda"),
        ),
    ],
)
def test_nodes_of_untraced_aws_services_are_named_as_on_aws(
    call: Document, node: tuple[str, str]
) -> None:
    services = services_of(span(1, subsegments=[span(2, namespace="aws", **call)]))
    assert services[node]["State"] == "unknown"


def test_an_untraced_host_is_a_remote_node() -> None:
    call = span(2, name="api.example.com", namespace="remote")
    assert ("api.example.com", "remote") in services_of(span(1, subsegments=[call]))


def test_two_targets_of_one_event_are_two_edges_from_one_events_node() -> None:
    put = span(2, name="events", namespace="aws")
    targets = [span(n, parent_id=f"{2:016x}", origin="AWS::Lambda") for n in (3, 4)]
    events = services_of(span(1, subsegments=[put]), *targets)["Events", "AWS::Events"]
    assert len(events["Edges"]) == 2
    assert events["SummaryStatistics"]["TotalCount"] == 1


def test_a_subsegment_whose_owner_is_missing_adds_no_node() -> None:
    lost = span(2, type="subsegment", parent_id="f" * 16)
    assert services_of(lost) == {}


def test_reference_ids_count_from_zero_and_edges_point_to_them() -> None:
    services = services_from_total(graph_of(EXAMPLE["raw"]))
    ids = [one["ReferenceId"] for one in services]
    assert ids == list(range(8))
    assert {edge["ReferenceId"] for one in services for edge in one["Edges"]} <= set(ids)


@st.composite
def small_trace(draw: st.DrawFn) -> list[Document]:
    took = st.floats(0, 5)
    flags = st.sampled_from([{}, {"error": True}, {"fault": True}])
    name = draw(st.sampled_from(["a", "b"]))
    call = span(2, took_s=draw(took), name="events", namespace="aws", **draw(flags))
    target = span(3, took_s=draw(took), name="b", parent_id=f"{2:016x}", **draw(flags))
    root = span(1, took_s=draw(took), name=name, subsegments=[call], **draw(flags))
    return [root, target][: draw(st.integers(1, 2))]


@given(st.lists(small_trace(), max_size=6), st.integers(0, 6))
def test_merging_the_graphs_of_parts_gives_the_graph_of_the_whole(
    traces: list[list[Document]], cut: int
) -> None:
    parts = [graph_of(*traces[:cut]), graph_of(*traces[cut:])]
    whole = graph_of(*traces)
    assert merge(parts) == whole
    assert merge(reversed(parts)) == whole
    assert services_from_total(merge(parts)) == services_from_total(whole)


@given(small_trace())
def test_counts_add_up_and_histograms_hold_every_request(trace: list[Document]) -> None:
    for service in services_from_total(graph_of(trace)):
        for one in [service, *service["Edges"]]:
            numbers = one.get("SummaryStatistics")
            if numbers is None:
                continue
            errors, faults = numbers["ErrorStatistics"], numbers["FaultStatistics"]
            parts = numbers["OkCount"] + errors["TotalCount"] + faults["TotalCount"]
            assert parts == numbers["TotalCount"]
            assert sum(bar["Count"] for bar in one["ResponseTimeHistogram"]) == parts
