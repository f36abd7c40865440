"""OTLP's JSON, and the records of aws/spans."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from foreign_traces import START_NS, TRACE_ID, log_record, otlp, otlp_span

from tracing_lab.spans import exceptions_from_traces, load_traces, spans_from_traces

DATA = Path(__file__).parents[2] / "data"


def loaded(node: Any, folder: Path) -> pd.DataFrame:
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


@pytest.mark.parametrize(
    "status,attributes,flags",
    [
        ({}, {}, "ok"),
        ({"code": 1}, {}, "ok"),
        ({"code": 2}, {}, "fault"),
        ({"code": "STATUS_CODE_ERROR"}, {}, "fault"),
        ({"code": 2}, {"http.status_code": 404}, "error"),
        ({"code": 2}, {"http.response.status_code": 429}, "throttle"),
    ],
)
def test_a_failure_is_what_x_ray_makes_of_it(
    tmp_path: Path, status: dict[str, Any], attributes: dict[str, int], flags: str
) -> None:
    pairs = [{"key": key, "value": {"intValue": str(n)}} for key, n in attributes.items()]
    span = only(loaded(otlp(otlp_span(status=status, attributes=pairs)), tmp_path))
    assert span["status"] == flags
    assert [*attributes.values()] == ([] if pd.isna(span["http_status"]) else [span["http_status"]])


def test_an_exception_event_is_the_cause(tmp_path: Path) -> None:
    traces = load_traces(DATA / "otlp_traces.json")
    table = exceptions_from_traces(traces)
    assert table[["service", "type", "message"]].to_numpy().tolist() == [
        ["orders", "KeyError", "süß"]
    ]


def test_a_span_without_an_end_is_in_progress(tmp_path: Path) -> None:
    frame = loaded(otlp(otlp_span(endTimeUnixNano="0")), tmp_path)
    assert frame["status"].tolist() == ["in_progress"]


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
