"""Service graphs from spans and from X-Ray's answers, trace trees, and critical paths."""

import json
import math
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from tracing_lab.errors import TraceDataError
from tracing_lab.graph import (
    compare_graphs,
    critical_path,
    graph_from_frames,
    graph_to_frames,
    node_key,
    one_trace,
    service_graph_from_document,
    service_graph_from_spans,
    trace_tree_from_spans,
)
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]
WORKED = "1-6b042ac0-5d09aa705e56bbd015254801"


def graph_of(*traces: dict[str, Any]) -> nx.DiGraph:
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


def test_a_client_has_counts_but_no_times(worked_spans: pd.DataFrame) -> None:
    client = service_graph_from_spans(worked_spans).nodes["orders-api/prod [client]"]
    assert client["requests"] == 1
    assert math.isnan(client["p50_s"])


def test_the_shop_has_the_map_of_the_workshop(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    kinds = pd.Series(dict(graph.nodes(data="kind"))).value_counts()
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
    assert [frame.shape for frame in graph_to_frames(graph)] == [(0, 8), (0, 6)]


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


def service(number: int, name: str, kind: str | None, total: int, **more: Any) -> dict[str, Any]:
    statistics = {
        "OkCount": total,
        "ErrorStatistics": {"ThrottleCount": 0, "OtherCount": 0, "TotalCount": 0},
        "FaultStatistics": {"OtherCount": 0, "TotalCount": 0},
        "TotalCount": total,
        "TotalResponseTime": total * 1.0,
    }
    data = {"ReferenceId": number, "Name": name, "Type": kind, "Edges": [], **more}
    return data if kind == "client" else data | {"SummaryStatistics": statistics}


def edge(number: int, total: int, times: dict[float, int]) -> dict[str, Any]:
    histogram = [{"Value": value, "Count": count} for value, count in times.items()]
    statistics = {"TotalCount": total, "ErrorStatistics": {"TotalCount": 1, "ThrottleCount": 1}}
    return {
        "ReferenceId": number,
        "SummaryStatistics": statistics,
        "ResponseTimeHistogram": histogram,
    }


ANSWER = {
    "Services": [
        service(0, "api", "AWS::ApiGateway::Stage", 4, Edges=[edge(1, 4, {0.1: 3, 0.5: 1})]),
        service(1, "shop", None, 4),
        service(2, "api", "client", 4, Edges=[edge(0, 4, {0.2: 4})]),
    ]
}


def test_an_answer_of_x_ray_has_the_same_form() -> None:
    graph = service_graph_from_document(ANSWER)
    data = graph.edges["api [AWS::ApiGateway::Stage]", "shop"]
    counts = {"requests": 4, "errors": 1, "faults": 0, "throttles": 1}
    assert data == counts | {"p50_s": pytest.approx(0.1), "p95_s": pytest.approx(0.44)}
    assert graph.nodes["api [client]"]["requests"] == 4


def test_nodes_that_differ_in_the_account_only_are_added_up() -> None:
    accounts = [service(n, "f", "AWS::Lambda::Function", 2, AccountId=str(n)) for n in range(2)]
    graph = service_graph_from_document({"Services": accounts})
    assert dict(graph.nodes(data="requests")) == {"f [AWS::Lambda::Function]": 4}


def test_missing_statistics_count_as_zero() -> None:
    services = [{"ReferenceId": 0, "Name": "a", "Edges": [{"ReferenceId": 0}]}]
    data = service_graph_from_document({"Services": services}).edges["a", "a"]
    assert data["requests"] == 0
    assert math.isnan(data["p50_s"])


@pytest.mark.parametrize(
    "answer,said",
    [
        ({}, "has no Services"),
        ({"Services": [service(0, "a", None, 1, Edges=[edge(7, 1, {})])]}, "service number 7"),
    ],
)
def test_an_answer_that_is_not_whole_is_refused(answer: dict[str, Any], said: str) -> None:
    with pytest.raises(TraceDataError, match=said):
        service_graph_from_document(answer)


def test_a_graph_agrees_with_itself(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    assert compare_graphs(graph, graph.copy()).empty


def test_every_disagreement_is_listed() -> None:
    first = service_graph_from_document(ANSWER)
    second = first.copy()
    second.nodes["shop"]["faults"] = 2
    second.remove_node("api [client]")
    found = compare_graphs(first, second)
    assert found.iloc[0].tolist() == ["node", "shop", "faults", 0, 2]
    assert set(found["item"]) == {
        "shop",
        "api [client]",
        "api [client] -> api [AWS::ApiGateway::Stage]",
    }
    assert found[found["item"] == "api [client]"]["second"].isna().all()


def test_tables_turn_back_into_the_graph(shop_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(shop_spans)
    again = graph_from_frames(*graph_to_frames(graph))
    assert compare_graphs(graph, again).empty
    assert again.nodes["Events [AWS::Events]"] == graph.nodes["Events [AWS::Events]"]


def test_a_node_without_a_type_goes_by_its_name() -> None:
    assert (node_key("a", ""), node_key("a", "remote")) == ("a", "a [remote]")


def test_a_trace_is_a_tree_of_its_spans(worked_spans: pd.DataFrame) -> None:
    tree = trace_tree_from_spans(worked_spans, WORKED)
    assert nx.is_arborescence(tree)
    assert len(tree) == 18
    assert tree.nodes["0ac9d1f2b3c4d501"]["name"] == "Events"
    assert list(tree.successors("0ac9d1f2b3c4d501")) == ["4f3daf0881368d01"]


def test_an_unknown_trace_is_refused(worked_spans: pd.DataFrame) -> None:
    with pytest.raises(TraceDataError, match="Trace x is not among these 1"):
        one_trace(worked_spans, "x")


def path_of(*rows: tuple[Any, ...], make: Make) -> list[tuple[str, float, float]]:
    spans = spans_from_traces([make(*rows, trace_id="t")])
    path = critical_path(trace_tree_from_spans(spans, "t"))
    begin = spans["start"].min()
    seconds = [(path[side] - begin).dt.total_seconds().round(6) for side in ("start", "end")]
    return list(zip(path["span_id"], *seconds, strict=True))


def test_the_path_runs_through_the_child_that_ended_last(make_trace: Make) -> None:
    rows = ("a", None, 0, 10), ("b", "a", 1, 4), ("c", "a", 3, 9)
    assert path_of(*rows, make=make_trace) == [("a", 0, 3), ("c", 3, 9), ("a", 9, 10)]


def test_the_path_runs_through_children_one_after_another(make_trace: Make) -> None:
    rows = ("a", None, 0, 10), ("b", "a", 1, 4), ("c", "a", 5, 9)
    assert [name for name, *_ in path_of(*rows, make=make_trace)] == ["a", "b", "a", "c", "a"]


def test_the_path_leaves_a_parent_that_its_child_outlives(make_trace: Make) -> None:
    # GIVEN a bus (1 to 2) whose target runs on from 3 to 8, after the root ended at 4
    rows = ("root", None, 0, 4), ("bus", "root", 1, 2), ("target", "bus", 3, 8)
    # THEN the root's own end is not on the path, nor is the flight from 2 to 3
    expected = [("root", 0, 1), ("bus", 1, 2), ("target", 3, 8)]
    assert path_of(*rows, make=make_trace) == expected


def test_the_path_covers_a_forest(make_trace: Make) -> None:
    rows = ("a", None, 0, 2), ("b", "lost", 3, 5)
    assert path_of(*rows, make=make_trace) == [("a", 0, 2), ("b", 3, 5)]


def test_a_span_in_progress_counts_for_what_is_known_below_it(make_trace: Make) -> None:
    rows = ("a", None, 0, None), ("b", "a", 1, 2)
    assert path_of(*rows, make=make_trace) == [("b", 1, 2)]


def test_the_path_goes_into_the_function_of_an_attempt(worked_spans: pd.DataFrame) -> None:
    path = critical_path(trace_tree_from_spans(worked_spans, WORKED))
    assert path["span_id"].tolist()[-4:] == [
        "3705e19822f3db01",
        "03f9591e84c79001",
        "3705e19822f3db01",
        "695ea167ab53c201",
    ]
    assert path["duration_s"].sum() == pytest.approx(0.953 - (0.402 - 0.389))


@settings(max_examples=25)
@given(st.data())
def test_a_path_never_overlaps_itself_and_ends_with_the_trace(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    documents = []
    for number in range(count):
        parent = data.draw(st.none() | st.integers(0, number - 1)) if number else None
        start = data.draw(st.integers(0, 50))
        end = start + data.draw(st.integers(1, 50))
        name = None if parent is None else str(parent)
        documents.append({"Document": json.dumps(document(str(number), name, start, end))})
    spans = spans_from_traces([{"Id": "t", "Segments": documents}])
    path = critical_path(trace_tree_from_spans(spans, "t"))
    assert path["end"].iloc[-1] == spans["end"].max()
    assert (path["start"].iloc[1:].to_numpy() >= path["end"].iloc[:-1].to_numpy()).all()
    extent = (spans["end"].max() - spans["start"].min()).total_seconds()
    assert 0 < path["duration_s"].sum() <= extent + 1e-9
    inside = spans.droplevel("trace_id").loc[path["span_id"]]
    assert np.all(path["start"].to_numpy() >= inside["start"].to_numpy())
    assert np.all(path["end"].to_numpy() <= inside["end"].to_numpy())
