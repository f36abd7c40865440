"""Traces in the OpenTelemetry protocol."""

import re
from collections.abc import Callable
from typing import Any

from tracing_lab.export import (
    traces_to_otlp,
)

Make = Callable[..., dict[str, Any]]


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
    assert [one["value"] for one in span["attributes"][:4]] == [
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
