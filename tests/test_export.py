"""What other tools and people get."""

import base64
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import networkx as nx
import pandas as pd
import pytest

from tracing_lab.errors import TraceDataError
from tracing_lab.export import (
    graph_to_graphml,
    report_html,
    spans_to_chrome_trace,
    traces_to_otlp,
)
from tracing_lab.graph import service_graph_from_spans
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def no_screen() -> None:
    """Draw without a screen."""
    plt.switch_backend("Agg")


def chrome(spans: pd.DataFrame, folder: Path) -> list[dict[str, Any]]:
    path = spans_to_chrome_trace(spans, folder / "new" / "trace.json")
    return json.loads(path.read_text())["traceEvents"]


def test_every_span_is_a_slice_in_microseconds(tmp_path: Path, worked_spans: pd.DataFrame) -> None:
    slices = [event for event in chrome(worked_spans, tmp_path) if event["ph"] == "X"]
    function = next(one for one in slices if one["args"]["span_id"] == "224acacf31b69901")
    assert len(slices) == 18
    assert (function["ts"], function["dur"]) == (1795435200271512, 133721)


def test_annotations_are_arguments_of_a_slice(tmp_path: Path, worked_spans: pd.DataFrame) -> None:
    slices = [event for event in chrome(worked_spans, tmp_path) if event["ph"] == "X"]
    root = next(one for one in slices if one["args"]["span_id"] == "2b4e0ef3499cd701")
    assert root["args"]["aws:api_stage"] == "prod"
    assert root["args"]["http_status"] == 201


def test_a_trace_is_a_process_and_a_segment_a_thread(
    tmp_path: Path, worked_spans: pd.DataFrame
) -> None:
    names = [event for event in chrome(worked_spans, tmp_path) if event["ph"] == "M"]
    threads = [event["args"]["name"] for event in names if event["name"] == "thread_name"]
    assert names[0]["args"]["name"] == "trace 1-6b042ac0-5d09aa705e56bbd015254801"
    assert sorted(threads) == sorted(
        ["orders-api/prod", "order-fn", "order-fn", "orders", "Events", "ship-fn", "ship-fn"]
    )


def test_slices_of_a_thread_nest(tmp_path: Path, shop_spans: pd.DataFrame) -> None:
    by_thread: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for event in chrome(shop_spans, tmp_path):
        if event["ph"] == "X":
            bounds = (event["ts"], event["ts"] + event["dur"])
            by_thread.setdefault((event["pid"], event["tid"]), []).append(bounds)
    for slices in by_thread.values():
        open_ends: list[int] = []
        for start, end in sorted(slices, key=lambda one: (one[0], -one[1])):
            while open_ends and open_ends[-1] <= start:
                open_ends.pop()
            assert not open_ends or end <= open_ends[-1]
            open_ends.append(end)


def test_subsegments_side_by_side_get_a_thread_more(tmp_path: Path, make_trace: Make) -> None:
    parts = [
        {"id": f"p{n}", "name": "p", "start_time": 1795435201 + n, "end_time": 1795435203 + n}
        for n in range(2)
    ]
    spans = spans_from_traces([make_trace(("a", None, 0, 9, {"subsegments": parts}))])
    threads = {event["tid"] for event in chrome(spans, tmp_path) if event["ph"] == "X"}
    assert len(threads) == 2


def test_arrows_lead_from_caller_to_callee(tmp_path: Path, worked_spans: pd.DataFrame) -> None:
    events = chrome(worked_spans, tmp_path)
    leaves, arrives = ([e for e in events if e["ph"] == phase] for phase in "sf")
    assert len(leaves) == len(arrives) == 6
    assert [one["id"] for one in leaves] == [one["id"] for one in arrives]
    assert all(one["ts"] <= two["ts"] for one, two in zip(leaves, arrives, strict=True))


def test_spans_in_progress_are_no_slices(tmp_path: Path, make_trace: Make) -> None:
    spans = spans_from_traces([make_trace(("a", None, 0, None), ("b", "a", 0, 1))])
    slices = [event["name"] for event in chrome(spans, tmp_path) if event["ph"] == "X"]
    assert slices == ["b"]


