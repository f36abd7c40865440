"""Service graphs from X-Ray's responses."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from graph_documents import ANSWER, edge, service

from tracing_lab.errors import TraceDataError
from tracing_lab.graph import (
    service_graph_from_document,
)


def test_an_answer_of_x_ray_has_the_same_form() -> None:
    graph = service_graph_from_document(ANSWER)
    data = graph.edges["api [AWS::ApiGateway::Stage]", "shop"]
    counts = {"requests": 4, "errors": 1, "faults": 0, "throttles": 1}
    times = {"p50_s": 0.1, "p95_s": 0.44, "p99_s": 0.488, "p95_low_s": 0.1, "p99_low_s": 0.1}
    rates = {"failure_rate": 0.25, "failure_low": 0.04559, "failure_high": 0.69936}
    assert data.pop("histogram") == [{"Value": 0.1, "Count": 3}, {"Value": 0.5, "Count": 1}]
    known = {name: value for name, value in data.items() if not math.isnan(value)}
    assert known == pytest.approx(counts | times | rates, rel=1e-4)
    assert graph.nodes["api [client]"]["requests"] == 4


def test_nodes_that_differ_in_the_account_only_are_added_up() -> None:
    accounts = [service(n, "f", "AWS::Lambda::Function", 2, AccountId=str(n)) for n in range(2)]
    graph = service_graph_from_document({"Services": accounts})
    assert graph.nodes["f [AWS::Lambda::Function]"]["requests"] == 4
    assert len(graph) == 1


HOURS = [
    (datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 23, 13, tzinfo=UTC)),  # boto3
    ("2026-11-23T12:00:00+00:00", "2026-11-23T13:00:00+00:00"),  # the aws tool
    (1795435200.0, 1795438800),  # HTTP
]


@pytest.mark.parametrize("start,end", HOURS)
def test_the_rate_is_that_of_the_response_s_time_range(start: Any, end: Any) -> None:
    whole = service_graph_from_document({**ANSWER, "StartTime": start, "EndTime": end})
    assert whole.nodes["shop"]["requests_per_s"] == pytest.approx(4 / 3600)
    parts = [service(0, "a", None, 1, StartTime=start), service(1, "b", None, 2, EndTime=end)]
    assert service_graph_from_document({"Services": parts}).nodes["b"][
        "requests_per_s"
    ] == pytest.approx(2 / 3600)


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
