"""Service graphs from spans."""

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from tracing_lab.graph import (
    Graph,
    graph_to_frames,
    node_key,
    service_graph_from_spans,
)
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]


def graph_of(*traces: dict[str, Any]) -> Graph:
    return service_graph_from_spans(spans_from_traces(traces))


def test_the_worked_example_has_exactly_these_edges(worked_spans: pd.DataFrame) -> None:
    assert {*service_graph_from_spans(worked_spans).edges} == {
        ("orders-api/prod [client]", "orders-api/prod [AWS::ApiGateway::Stage]"),
        ("orders-api/prod [AWS::ApiGateway::Stage]", "order-fn [AWS::Lambda]"),
        ("order-fn [AWS::Lambda]", "order-fn [AWS::Lambda::Function]"),
        ("order-fn [AWS::Lambda::Function]", "orders [AWS::DynamoDB::Table]"),
        ("order-fn [AWS::Lambda::Function]", "Events [AWS::Events]"),
        ("Events [AWS::Events]", "ship-fn [AWS::Lambda]"),
        ("ship-fn [AWS::Lambda]", "ship-fn [AWS::Lambda::Function]"),
    }


@pytest.mark.parametrize(
    "source,target,seconds",
    [
        ("orders-api/prod [client]", "orders-api/prod [AWS::ApiGateway::Stage]", 0.412),
        ("orders-api/prod [AWS::ApiGateway::Stage]", "order-fn [AWS::Lambda]", 0.407),
        ("order-fn [AWS::Lambda]", "order-fn [AWS::Lambda::Function]", 0.399),
        ("order-fn [AWS::Lambda::Function]", "Events [AWS::Events]", 0.054),
        ("Events [AWS::Events]", "ship-fn [AWS::Lambda]", 0.017),
    ],
)
def test_an_edge_has_the_time_that_the_caller_saw(
    worked_spans: pd.DataFrame, source: str, target: str, seconds: float
) -> None:
    data = service_graph_from_spans(worked_spans).edges[source, target]
    assert (data["requests"], data["p50_s"]) == (1, pytest.approx(seconds))


def test_a_node_has_its_own_numbers(worked_spans: pd.DataFrame) -> None:
    node = service_graph_from_spans(worked_spans).nodes["order-fn [AWS::Lambda::Function]"]
    expected = {"name": "order-fn", "kind": "AWS::Lambda::Function", "requests": 1}
    assert node | expected == node
    assert node["p95_s"] == pytest.approx(0.133721)


def test_nodes_and_edges_have_rates_shares_and_histograms(make_trace: Make) -> None:
    rows = [(0.0, 0.25), (1.0, 1.2504), (2.0, 10.0)]  # 250 ms, 250.4 ms and 8 s, in 10 s
    traces = [
        make_trace(("a", None, start, end, {"fault": True} if start else {}), trace_id=f"1-{start}")
        for start, end in rows
    ]
    graph = graph_of(*traces)
    for data in (graph.nodes["a"], graph.edges["a [client]", "a"]):
        assert data["histogram"] == [{"Value": 0.25, "Count": 2}, {"Value": 8.0, "Count": 1}]
        assert data["requests_per_s"] == pytest.approx(0.3)
        assert data["failure_rate"] == pytest.approx(2 / 3)
        assert 0.2 < data["failure_low"] < 2 / 3 < data["failure_high"] < 0.95


