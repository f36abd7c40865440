"""Requests of OpenTelemetry's exporters, by the limits of AWS's endpoint."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from otel_spans import START_NS, invocation, otel_span
from otlp_protobuf import protobuf

from tracing_lab.embedded.xray.ingest.span_requests import (
    JSON,
    MAX_REQUEST_BYTES,
    PROTOBUF,
    SpanRequestError,
    encoded,
    sorted_out,
    spans_of_request,
)
from tracing_lab.otlp.json_form import otlp_from_spans
from tracing_lab.otlp.model import OtelSpan

NOW_S = START_NS / 1e9 + 1
REQUEST = otlp_from_spans(invocation())
BODIES = {JSON: json.dumps(REQUEST).encode(), PROTOBUF: protobuf(REQUEST)}


def read(body: bytes, kind: str = JSON, encoding: str = "") -> list[OtelSpan]:
    return spans_of_request(body, content_type=kind, encoding=encoding)


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_spans_come_in_both_forms_packed_or_not(kind: str) -> None:
    expected = sorted(invocation())
    assert sorted(read(BODIES[kind], kind)) == expected
    assert (
        sorted(read(gzip.compress(BODIES[kind], mtime=0), f"{kind}; charset=utf-8", "gzip"))
        == expected
    )


def test_an_empty_request_has_no_spans() -> None:
    assert read(b"{}") == read(b"", PROTOBUF) == []


@pytest.mark.parametrize(
    "body, kind, encoding, status, text",
    [
        (b"{", JSON, "", 400, "ExportTraceServiceRequest"),
        (b"[]", JSON, "", 400, "no resourceSpans"),
        (b'{"resourceSpans": [], "x": %s}' % (b"[" * 260 + b"]" * 260), JSON, "", 400, "too deep"),
        (b"\xff", PROTOBUF, "", 400, "ExportTraceServiceRequest"),
        (b"{}", "text/plain", "", 415, "application/x-protobuf"),
        (b"{}", JSON, "br", 415, "gzip"),
        (b"{}", JSON, "gzip", 400, "not gzip"),
        (gzip.compress(b"{}", mtime=0)[:-9], JSON, "gzip", 400, "within its gzip"),
        (b" " * (MAX_REQUEST_BYTES + 1), JSON, "", 413, "smaller batches"),
        (
            gzip.compress(b" " * (MAX_REQUEST_BYTES + 1), mtime=0),
            JSON,
            "gzip",
            413,
            "smaller batches",
        ),
    ],
)
def test_what_is_no_request_is_rejected(
    body: bytes, kind: str, encoding: str, status: int, text: str
) -> None:
    with pytest.raises(SpanRequestError, match=text) as raised:
        read(body, kind, encoding)
    assert raised.value.status == status


def test_there_are_limits_of_spans_and_their_size() -> None:
    many = otlp_from_spans([otel_span(number=number) for number in range(1, 10_002)])
    with pytest.raises(SpanRequestError, match="10001 spans"):
        read(json.dumps(many).encode())
    large = otlp_from_spans([otel_span(attributes={"text": "x" * 205_000})])
    with pytest.raises(SpanRequestError, match="'work' has more than 204800 bytes"):
        read(json.dumps(large).encode())
    resource = otlp_from_spans([otel_span(resource={"text": "x" * 16_384})])
    with pytest.raises(SpanRequestError, match="resource with its scope has more than 16384"):
        read(json.dumps(resource).encode())


@pytest.mark.parametrize(
    "members, text",
    [
        ({"trace_id": ""}, "traceId"),
        ({"trace_id": "x" * 32}, "traceId"),
        ({"span_id": "12"}, "spanId"),
        ({"parent_id": "12"}, "parentSpanId"),
        ({"name": ""}, "no name"),
        ({"end_ns": None}, "its end is missing"),
        ({"end_ns": START_NS - 1}, "before it"),
        ({"start_ns": 0}, "no start"),
        ({"start_ns": START_NS + 10**14, "end_ns": START_NS + 10**14}, "2 hours"),
        ({"end_ns": START_NS + 10**14}, "2 hours"),
        ({"end_ns": 10**400}, "2 hours"),
        ({"start_ns": START_NS - 10**16, "end_ns": START_NS - 10**16}, "14 days"),
    ],
)
def test_a_bad_span_costs_no_other(members: dict[str, Any], text: str) -> None:
    found = sorted_out([otel_span(number=7), otel_span(**members)], now_s=NOW_S)
    assert [span.span_id for span in found.accepted] == [f"{7:016x}"]
    (problem,) = found.problems
    assert text in problem


def test_spans_of_one_request_lie_within_a_day() -> None:
    late = otel_span(start_ns=START_NS - 25 * 3600 * 10**9)
    with pytest.raises(SpanRequestError, match="24 hours apart"):
        sorted_out([otel_span(), late], now_s=NOW_S)


def test_a_document_that_would_be_too_large_loses_its_metadata() -> None:
    document = {"id": "1", "metadata": {"default": {"text": "x" * 70_000}}}
    assert encoded(document) == b'{"id":"1"}'


@given(st.sampled_from([JSON, PROTOBUF]), st.integers(0, 2_000), st.binary(max_size=6))
def test_a_damaged_request_is_rejected_or_read_but_never_fails(
    kind: str, at: int, other: bytes
) -> None:
    body = BODIES[kind][:at] + other + BODIES[kind][at + 1 :]
    try:
        found = sorted_out(read(body, kind), now_s=NOW_S)
    except SpanRequestError:
        return
    assert len(found.accepted) + len(found.problems) <= 10
