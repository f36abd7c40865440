"""Service graphs from X-Ray's responses."""

import math
from typing import Any

import pytest

from tracing_lab.errors import TraceDataError
from tracing_lab.graph import (
    service_graph_from_document,
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