def otlp_spans(traces: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    request = traces_to_otlp(traces)
    scopes = [scope for one in request["resourceSpans"] for scope in one["scopeSpans"]]
    return {span["spanId"]: span for scope in scopes for span in scope["spans"]}


def test_a_resource_per_service(worked_traces: list[dict[str, Any]]) -> None:
    resources = traces_to_otlp(worked_traces)["resourceSpans"]
    names = [one["resource"]["attributes"][0]["value"]["stringValue"] for one in resources]
    assert names == ["orders-api/prod", "order-fn", "ship-fn"]


def test_ids_and_times_have_opentelemetry_s_form(worked_traces: list[dict[str, Any]]) -> None:
    span = otlp_spans(worked_traces)["224acacf31b69901"]
    assert span["traceId"] == "6b042ac05d09aa705e56bbd015254801"
    assert span["parentSpanId"] == "4174aefb49d05401"
    assert span["startTimeUnixNano"] == "1795435200271512000"
    assert {"key": "faas.coldstart", "value": {"boolValue": True}} in span["attributes"]


def test_targets_of_a_bus_hang_on_the_call_to_it(worked_traces: list[dict[str, Any]]) -> None:
    spans = otlp_spans(worked_traces)
    assert "0ac9d1f2b3c4d501" not in spans
    assert spans["4f3daf0881368d01"]["parentSpanId"] == "aabeb336dc5bce01"


def test_kinds_say_who_serves_and_who_calls(worked_traces: list[dict[str, Any]]) -> None:
    spans = otlp_spans(worked_traces)
    ids = ["2b4e0ef3499cd701", "13a449852a482e01", "aabeb336dc5bce01", "6a21bb3cd4e5f601"]
    assert [spans[span_id]["kind"] for span_id in ids] == [2, 3, 3, 1]
    assert "parentSpanId" not in spans["2b4e0ef3499cd701"]


def test_annotations_keep_their_types(make_trace: Make) -> None:
    notes = {"text": "x", "yes": True, "count": 3, "share": 0.5}
    trace = make_trace(("a", None, 0, 1, {"annotations": notes, "fault": True}))
    (span,) = otlp_spans([trace]).values()
    assert [one["value"] for one in span["attributes"]] == [
        {"stringValue": "x"},
        {"boolValue": True},
        {"intValue": "3"},
        {"doubleValue": 0.5},
    ]
    assert span["status"] == {"code": 2, "message": "fault"}


def test_ids_that_are_not_hexadecimal_become_so(real_traces: list[dict[str, Any]]) -> None:
    spans = otlp_spans(real_traces)
    assert all(re.fullmatch("[0-9a-f]{16}", span_id) for span_id in spans)
    assert all(span.get("parentSpanId", "0" * 16) in {*spans, "0" * 16} for span in spans.values())


def test_spans_in_progress_are_not_exported(make_trace: Make) -> None:
    trace = make_trace(("a", None, 0, None), ("b", "a", 0, 1))
    assert [span["name"] for span in otlp_spans([trace]).values()] == ["b"]


def test_a_graph_can_be_read_from_graphml(tmp_path: Path, worked_spans: pd.DataFrame) -> None:
    graph = service_graph_from_spans(worked_spans)
    again = nx.read_graphml(graph_to_graphml(graph, tmp_path / "new" / "map.graphml"))
    assert {*again.edges} == {*graph.edges}
    assert again.nodes["Events [AWS::Events]"] == graph.nodes["Events [AWS::Events]"]
    assert "p50_s" not in again.nodes["orders-api/prod [client]"]


class Page(HTMLParser):
    """Collects what a page holds, and asserts that its tags match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.images: list[str] = []
        self.words: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag == "img":
            self.images.append(dict(attrs)["src"] or "")
        elif tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def page(
    shop_spans: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Page, pd.DataFrame]:
    plt.switch_backend("Agg")
    path = tmp_path_factory.mktemp("report") / "new" / "report.html"
    report_html(shop_spans, service_graph_from_spans(shop_spans), path, title="A <b>title</b>")
    return Page(path.read_text(encoding="utf-8")), shop_spans


def test_a_report_loads_nothing_from_elsewhere(page: tuple[Page, pd.DataFrame]) -> None:
    assert all(link.startswith("data:image/svg+xml;base64,") for link in page[0].links)


def test_a_report_has_three_figures(page: tuple[Page, pd.DataFrame]) -> None:
    figures = [base64.b64decode(image.partition(",")[2]) for image in page[0].images]
    assert len(figures) == 3
    assert all(figure.startswith(b"<svg") for figure in figures)


def test_a_report_says_what_matters(page: tuple[Page, pd.DataFrame]) -> None:
    assert "A <b>title</b>" in page[0].words  # as text, not as markup
    assert {"120", "traces", "100%", "of them complete"} <= {*page[0].words}
    assert "Traces from 2026-11-23 12:00:00 to 2026-11-23 12:00:06 UTC" in page[0].words


def test_a_report_names_the_slowest_trace(page: tuple[Page, pd.DataFrame]) -> None:
    segments = page[1][page[1]["kind"] == "segment"].groupby("trace_id")
    durations = segments["end"].max() - segments["start"].min()
    assert durations.idxmax() in page[0].words


def test_a_report_closes_its_figures(worked_spans: pd.DataFrame, tmp_path: Path) -> None:
    graph = service_graph_from_spans(worked_spans)
    report_html(worked_spans, graph, tmp_path / "report.html")
    assert not plt.get_fignums()


def test_a_report_of_one_unfinished_trace_is_possible(make_trace: Make, tmp_path: Path) -> None:
    spans = spans_from_traces([make_trace(("a", None, 0, None))])
    path = report_html(spans, service_graph_from_spans(spans), tmp_path / "report.html")
    assert "unknown" in Page(path.read_text(encoding="utf-8")).words


def test_a_report_needs_spans(tmp_path: Path) -> None:
    spans = spans_from_traces([])
    with pytest.raises(TraceDataError, match="no spans to report on"):
        report_html(spans, service_graph_from_spans(spans), tmp_path / "report.html")
    assert not list(tmp_path.iterdir())
