"""Responses of GetServiceGraph, made up."""

from typing import Any


def service(number: int, name: str, kind: str | None, total: int, **more: Any) -> dict[str, Any]:
    """Return a node of a response."""
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
    """Return an edge of a response, with the histogram of its response times."""
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
"""Three nodes: a client, an API's stage, and a service."""
