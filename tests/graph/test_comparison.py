"""Differences of service graphs."""

from typing import Any

import pandas as pd

from tracing_lab.graph import (
    compare_graphs,
    service_graph_from_document,
    service_graph_from_spans,
)


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
