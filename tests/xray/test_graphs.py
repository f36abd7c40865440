"""Graphs as X-Ray returns them, and ready to use."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from xray_fakes import CONFIG, NOON, request_log, service, trace_id

from tracing_lab.xray import fetch_service_graph, service_graph, trace_graph
from tracing_lab.xray.windows import WINDOW


def test_service_graph_asks_window_by_window() -> None:
    asked: list[tuple[datetime, datetime]] = []

    def graph(*, start: datetime, end: datetime) -> list[dict[str, Any]]:
        asked.append((start, end))
        return [{"Services": [service(0, "a", 1)]}]

    aws: Any = SimpleNamespace(xray=SimpleNamespace(service_graph=graph))
    found = service_graph(CONFIG, start=NOON, end=NOON + timedelta(hours=12), aws=aws)
    assert len(asked) == 2
    assert found["Services"][0]["SummaryStatistics"]["TotalCount"] == 2


def test_trace_graph_merges_batches_of_traces() -> None:
    def graph(ids: Sequence[str]) -> list[dict[str, Any]]:
        return [{"Services": [service(0, "a", len(ids))]}]

    aws: Any = SimpleNamespace(xray=SimpleNamespace(trace_graph=graph))
    found = trace_graph(CONFIG, [trace_id(n) for n in range(60)], aws=aws)
    assert found["Services"][0]["SummaryStatistics"]["TotalCount"] == 60


def test_the_graph_of_a_range_is_ready_to_use() -> None:
    page = {"Services": [service(0, "a", 3, 1), service(1, "b", 3)]}
    aws: Any = SimpleNamespace(xray=SimpleNamespace(service_graph=lambda start, end: [page]))
    graph = fetch_service_graph(CONFIG, start=NOON, end=NOON + WINDOW, aws=aws)
    assert [*graph.edges(data="requests")] == [("a [T]", "b [T]", 3)]


def test_the_graph_of_traces_is_ready_to_use() -> None:
    page = {"Services": [service(0, "a", 1)]}
    aws: Any = SimpleNamespace(xray=SimpleNamespace(trace_graph=lambda ids: [page]))
    assert [*fetch_service_graph(CONFIG, request_log(trace_id(1)), aws=aws)] == ["a [T]"]
