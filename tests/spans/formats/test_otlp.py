"""OTLP's JSON, and the records of aws/spans."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from foreign_traces import (
    START_NS,
    TRACE,
    TRACE_ID,
    jaeger,
    jaeger_span,
    log_record,
    otlp,
    otlp_span,
)
from otlp_protobuf import protobuf

from tracing_lab.errors import TraceDataError
from tracing_lab.spans import (
    exceptions_from_traces,
    load_traces,
    operations_from_traces,
    spans_from_protobuf,
    spans_from_traces,
)

DATA = Path(__file__).parents[2] / "data"


def loaded(node: Any, folder: Path) -> pd.DataFrame:
    folder.mkdir(exist_ok=True)
    path = folder / "t.json"
    path.write_text(json.dumps(node))
    return spans_from_traces(load_traces(path))


def only(frame: pd.DataFrame) -> "pd.Series[Any]":
    (row,) = (row for _, row in frame.iterrows())
    return row


def test_a_served_request_is_a_segment_named_after_its_service(tmp_path: Path) -> None:
    frame = loaded(otlp(otlp_span()), tmp_path)
    span = only(frame)
    assert frame.index.to_list() == [(TRACE_ID, "a" * 16)]
    assert (span["service"], span["kind"], span["duration_s"]) == ("shop", "segment", 1.0)
    assert span["annotations"] == {"otel.name": "GET /"}


def test_work_inside_of_a_service_is_a_subsegment_and_a_call_is_answered(tmp_path: Path) -> None:
    call = otlp_span("c" * 16, parentSpanId="b" * 16, kind=3, name="SELECT")
    call["attributes"] = [{"key": "db.name", "value": {"stringValue": "orders"}}]
    inner = otlp_span("b" * 16, parentSpanId="a" * 16, kind="SPAN_KIND_INTERNAL", name="work")
    frame = loaded(otlp(otlp_span(), inner, call), tmp_path).sort_values("depth")
    assert frame["kind"].tolist() == ["segment", "subsegment", "subsegment", "inferred"]
    assert frame["service"].tolist() == ["shop", "shop", "shop", "orders"]
    assert frame["name"].tolist() == ["shop", "work", "SELECT", "orders"]


def test_a_span_below_another_service_is_a_segment(tmp_path: Path) -> None:
    request = otlp(otlp_span(kind=3))
    request["resourceSpans"] += otlp(
        otlp_span("b" * 16, parentSpanId="a" * 16, kind=1), service="payment"
    )["resourceSpans"]
    frame = loaded(request, tmp_path)
    assert frame["service"].tolist() == ["shop", "payment"]
    assert frame["kind"].tolist() == ["segment", "segment"]


UNSET: dict[str, Any] = {}
OK, FAILED = {"code": 1}, {"code": 2}


@pytest.mark.parametrize("kind", [2, 3], ids=["server", "client"])
@pytest.mark.parametrize("key", ["http.response.status_code", "http.status_code"])
@pytest.mark.parametrize(
    "status,code,flags",
    [
        (UNSET, None, "ok"),
        (OK, None, "ok"),
        (FAILED, None, "fault"),
        ({"code": "STATUS_CODE_ERROR"}, None, "fault"),
        *((status, 404, "error") for status in (UNSET, OK, FAILED)),
        *((status, 429, "throttle") for status in (UNSET, OK, FAILED)),
        *((status, 503, "fault") for status in (UNSET, OK, FAILED)),
        (UNSET, 302, "ok"),
        (FAILED, 200, "fault"),
    ],
)
def test_a_failure_is_what_x_ray_makes_of_it(
    tmp_path: Path, kind: int, key: str, status: dict[str, Any], code: int | None, flags: str
) -> None:
    pairs = [{"key": key, "value": {"intValue": str(code)}}] if code else []
    request = otlp(otlp_span(kind=kind, status={**status}, attributes=pairs))
    span = only(loaded(request, tmp_path))
    assert span["status"] == flags
    assert (None if pd.isna(span["http_status"]) else span["http_status"]) == code


@pytest.mark.parametrize("code,flags", [(404, "error"), (429, "throttle"), (503, "fault")])
def test_every_format_reads_failures_alike(tmp_path: Path, code: int, flags: str) -> None:
    pairs = [{"key": "http.status_code", "value": {"intValue": str(code)}}]
    tags = [{"key": "http.status_code", "type": "int64", "value": code}]
    request = otlp(otlp_span(attributes=pairs))
    record = log_record(attributes={"http.status_code": code})
    nodes = (request, jaeger(jaeger_span(tags=tags)), record)
    frames = [loaded(node, tmp_path) for node in nodes] + [spans_from_protobuf(protobuf(request))]
    assert [only(frame)["status"] for frame in frames] == [flags] * 4


def test_an_exception_event_is_the_cause(tmp_path: Path) -> None:
    traces = load_traces(DATA / "otlp_traces.json")
    table = exceptions_from_traces(traces)
    assert table[["service", "type", "message"]].to_numpy().tolist() == [
        ["orders", "KeyError", "süß"]
    ]


def test_a_span_without_an_end_is_in_progress(tmp_path: Path) -> None:
    frame = loaded(otlp(otlp_span(endTimeUnixNano="0")), tmp_path)
    assert frame["status"].tolist() == ["in_progress"]


PARTS = [
    {"url.scheme": "https", "server.address": "shop", "url.path": "/orders/17", "url.query": "a=1"},
    {"http.scheme": "http", "http.host": "shop:8080", "http.target": "/orders/17?a=1"},
    {"http.scheme": "http", "net.host.name": "shop", "http.target": "/orders/17"},
    {"url.full": "https://shop/orders/17", "url.scheme": "ftp", "url.path": "/", "http.host": "x"},
    {"http.url": "https://shop/orders/17"},
]


@pytest.mark.parametrize("parts", PARTS)
def test_a_url_in_parts_is_that_of_a_served_request(tmp_path: Path, parts: dict[str, str]) -> None:
    stated = {"http.request.method": "GET", **parts}
    pairs = [{"key": key, "value": {"stringValue": value}} for key, value in stated.items()]
    path = tmp_path / "t.json"
    path.write_text(json.dumps(otlp(otlp_span(attributes=pairs))))
    assert operations_from_traces(load_traces(path)).tolist() == ["GET /orders/{id}"]


@pytest.mark.parametrize(
    "attributes,nodes",
    [
        ({"db.name": "postgres", "server.address": "{}-db"}, {"postgres@a-db", "postgres@b-db"}),
        ({"db.namespace": "shop", "net.peer.name": "{}-db"}, {"shop@a-db", "shop@b-db"}),
        ({"db.name": "postgres"}, {"postgres"}),
        ({"db.name": "postgres", "peer.service": "{}-db", "server.address": "h"}, {"a-db", "b-db"}),
        ({"db.name": "", "server.address": "{}-db"}, {"a-db", "b-db"}),
    ],
)
def test_databases_on_two_hosts_are_two_nodes(
    tmp_path: Path, attributes: dict[str, str], nodes: set[str]
) -> None:
    calls = [otlp_span(which * 16, kind=3, parentSpanId="f" * 16) for which in "ab"]
    for which, call in zip("ab", calls, strict=True):
        call["attributes"] = [
            {"key": key, "value": {"stringValue": value.format(which)}}
            for key, value in attributes.items()
        ]
    request = otlp(otlp_span("f" * 16), *calls)
    for frame in (loaded(request, tmp_path), spans_from_protobuf(protobuf(request))):
        assert {*frame.loc[frame["kind"] == "inferred", "service"]} == nodes


SENT_AGAIN = [
    otlp_span(attributes=[{"key": "n", "value": {"doubleValue": "NaN"}}]),
    otlp_span("b" * 16, parentSpanId="a" * 16, kind=1, events=[{"name": "x", "attributes": []}]),
]


@pytest.mark.parametrize("places", ["one group", "groups", "lines"])
def test_a_span_that_was_sent_again_counts_once(tmp_path: Path, places: str) -> None:
    requests = {
        "one group": [otlp(*SENT_AGAIN, *SENT_AGAIN)],
        "groups": [
            {"resourceSpans": [otlp(span)["resourceSpans"][0] for span in SENT_AGAIN * 2]},
        ],
        "lines": [otlp(*SENT_AGAIN)] * 2,
    }[places]
    (tmp_path / "t.json").write_text("\n".join(map(json.dumps, requests)))
    content = b"".join(map(protobuf, requests))
    once = loaded(otlp(*SENT_AGAIN), tmp_path / "once")
    (tmp_path / "t.pb").write_bytes(content)
    for frame in (
        spans_from_traces(load_traces(tmp_path / "t.json"), strict=True),
        spans_from_traces(load_traces(tmp_path / "t.pb"), strict=True),
        spans_from_protobuf(content, strict=True),
    ):
        pd.testing.assert_frame_equal(frame.astype(object), once.astype(object))


@pytest.mark.parametrize(
    "other", [{"name": "x"}, {"status": {"code": 2}}, {"events": [{"name": "x"}]}, {"kind": 3}]
)
def test_spans_that_differ_and_have_one_id_are_an_error(
    tmp_path: Path, other: dict[str, Any]
) -> None:
    request = otlp(otlp_span(), otlp_span(), otlp_span(**other))
    (tmp_path / "t.json").write_text(json.dumps(request))
    for read in (
        lambda: spans_from_traces(load_traces(tmp_path / "t.json"), strict=True),
        lambda: spans_from_protobuf(protobuf(request), strict=True),
    ):
        with pytest.raises(TraceDataError, match="two spans have the id"):
            read()


@pytest.mark.parametrize("above", ["ab" * 8, "AB" * 8, "aB" * 8])
@pytest.mark.parametrize("trace", [TRACE, TRACE.upper()])
def test_the_case_of_ids_means_nothing(tmp_path: Path, above: str, trace: str) -> None:
    part = otlp_span("c" * 16, traceId=trace, parentSpanId=above, kind=1)
    reference = {"refType": "CHILD_OF", "traceID": trace, "spanID": above}
    inner = jaeger_span("c" * 16, traceID=trace, references=[reference], tags=[])
    record = log_record("c" * 16, traceId=trace, parentSpanId=above, kind="INTERNAL")
    for nodes in (
        [otlp(otlp_span("ab" * 8), part)],
        [jaeger(jaeger_span("ab" * 8), inner)],
        [log_record("ab" * 8), record],
    ):
        (tmp_path / "t.json").write_text("\n".join(map(json.dumps, nodes)))
        frame = spans_from_traces(load_traces(tmp_path / "t.json"))
        assert frame.index.to_list() == [(TRACE_ID, "ab" * 8), (TRACE_ID, "c" * 16)]
        assert frame["depth"].tolist() == [0, 1]


def test_ids_in_base64_are_read(tmp_path: Path) -> None:
    ids = {"traceId": "awQqwF0JqnBeVrvQFSVIAQ==", "spanId": "qqqqqqqqqqo="}
    assert loaded(otlp(otlp_span(**ids)), tmp_path).index.to_list() == [(TRACE_ID, "a" * 16)]


def test_deep_traces_are_read_at_any_depth(tmp_path: Path) -> None:
    ids = [f"{n + 1:016x}" for n in range(400)]
    spans = [
        otlp_span(one, parentSpanId=above, kind=1)
        for one, above in zip(ids, ["", *ids[:-1]], strict=True)
    ]
    frame = loaded(otlp(*spans), tmp_path)
    assert frame["depth"].max() == 399
    assert set(frame["service"]) == {"shop"}


RECORDS = [log_record(), log_record("b" * 16, parentSpanId="a" * 16, kind="INTERNAL")]


@pytest.mark.parametrize(
    "content",
    [
        "\n".join(map(json.dumps, RECORDS)),
        json.dumps({"events": [{"timestamp": 1, "message": json.dumps(one)} for one in RECORDS]}),
        json.dumps({"logEvents": [{"id": "1", "message": json.dumps(one)} for one in RECORDS]}),
        json.dumps(
            {
                "results": [
                    [
                        {"field": "@timestamp", "value": "2026-11-23 12:00:00.000"},
                        {"field": "@message", "value": json.dumps(one)},
                    ]
                    for one in RECORDS
                ]
            }
        ),
        json.dumps([{"Id": "1-2-3", "Spans": [{"Id": "a", "Document": json.dumps(RECORDS[0])},
                                              {"Id": "b", "Document": RECORDS[1]}]}]),
    ],
    ids=["lines", "FilterLogEvents", "subscription", "GetQueryResults", "ListRetrievedTraces"],
)  # fmt: skip
def test_records_of_aws_spans_are_read_wherever_they_are(tmp_path: Path, content: str) -> None:
    path = tmp_path / "t.json"
    path.write_text(content)
    frame = spans_from_traces(load_traces(path))
    assert frame.index.to_list() == [(TRACE_ID, "a" * 16), (TRACE_ID, "b" * 16)]
    assert frame["kind"].tolist() == ["segment", "subsegment"]
    assert frame["http_status"].tolist() == [200, 200]
    assert frame["annotations"].iloc[0] == {"tier": "gold", "otel.name": "GET /"}


def test_a_record_may_state_its_duration_only(tmp_path: Path) -> None:
    record = log_record(durationNano=5 * 10**8)
    del record["endTimeUnixNano"]
    assert loaded(record, tmp_path)["duration_s"].tolist() == [0.5]


def test_times_are_exact_to_a_microsecond(tmp_path: Path) -> None:
    frame = loaded(otlp(otlp_span(startTimeUnixNano=str(START_NS + 123_456_789))), tmp_path)
    assert frame["start"].iloc[0].value == START_NS + 123_457_000
