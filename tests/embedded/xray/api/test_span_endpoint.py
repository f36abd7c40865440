"""The endpoint for OpenTelemetry's exporters: what X-Ray makes of spans, and what it writes."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_calls import xray_call
from otel_spans import START_NS, invocation, otel_span
from otlp_protobuf import protobuf

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.xray import XRayService
from tracing_lab.embedded.xray.api.span_endpoint import SpanEndpoint
from tracing_lab.embedded.xray.derive.span_log import SpanGroup
from tracing_lab.embedded.xray.ingest.span_datagrams import SpanDatagram
from tracing_lab.errors import EmbeddedError
from tracing_lab.otlp.json_form import otlp_from_spans
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.otlp.protobuf import message_from_protobuf
from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_links import Producer, carrier

TRACE = "1-6b042ac0-5d09aa705e56bbd015254801"
STEP = {"id": "b" * 16, "name": "step", "start_time": 1795435200.0, "end_time": 1795435200.2}
SEGMENT: dict[str, Any] = {
    "id": "a" * 16,
    "name": "shop",
    "trace_id": TRACE,
    "start_time": 1795435200.0,
    "end_time": 1795435200.5,
    "subsegments": [STEP],
}
JSON, PROTOBUF = "application/json", "application/x-protobuf"


class Lab:
    """X-Ray with a clock at the time of the spans, and the records that it wrote."""

    def __init__(self, folder: Path) -> None:
        self.records: list[dict[str, Any]] = []
        self.service = XRayService(
            folder,
            region="us-east-1",
            account_id="123456789012",
            clock=lambda: START_NS / 1e9 + 1,
            span_group=SpanGroup(
                lambda events: self.records.extend(json.loads(text) for _, text in events)
            ),
        )

    def call(self, path: str, **members: Any) -> dict[str, Any]:
        answer = self.service.handle(xray_call(path, json.dumps(members).encode()))
        assert answer.status == 200, answer
        found: dict[str, Any] = json.loads(answer.body)
        return found

    def search(self) -> None:
        """Turn Transaction Search on, with all traces indexed."""
        self.call("/UpdateTraceSegmentDestination", Destination="CloudWatchLogs")
        self.index(100)

    def index(self, percent: float) -> None:
        rule = {"Probabilistic": {"DesiredSamplingPercentage": percent}}
        self.call("/UpdateIndexingRule", Name="Default", Rule=rule)

    def found(self, percent: float) -> set[str]:
        """Return the ids that GetTraceSummaries lists when a share of the traces is indexed."""
        self.index(percent)
        window = {"StartTime": START_NS / 1e9 - 60, "EndTime": START_NS / 1e9 + 60}
        answer = self.call("/TraceSummaries", **window)
        ids = {summary["Id"] for summary in answer["TraceSummaries"]}
        while token := answer.get("NextToken"):
            answer = self.call("/TraceSummaries", **window, NextToken=token)
            ids |= {summary["Id"] for summary in answer["TraceSummaries"]}
        return ids

    def export(self, *spans: OtelSpan, kind: str = JSON) -> HttpResponse:
        node = otlp_from_spans(spans)
        return self.post(json.dumps(node).encode() if kind == JSON else protobuf(node), kind)

    def post(self, body: bytes, kind: str = JSON) -> HttpResponse:
        headers = (("Content-Type", kind),)
        return self.service.spans.handle(
            HttpRequest("POST", "/v1/traces", headers=headers, body=body)
        )

    def documents(self) -> dict[str, dict[str, Any]]:
        self.service.flush()
        (trace,) = self.call("/Traces", TraceIds=[TRACE])["Traces"]
        documents = [json.loads(segment["Document"]) for segment in trace["Segments"]]
        return {document["name"]: document for document in documents}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    yield lab
    lab.service.close()


def test_without_transaction_search_the_endpoint_says_what_to_do(lab: Lab) -> None:
    answer = lab.export(*invocation())
    assert answer.status == 400
    assert "UpdateTraceSegmentDestination" in json.loads(answer.body)["message"]
    answer = lab.export(*invocation(), kind=PROTOBUF)
    status = message_from_protobuf(answer.body, "Status")
    assert "UpdateTraceSegmentDestination" in status["message"]


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_spans_become_a_tree_of_segments_and_a_record_each(lab: Lab, kind: str) -> None:
    lab.search()
    answer = lab.export(*invocation(), kind=kind)
    assert (answer.status, answer.body) == (200, b"{}" if kind == JSON else b"")
    documents = lab.documents()
    (step,) = documents["orders"]["subsegments"]
    (call,) = step["subsegments"]
    assert (step["name"], call["name"]) == ("process_order", "Events")
    assert documents["Events"]["origin"] == "AWS::Events"  # inferred
    assert {record["name"] for record in lab.records} == {
        "orders",
        "process_order",
        "EventBridge.PutEvents",
    }


def test_a_bad_span_is_counted_and_the_others_are_kept(lab: Lab) -> None:
    lab.search()
    answer = lab.export(*invocation(), otel_span(number=9, name=""))
    partial = json.loads(answer.body)["partialSuccess"]
    assert (answer.status, partial["rejectedSpans"]) == (200, 1)
    assert "no name" in partial["errorMessage"]
    assert set(lab.documents()) == {"orders", "Events"}
    answer = lab.export(otel_span(number=9, name=""), kind=PROTOBUF)
    assert answer.body.startswith(b"\x0a")  # a partial success


@pytest.mark.parametrize(
    "value",
    [
        {"arrayValue": {}},
        {"kvlistValue": [1]},
        {"bytesValue": "eA=="},
        {"intValue": str(10**30)},
        {"arrayValue": {"values": [{"kvlistValue": {"values": []}}, {"bytesValue": "eA=="}]}},
    ],
)
def test_attributes_of_any_type_are_stored(lab: Lab, value: dict[str, Any]) -> None:
    lab.search()
    node = otlp_from_spans(invocation())
    for name in ("http.status_code", "aws.region", "aws.xray.annotations", "text"):
        for span in node["resourceSpans"][0]["scopeSpans"][0]["spans"]:
            span["attributes"].append({"key": name, "value": value})
    assert lab.post(json.dumps(node).encode()).body == b"{}"
    assert set(lab.documents()) == {"orders", "Events"}
    assert len(lab.records) == 3


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_what_cannot_be_stored_may_be_sent_again(kind: str) -> None:
    def fail(_spans: list[OtelSpan]) -> list[str]:
        message = "the disk is full"
        raise EmbeddedError(message)

    endpoint = SpanEndpoint(fail, is_open=lambda: True)
    body = b"{}" if kind == JSON else b""
    headers = (("Content-Type", kind),)
    response = endpoint.handle(HttpRequest("POST", "/v1/traces", headers=headers, body=body))
    assert response.status == 503
    if kind == JSON:
        assert json.loads(response.body) == {"code": 14, "message": "the disk is full"}
    else:
        status = message_from_protobuf(response.body, "Status")
        assert status["message"] == "the disk is full"
        assert response.body.startswith(b"\x08\x0e")  # the code


def test_spans_of_functions_are_segments_if_they_are_sampled(lab: Lab) -> None:
    lab.search()
    assert lab.service.receive_spans([SpanDatagram(invocation(), is_sampled=False)]) == [[]]
    assert len(lab.records) == 3
    assert lab.call("/Traces", TraceIds=[TRACE])["Traces"] == []
    assert lab.service.receive_spans([SpanDatagram(invocation(), is_sampled=True)]) == [[]]
    assert set(lab.documents()) == {"orders", "Events"}
    assert len(lab.records) == 6


def test_datagrams_are_judged_one_by_one(lab: Lab) -> None:
    lab.search()
    late = otel_span(number=8, start_ns=START_NS - 25 * 3600 * 10**9)
    datagrams = [
        SpanDatagram(invocation(), is_sampled=True),
        SpanDatagram([otel_span(number=9, name=""), otel_span(number=7)], is_sampled=True),
        SpanDatagram([otel_span(number=6), late], is_sampled=False),
    ]
    taken, without_name, far_apart = lab.service.receive_spans(datagrams)
    assert taken == []
    assert ["no name" in problem for problem in without_name] == [True]
    assert ["24 hours apart" in problem for problem in far_apart] == [True]
    assert len(lab.records) == 4


def test_a_span_whose_segment_is_rejected_is_counted_and_not_recorded(lab: Lab) -> None:
    lab.search()
    indexed = {"aws.local.text": "x" * 70_000}  # beyond what a document may have
    answer = lab.export(*invocation(), otel_span(number=9, attributes=indexed))
    partial = json.loads(answer.body)["partialSuccess"]
    assert (answer.status, partial["rejectedSpans"]) == (200, 1)
    assert len(lab.records) == 3


def test_without_transaction_search_functions_send_segments_but_no_records(lab: Lab) -> None:
    lab.service.receive_spans([SpanDatagram(invocation(), is_sampled=True)])
    lab.service.receive_spans([SpanDatagram([otel_span(number=8)], is_sampled=False)])
    assert set(lab.documents()) == {"orders", "Events"}
    assert lab.records == []


def test_segments_of_other_senders_are_records_too(lab: Lab) -> None:
    lab.search()
    documents = [json.dumps(SEGMENT)]
    lab.call("/TraceSegments", TraceSegmentDocuments=documents)
    open_one = {**SEGMENT, "in_progress": True, "id": "c" * 16, "subsegments": []}
    open_one.pop("end_time")
    lab.service.receive([json.dumps(open_one)])
    lab.service.emit({**SEGMENT, "id": "d" * 16, "subsegments": []})
    header = TraceHeader(TRACE, "a" * 16, sampled=True)
    lab.service.emit(carrier(Producer(header, 1795435200.0), {}))  # links are no span
    assert [(record["name"], record["kind"]) for record in lab.records] == [
        ("shop", "SERVER"),
        ("step", "INTERNAL"),
        ("shop", "SERVER"),
    ]
    assert lab.records[1]["parentSpanId"] == "a" * 16
    assert lab.records[0]["traceId"] == "6b042ac05d09aa705e56bbd015254801"


@pytest.mark.parametrize(
    "members, names",
    [
        ({"http": None}, ["shop", "step"]),
        ({"http": {"request": 5}}, ["shop", "step"]),
        ({"annotations": [1]}, ["shop", "step"]),
        ({"subsegments": ["x", None]}, ["shop"]),
        ({"subsegments": {"a": 1}}, ["shop"]),
        ({"subsegments": [{**STEP, "subsegments": None}]}, ["shop", "step"]),
        ({"subsegments": [{**STEP, "end_time": 1e300}]}, ["shop"]),
    ],
)
def test_what_is_odd_in_a_segment_is_not_in_its_records(
    lab: Lab, members: dict[str, Any], names: list[str]
) -> None:
    lab.search()
    assert lab.service.receive([json.dumps({**SEGMENT, **members})]) == []
    assert [record["name"] for record in lab.records] == names


def test_of_exported_traces_those_of_the_indexed_share_are_found(lab: Lab) -> None:
    lab.search()
    ids = [f"6b042ac0{number:024x}" for number in range(1000)]
    for trace_id in ids:
        lab.export(otel_span(trace_id=trace_id, kind="server"))
    lab.service.flush()
    assert len(lab.records) == len(ids)
    found = {percent: lab.found(percent) for percent in (100, 30, 1, 0)}
    assert len(found[100]) == len(ids)
    assert 250 < len(found[30]) < 350
    assert 2 <= len(found[1]) <= 25
    assert found[1] < found[30] < found[100]
    assert found[0] == set()
