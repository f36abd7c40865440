"""Service graphs with a node per operation of a service."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from tracing_lab.graph import (
    compare,
    compare_graphs,
    graph_from_frames,
    graph_to_frames,
    node_key,
    service_graph_from_spans,
)
from tracing_lab.spans import operations_from_traces, spans_from_traces

Make = Callable[..., dict[str, Any]]
STAGE = {"origin": "AWS::ApiGateway::Stage"}
TABLE = {"inferred": True, "origin": "AWS::DynamoDB::Table"}


def http(method: str, path: str) -> dict[str, Any]:
    return STAGE | {"http": {"request": {"method": method, "url": f"https://shop.test{path}"}}}


def order(make_trace: Make, number: int, *, call: str = "PutItem", wait_s: float = 0.1) -> Any:
    write = TABLE | {"name": "DynamoDB", "aws": {"operation": call, "table_name": "orders"}}
    return make_trace(
        ("api", None, 0, 1, http("POST", f"/orders/{number}")),
        ("ddb", "api", 0, wait_s + number / 1e4, write),
        trace_id=f"1-00000001-{number:024x}",
    )


def test_nodes_and_edges_are_those_of_operations(make_trace: Make) -> None:
    look = make_trace(("api", None, 0, 1, http("GET", "/orders/7")), trace_id="1-00000002-1")
    traces = [order(make_trace, 1), order(make_trace, 2, call="GetItem"), look]
    graph = service_graph_from_spans(
        spans_from_traces(traces), operations=operations_from_traces(traces)
    )
    client, stage = "api [client]", "api [AWS::ApiGateway::Stage]"
    post, get = f"{stage} POST /orders/{{id}}", f"{stage} GET /orders/{{id}}"
    table = "orders [AWS::DynamoDB::Table]"
    nodes, edges = graph_to_frames(graph)
    assert nodes["requests"].to_dict() == {
        client: 3,
        post: 2,
        get: 1,
        f"{table} PutItem": 1,
        f"{table} GetItem": 1,
    }
    assert edges["requests"].to_dict() == {
        (client, post): 2,
        (client, get): 1,
        (post, f"{table} PutItem"): 1,
        (post, f"{table} GetItem"): 1,
    }
    data = graph.nodes[post]
    assert (data["name"], data["operation"]) == ("api", "POST /orders/{id}")


def test_its_requests_are_those_of_the_service_graph(
    shop_spans: pd.DataFrame, shop_traces: Callable[..., Any]
) -> None:
    operations = operations_from_traces(shop_traces(120))
    plain, _ = graph_to_frames(service_graph_from_spans(shop_spans))
    graph = service_graph_from_spans(shop_spans, operations=operations)
    nodes, edges = graph_to_frames(graph)
    counts = ["requests", "errors", "faults", "throttles"]
    totals = nodes.groupby(["name", "kind"])[counts].sum()
    pd.testing.assert_frame_equal(totals, plain.groupby(["name", "kind"])[counts].sum())
    assert nodes["operation"].str.len().gt(0).any()
    again, _ = graph_to_frames(graph_from_frames(nodes, edges))
    pd.testing.assert_frame_equal(again, nodes)


def test_what_is_not_known_of_spans_is_a_node_without_operation(
    worked_spans: pd.DataFrame,
) -> None:
    plain = service_graph_from_spans(worked_spans)
    graph = service_graph_from_spans(worked_spans, operations=operations_from_traces([]))
    assert {*graph.edges} == {*plain.edges}


def test_operations_that_are_known_twice_count_once(worked_traces: Any) -> None:
    spans, operations = spans_from_traces(worked_traces), operations_from_traces(worked_traces)
    once, twice = (
        service_graph_from_spans(spans, operations=known)
        for known in (operations, pd.concat([operations, operations]))
    )
    assert compare_graphs(once, twice).empty


def test_operations_are_compared(make_trace: Make) -> None:
    before = [order(make_trace, n) for n in range(30)]
    slower = [order(make_trace, n + 100, wait_s=0.5) for n in range(30)]
    after = [*slower, *(order(make_trace, n + 200, call="Query") for n in range(30))]
    table = compare(
        spans_from_traces(before),
        spans_from_traces(after),
        operations=operations_from_traces([*before, *after]),
    )
    kind = "AWS::DynamoDB::Table"
    assert table.loc[("node", node_key("orders", kind, "PutItem")), "change"] == "changed"
    assert table.loc[("node", node_key("orders", kind, "Query")), "change"] == "added"
    post = node_key("api", "AWS::ApiGateway::Stage", "POST /orders/{id}")
    assert (
        table.loc[("edge", f"{post} -> {node_key('orders', kind, 'Query')}"), "change"] == "added"
    )
    assert table.loc[("edge", f"api [client] -> {post}"), "change"] == "same"


@pytest.mark.parametrize("operation", ["", "PutItem"])
def test_a_key_has_the_operation_last(operation: str) -> None:
    assert node_key("orders", "", operation).split() == ["orders", *operation.split()]
