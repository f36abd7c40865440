"""Traces are read from files in the forms in which people have them."""

import gzip
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from foreign_traces import (
    START_NS,
    TRACE_ID as FOREIGN_ID,
    jaeger,
    jaeger_span,
    otlp,
    otlp_span,
)
from otlp_protobuf import protobuf, varint

from tracing_lab.errors import TraceDataError, TraceDataWarning
from tracing_lab.spans import load_traces, save_traces, spans_from_protobuf, spans_from_traces

TRACE_ID = "1-6553f100-000000000000000000000000"
DOCUMENT = {"id": "a" * 16, "name": "shop", "start_time": 1.7e9, "end_time": 1.7e9 + 1}
SENT = DOCUMENT | {"trace_id": TRACE_ID}
SEGMENTS = [{"Id": DOCUMENT["id"], "Document": json.dumps(DOCUMENT)}]
TRACE = {"Id": TRACE_ID, "Duration": 1.0, "LimitExceeded": False, "Segments": SEGMENTS}
RAW = {"Id": TRACE_ID, "Duration": 1.0, "Segments": [{"Id": "a" * 16, "Document": DOCUMENT}]}
RETRIEVED = {"Id": TRACE_ID, "Duration": 1.0, "Spans": SEGMENTS}
RESPONSE = {"Traces": [TRACE], "UnprocessedTraceIds": []}


def test_traces_survive_a_file(tmp_path: Path, worked_traces: list[dict[str, Any]]) -> None:
    path = save_traces(worked_traces, tmp_path / "new" / "traces.json")
    assert load_traces(path) == worked_traces


def utf16(value: Any) -> bytes:
    return json.dumps(value).encode("utf-16")  # as PowerShell's ">" writes


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([TRACE]).encode(),
        json.dumps(TRACE).encode(),
        json.dumps(RAW).encode(),
        json.dumps([RETRIEVED]).encode(),
        json.dumps(RESPONSE).encode(),
        json.dumps([RESPONSE]).encode(),
        json.dumps(RESPONSE).encode() + b"\n\n" + json.dumps({"Traces": []}).encode(),
        json.dumps(TRACE).encode() + b"\n",
        json.dumps(SENT).encode(),
        json.dumps(SENT, indent=2).encode(),
        b"\xef\xbb\xbf" + json.dumps([TRACE]).encode(),
        utf16([TRACE]),
        gzip.compress(json.dumps(RESPONSE).encode()),
    ],
)
def test_every_form_is_recognised(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.json"
    path.write_bytes(content)
    spans = spans_from_traces(load_traces(path))
    assert spans.index.to_list() == [(TRACE_ID, DOCUMENT["id"])]
    assert spans["duration_s"].tolist() == [1.0]


def test_documents_of_one_trace_are_put_together(tmp_path: Path) -> None:
    others = [SENT | {"id": f"{n:016x}"} for n in range(3)] + [SENT | {"trace_id": "1-2-3"}]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, others)))
    assert [len(trace["Segments"]) for trace in load_traces(path)] == [3, 1]


@pytest.mark.parametrize(
    "content,said",
    [
        ("{", "is not JSON"),
        ("", "is empty"),
        ("{}", "an empty object"),
        ("[1]", "1 where a trace was expected"),
        ('{"resourceLogs": []}', "an object with the members resourceLogs"),
        ('{"TraceSummaries": []}', "trace summaries, which .*load_summaries reads"),
        (json.dumps([TRACE])[:-5], "is not JSON"),
        (json.dumps(TRACE) + "\n" + json.dumps(TRACE)[:20], "is not JSON"),
    ],
)
def test_what_a_file_holds_instead_is_said(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "traces.json"
    path.write_text(content)
    with pytest.raises(TraceDataError, match=f"{said}.*batch-get-traces"):
        load_traces(path)


REQUEST = otlp(otlp_span())
JAEGER = jaeger(jaeger_span())["data"][0]


def in_response(content: bytes) -> bytes:
    """Return the TraceByIDResponse of Tempo's API v2 for a trace; it has metrics and a status."""
    return b"\x0a" + varint(len(content)) + content + bytes.fromhex("12020801 1801")


@pytest.mark.parametrize(
    "node",
    [
        {"trace": REQUEST, "metrics": {}, "status": 0},
        {"trace": {"batches": REQUEST["resourceSpans"]}},
        {"result": REQUEST},
        [{"result": REQUEST}, {"result": {"resourceSpans": []}}],
        {"result": JAEGER},
        {"data": [{"trace": REQUEST}]},
    ],
)
def test_a_response_is_read_as_the_trace_in_it(tmp_path: Path, node: Any) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps(node))
    assert [trace["Id"] for trace in load_traces(path, strict=True)] == [FOREIGN_ID]


