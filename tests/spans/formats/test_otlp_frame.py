"""The frame of OTLP in protobuf is that of the same spans by way of X-Ray's documents."""

import contextlib
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from foreign_traces import START_NS, TRACE, otlp, otlp_span
from hypothesis import example, given, strategies as st
from otlp_protobuf import protobuf

from tracing_lab.errors import TraceDataError, TraceDataWarning
from tracing_lab.otlp.json_form import spans_from_otlp
from tracing_lab.otlp.model import MEMBERS
from tracing_lab.otlp.protobuf import otlp_from_protobuf
from tracing_lab.spans import spans_from_protobuf, spans_from_traces
from tracing_lab.spans.formats.otlp_attributes import attributes_of
from tracing_lab.spans.formats.otlp_frame import unusual_rows
from tracing_lab.spans.formats.otlp_table import table_from_protobuf
from tracing_lab.spans.formats.to_xray import DECISIVE, traces_from_spans
from tracing_lab.spans.validation import check_spans

CONTENT = (Path(__file__).parents[2] / "data" / "otlp_traces.pb").read_bytes()


def by_documents(content: bytes, *, strict: bool = False) -> pd.DataFrame:
    traces = traces_from_spans(spans_from_otlp(otlp_from_protobuf(content)))
    return spans_from_traces(traces, strict=strict)


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame in an order and with types that do not depend on how it was made."""
    values = frame.reset_index().astype(object)
    return values.sort_values(["trace_id", "span_id"], ignore_index=True)


def outcome(read: Any, content: bytes) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame, and the sentences of the warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", TraceDataWarning)
        frame = read(content)
    said = [line for one in caught for line in str(one.message).splitlines()[1:]]
    return frame, sorted(said)


def assert_same(content: bytes) -> None:
    (fast, said), (slow, other) = (
        outcome(one, content) for one in (spans_from_protobuf, by_documents)
    )
    pd.testing.assert_frame_equal(plain(fast), plain(slow))
    assert said == other
    check_spans(fast)
    assert [*fast.index.unique("trace_id")] == [*slow.index.unique("trace_id")]


VALUES = st.one_of(
    st.builds(dict, stringValue=st.sampled_from(["", "orders", "AWS::SQS", "DynamoDB", "aws-api"])),
    st.builds(dict, stringValue=st.sampled_from(["http://h:1/a/b", "http://[x", 'q"\\\n', "ü😀"])),
    st.builds(dict, intValue=st.sampled_from([0, 200, 404, 429, 503, 2**63 - 1, -(2**63)])),
    st.builds(dict, doubleValue=st.sampled_from([0.5, 1.0, float("nan"), float("inf")])),
    st.builds(dict, boolValue=st.booleans()),
    st.just({"arrayValue": {"values": [{"stringValue": "orders"}]}}),
    st.just({"bytesValue": "AP8="}),
    st.just({}),
)
KEYS = st.sampled_from(sorted({*DECISIVE, *MEMBERS, "tier", "otel.name", "aws.requestId"}))
ATTRIBUTES: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(dict, key=KEYS, value=VALUES), max_size=5
)
IDS = st.sampled_from([f"{number:016x}" for number in range(1, 7)])
TIMES = st.sampled_from([START_NS + 1000 * number + 499 for number in range(4)])
SPANS: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    traceId=st.sampled_from([TRACE, TRACE[:-1] + "2"]),
    spanId=IDS,
    parentSpanId=st.one_of(IDS, st.just("")),
    name=st.sampled_from(["GET /", "shop", "work", ""]),
    kind=st.integers(0, 6),
    startTimeUnixNano=TIMES,
    endTimeUnixNano=st.one_of(TIMES, TIMES, TIMES, st.just(0)),
    status=st.builds(dict, code=st.integers(0, 3)),
    attributes=ATTRIBUTES,
)
SERVICES = st.sampled_from(["shop", "payment", ""])


@given(
    st.lists(st.tuples(SPANS, SERVICES), max_size=8, unique_by=lambda one: one[0]["spanId"]),
    st.integers(0, 2),
)
@example([], 0)
def test_spans_are_what_their_documents_say(
    spans: list[tuple[dict[str, Any], str]], sent_again: int
) -> None:
    sent = [*spans, *spans[:sent_again]]
    groups = [otlp(span, service=service)["resourceSpans"][0] for span, service in sent]
    assert_same(protobuf({"resourceSpans": groups}))


STRANGE = [
    {"traceId": "00" * 16},
    {"traceId": "ab"},
    {"spanId": "00" * 8},
    {"spanId": "abc0"},
    {"parentSpanId": "0a"},
    {"parentSpanId": "a" * 16},
    {"startTimeUnixNano": 0},
    {"startTimeUnixNano": 5},
    {"startTimeUnixNano": 2**64 - 1},
    {"endTimeUnixNano": 2**64 - 1},
    {"endTimeUnixNano": START_NS - 10**9},
    {
        "attributes": [
            {"key": "a", "value": {"intValue": 1}},
            {"key": "a", "value": {"intValue": 2}},
        ]
    },
    {"attributes": [{"value": {"intValue": 1}}]},
    {"attributes": [{"key": "a"}]},
    {"attributes": [{"key": "otel.name", "value": {"stringValue": "mine"}}]},
    {"attributes": [{"key": "aws.xray.document", "value": {"stringValue": '{"name": "x"}'}}]},
    {"attributes": [{"key": "aws.xray.inferred", "value": {"stringValue": "[]"}}]},
    {"kind": 2**40},
    {"status": {"code": -1}},
    {"name": ""},
]


@pytest.mark.parametrize("strange", STRANGE)
def test_what_is_unusual_is_read_as_documents_are(strange: dict[str, Any]) -> None:
    other = otlp_span("b" * 16, traceId="c" * 32)
    assert_same(protobuf(otlp(other, otlp_span(**strange), otlp_span("d" * 16))))


def test_spans_with_one_id_cost_their_trace() -> None:
    content = protobuf(otlp(otlp_span(), otlp_span(name="other"), otlp_span(traceId="c" * 32)))
    assert_same(content)
    with pytest.warns(TraceDataWarning, match="two spans have the id") as caught:
        spans_from_protobuf(content)
    assert [Path(warning.filename).name for warning in caught] == [Path(__file__).name]
    with pytest.raises(TraceDataError, match="two spans have the id"):
        spans_from_protobuf(content, strict=True)


def test_parents_in_a_circle_cost_their_trace() -> None:
    first = otlp_span("a" * 16, parentSpanId="b" * 16, kind=1)
    assert_same(protobuf(otlp(first, otlp_span("b" * 16, parentSpanId="a" * 16, kind=1))))


def test_scopes_and_resources_count_once_and_of_several_the_last() -> None:
    first, second = (otlp(service=name)["resourceSpans"][0]["resource"] for name in ("one", "two"))
    content = protobuf({"resource": first}, "ResourceSpans") + protobuf(
        otlp(otlp_span())["resourceSpans"][0] | {"resource": second}, "ResourceSpans"
    )
    request = b"\x0a" + bytes([len(content) % 128 | 128, len(content) // 128]) + content
    assert spans_from_protobuf(request)["service"].tolist() == ["two"]
    assert_same(request)


def test_what_this_library_wrote_is_restored(worked_traces: list[dict[str, Any]]) -> None:
    from_xray = pytest.importorskip("tracing_lab.export.otlp")
    content = protobuf(from_xray.traces_to_otlp(worked_traces))
    assert_same(content)
    pd.testing.assert_frame_equal(
        plain(spans_from_protobuf(content)), plain(spans_from_traces(worked_traces))
    )


def test_attributes_of_every_type_events_and_links_are_usual() -> None:
    table = table_from_protobuf(CONTENT)
    assert (len(table.span), len(table.owner)) == (2, 14)
    assert len(unusual_rows(table, attributes_of(table.pairs))) == 0


@given(st.integers(0, len(CONTENT) - 1), st.integers(0, 255), st.integers(0, len(CONTENT)))
def test_damaged_content_is_rejected_or_read(place: int, byte: int, size: int) -> None:
    content = bytearray(CONTENT)
    content[place] = byte
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TraceDataWarning)
        for damaged in (bytes(content), bytes(content[:size])):
            with contextlib.suppress(TraceDataError):
                spans_from_protobuf(damaged)


def test_other_content_is_named() -> None:
    with pytest.raises(TraceDataError, match=r"no OTLP in protobuf: it ends within field 1\. Pass"):
        spans_from_protobuf(CONTENT[:9])