def test_only_edges_from_a_bus_have_the_time_on_it(worked_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(worked_spans)
    (sent,) = worked_spans.loc[worked_spans["origin"] == "AWS::Events", "end"]
    accepted = worked_spans["start"][worked_spans["service"].eq("ship-fn")].min()
    _, edges = graph_to_frames(graph)
    assert edges["bus_p50_s"].dropna().to_dict() == {
        ("Events [AWS::Events]", "ship-fn [AWS::Lambda]"): pytest.approx(
            (accepted - sent).total_seconds()
        )
    }


@pytest.mark.parametrize("end_s,bus_s", [(1.0, 0.5), (2.0, 0.0), (None, math.nan)])
def test_an_event_is_on_the_bus_until_its_target_starts(
    make_trace: Make, end_s: float | None, bus_s: float
) -> None:
    bus = ("bus", "a", 0, end_s, {"inferred": True, "origin": "AWS::Events"})
    graph = graph_of(make_trace(("a", None, 0, 3), bus, ("b", "bus", 1.5, 2)))
    data = graph.edges["bus [AWS::Events]", "b"]
    assert data["bus_p50_s"] == pytest.approx(bus_s, nan_ok=True)


def test_a_client_has_counts_but_no_times(worked_spans: pd.DataFrame) -> None:
    client = service_graph_from_spans(worked_spans).nodes["orders-api/prod [client]"]
    assert client["requests"] == 1
    assert math.isnan(client["p50_s"])


def test_the_shop_has_the_map_of_the_workshop(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    kinds = pd.Series([node["kind"] for node in graph.nodes.values()]).value_counts()
    assert kinds.to_dict() == {
        "AWS::Lambda": 4,
        "AWS::Lambda::Function": 4,
        "client": 1,
        "AWS::ApiGateway::Stage": 1,
        "AWS::Events": 1,
    }
    assert graph.out_degree("Events [AWS::Events]") == 3


def test_nodes_count_what_was_sent(shop_spans: pd.DataFrame) -> None:
    nodes, _ = graph_to_frames(service_graph_from_spans(shop_spans))
    segments = shop_spans[shop_spans["kind"] != "subsegment"]
    counts = segments.groupby(["service", "origin"]).size()
    services = nodes[nodes["kind"] != "client"].set_index(["name", "kind"])["requests"]
    assert services.sort_index().to_dict() == counts.to_dict()


def test_outcomes_are_counted_as_x_ray_does(make_trace: Make) -> None:
    flags = [{}, {"error": True}, {"error": True, "throttle": True}, {"fault": True}]
    traces = [
        make_trace(("a", None, 0, 1, more), trace_id=str(number))
        for number, more in enumerate(flags)
    ]
    node = graph_of(*traces).nodes["a"]
    counts = [node[name] for name in ("requests", "errors", "throttles", "faults")]
    assert counts == [4, 2, 1, 1]


def test_what_is_in_progress_is_drawn_but_not_counted(make_trace: Make) -> None:
    graph = graph_of(make_trace(("a", None, 0, None), ("b", "a", 0, 1)))
    assert graph.nodes["a"]["requests"] == 0
    assert graph.nodes["b"]["requests"] == 1
    assert graph.edges["a", "b"]["requests"] == 0


def test_a_remote_callee_is_a_remote_node(make_trace: Make) -> None:
    graph = graph_of(make_trace(("a", None, 0, 1), ("b", "a", 0, 1, {"inferred": True})))
    assert ("a", "b [remote]") in graph.edges


def test_the_caller_s_flags_are_on_the_edge(make_trace: Make) -> None:
    call = {"id": "call", "name": "b", "start_time": 2, "end_time": 5, "fault": True}
    trace = make_trace(("a", None, 0, 9, {"subsegments": [call]}), ("b", "call", 0, 1))
    graph = graph_of(trace)
    assert (graph.edges["a", "b"]["faults"], graph.nodes["b"]["faults"]) == (1, 0)
    assert graph.edges["a", "b"]["p50_s"] == 3


def test_an_orphan_beside_a_root_has_no_client(make_trace: Make) -> None:
    graph = graph_of(make_trace(("a", None, 0, 1), ("b", "lost", 0, 1)))
    assert {*graph.edges} == {("a [client]", "a")}
    assert "b" in graph


def test_a_trace_of_orphans_was_entered_at_the_first(make_trace: Make) -> None:
    graph = graph_of(make_trace(("late", "lost", 1, 2), ("first", "lost", 0, 1)))
    assert {*graph.edges} == {("first [client]", "first")}


def test_a_subsegment_without_its_segment_is_no_node(make_trace: Make) -> None:
    part = {"type": "subsegment"}
    graph = graph_of(make_trace(("part", "lost", 0, 1, part), ("b", "part", 0, 1)))
    assert {*graph} == {"b"}


def test_no_spans_make_an_empty_graph() -> None:
    graph = service_graph_from_spans(spans_from_traces([]))
    assert graph.number_of_nodes() == 0
    assert [frame.shape for frame in graph_to_frames(graph)] == [(0, 20), (0, 27)]


@pytest.mark.parametrize("cut", [1, 30, 60])
def test_graphs_of_parts_add_up(cut: int) -> None:
    rows = [("a", None, 0, 1), ("b", "a", 0, 1)]
    documents = [
        {"Id": str(n), "Segments": [{"Document": document(*row)} for row in rows]}
        for n in range(61)
    ]
    parts = [graph_of(*documents[:cut]), graph_of(*documents[cut:])]
    total = sum(part.edges["a", "b"]["requests"] for part in parts)
    assert total == graph_of(*documents).edges["a", "b"]["requests"] == 61


def document(span_id: str, parent: str | None, start: float, end: float) -> dict[str, Any]:
    more = {"parent_id": parent} if parent else {}
    return {"id": span_id, "name": span_id, "start_time": 1 + start, "end_time": 1 + end} | more


def test_a_node_without_a_type_goes_by_its_name() -> None:
    assert (node_key("a", ""), node_key("a", "remote")) == ("a", "a [remote]")