@pytest.mark.parametrize("dropped", [None, 3])
def test_a_response_in_protobuf_is_read_as_the_trace_in_it(
    tmp_path: Path, dropped: int | None
) -> None:
    content = protobuf(REQUEST)
    if dropped:  # the resource states how many of its attributes were dropped
        resource = protobuf(REQUEST["resourceSpans"][0]["resource"], "Resource") + b"\x10\x03"
        scopes = protobuf(
            {"scopeSpans": REQUEST["resourceSpans"][0]["scopeSpans"]}, "ResourceSpans"
        )
        group = b"\x0a" + varint(len(resource)) + resource + scopes
        content = b"\x0a" + varint(len(group)) + group
    path = tmp_path / "t.pb"
    path.write_bytes(in_response(content))
    assert [trace["Id"] for trace in load_traces(path)] == [FOREIGN_ID]
    frame = spans_from_protobuf(in_response(content))
    pd.testing.assert_frame_equal(frame, spans_from_protobuf(content))
    assert frame.index.to_list() == [(FOREIGN_ID, "a" * 16)]


@pytest.mark.parametrize("content", [b"\x0a\x00", b"\x0a\x02\x0a\x00", in_response(b"\x0a\x00")])
def test_protobuf_without_spans_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "t.pb"
    path.write_bytes(content)
    with pytest.raises(TraceDataError, match="it has no spans"):
        load_traces(path)
    with pytest.raises(TraceDataError, match="it has no spans"):
        spans_from_protobuf(content)


@pytest.mark.parametrize(
    "group,said",
    [
        ({"scope_spans": [{"spans": [otlp_span()]}]}, "an object with the members scope_spans"),
        ({"scopeSpans": [{"Spans": [otlp_span()]}]}, "an object with the members scopeSpans"),
        ({"scopeSpans": [{"spans": []}]}, "an object with the members scopeSpans"),
        ({}, "an empty object"),
        (5, "5 where"),
    ],
)
def test_groups_without_spans_are_named(tmp_path: Path, group: Any, said: str) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"resourceSpans": [group]}))
    with pytest.raises(TraceDataError, match=f"resourceSpans without spans: {said}"):
        load_traces(path)
    path.write_text(json.dumps({"resourceSpans": [group, *REQUEST["resourceSpans"]]}))
    with pytest.warns(TraceDataWarning, match=f"resourceSpans without spans: {said}"):
        assert len(load_traces(path)) == 1


def test_parts_of_a_trace_are_put_together_whatever_their_format(tmp_path: Path) -> None:
    first, second, third = (f"{n:016x}" for n in range(3))
    times = {"start_time": START_NS / 1e9 - 1, "end_time": START_NS / 1e9}
    sent = {"trace_id": FOREIGN_ID, "id": first, "name": "x", **times}
    part = {"Id": second, "Document": json.dumps(sent | {"id": second})}
    trace = {"Id": FOREIGN_ID, "Duration": 1.0, "LimitExceeded": True, "Segments": [part]}
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, [trace, sent, trace, otlp(otlp_span(third))])))
    (whole,) = load_traces(path)
    assert [segment["Id"] for segment in whole["Segments"]] == [second, first, third]
    assert (whole["Duration"], whole["LimitExceeded"]) == (2.0, True)
    assert len(spans_from_traces([whole], strict=True)) == 3


def test_text_that_is_not_utf_8_costs_nothing_else(tmp_path: Path) -> None:
    attributes = [{"key": "city", "value": {"stringValue": "Z?rich"}}]
    content = protobuf(otlp(otlp_span(name="b?d", attributes=attributes), otlp_span("b" * 16)))
    path = tmp_path / "t.pb"
    path.write_bytes(content.replace(b"?", b"\xfc"))
    for frame in (spans_from_protobuf(path.read_bytes()), spans_from_traces(load_traces(path))):
        assert frame["annotations"].iloc[0] == {"city": "Z\ufffdrich", "otel.name": "b\ufffdd"}
        assert len(frame) == 2


def test_a_cut_off_archive_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "t.json.gz"
    path.write_bytes(gzip.compress(json.dumps(RESPONSE).encode())[:-12])
    with pytest.raises(TraceDataError, match="is not JSON"):
        load_traces(path)
