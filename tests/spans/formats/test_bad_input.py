"""What is wrong in a file is named, costs its own trace only, and crashes nothing."""

import contextlib
import json
import re
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from foreign_traces import START_NS, jaeger, jaeger_span, log_record, otlp, otlp_span
from hypothesis import given, strategies as st
from pandas.testing import assert_frame_equal

from tracing_lab.errors import TraceDataError, TraceDataWarning, TracingLabError
from tracing_lab.export import FORMATS, lost, save_traces_as, traces_to_jaeger, traces_to_otlp
from tracing_lab.graph import service_graph_from_spans
from tracing_lab.spans import (
    exceptions_from_traces,
    lake,
    links_from_traces,
    load_traces,
    operations_from_traces,
    save_traces,
    spans_from_traces,
    validate_spans,
)

GOOD_ID = "1-6b042ac0-00000000000000000000600d"
BAD_ID = "1-6b042ac0-5d09aa705e56bbd015254801"
GOOD = {
    "id": "a" * 16,
    "name": "a",
    "trace_id": GOOD_ID,
    "start_time": 1.7e9,
    "end_time": 1.7e9 + 1,
}
BAD = GOOD | {"trace_id": BAD_ID}
EARLY = {"startTimeUnixNano": str(START_NS), "endTimeUnixNano": str(START_NS - 1000)}
CIRCLE = [otlp_span("a" * 16, parentSpanId="b" * 16), otlp_span("b" * 16, parentSpanId="a" * 16)]

NAMED = {
    "negative duration": (BAD | {"end_time": 0.5}, '"end_time" lies before "start_time"'),
    "times as text": (BAD | {"start_time": "1.0"}, "\"start_time\" .* epoch seconds .'1.0'"),
    "milliseconds": (BAD | {"start_time": 1795435200000}, '"start_time" .* epoch seconds .17954'),
    "end as text": (BAD | {"end_time": "soon"}, "\"end_time\" is not in epoch seconds .'soon'"),
    "zero start": (BAD | {"start_time": 0}, '"start_time" is missing or not in epoch seconds'),
    "circle": (BAD | {"parent_id": "a" * 16}, "the parents of span a+ form a circle"),
    "duplicate": (BAD | {"subsegments": [BAD]}, "two spans have the id a+"),
    "annotations": (BAD | {"annotations": ["x"]}, '"annotations" is not an object'),
    "OTLP before its start": (otlp(otlp_span(**EARLY)), '"end_time" lies before "start_time"'),
    "OTLP milliseconds": (
        otlp(otlp_span(startTimeUnixNano=1795435200000)),
        "epoch seconds .'1795435200000 nanoseconds'",
    ),
    "OTLP words": (otlp(otlp_span(startTimeUnixNano="now")), "epoch seconds .'now'"),
    "OTLP beyond 64 bits": (otlp(otlp_span(endTimeUnixNano=str(2**70))), '"end_time" is not in'),
    "OTLP circle": (otlp(*CIRCLE), "form a circle"),
    "OTLP own parent": (otlp(otlp_span(parentSpanId="a" * 16, kind=1)), "form a circle"),
    "OTLP duplicate": (otlp(otlp_span(), otlp_span(name="x")), "two spans have the id"),
    "OTLP no span id": (otlp(otlp_span("")), 'has no "id"'),
    "OTLP no trace id": (otlp(otlp_span(traceId="")), 'has no "Id"'),
    "OTLP no span": (otlp(5), 'has no "Id"'),
    "OTLP attributes": (otlp(otlp_span(attributes="x")), '"annotations" is not an object'),
    "Jaeger milliseconds": (jaeger(jaeger_span(startTime=1795435200000)), "nanoseconds"),
    "Jaeger negative": (jaeger(jaeger_span(duration=-1)), '"end_time" lies before'),
    "Jaeger no span": (jaeger(None), 'has no "id"'),
    "Jaeger tags": (jaeger(jaeger_span(tags=1)), '"annotations" is not an object'),
    "aws/spans text": (log_record(startTimeUnixNano="soon"), "epoch seconds .'soon'"),
    "something else": ({"metrics": []}, "an object with the members metrics"),
    "a number": (5, "5 where a trace was expected"),
}

ACCEPTED = {
    "two clocks": otlp(
        otlp_span(), otlp_span("b" * 16, parentSpanId="a" * 16, startTimeUnixNano=START_NS - 5000)
    ),
    "control characters": BAD
    | {"name": "a\x00\x01\u001f<&>\ufffe", "annotations": {"\x00": "\x01"}},
    "no name": otlp(otlp_span(name=None)),
    "no service": {"resourceSpans": [{"scopeSpans": [{"spans": [otlp_span()]}]}]},
    "odd ids": otlp(otlp_span("ü", traceId="no hex")),
    "64 bits": BAD | {"annotations": {"big": 2**63 - 1, "small": -(2**63), "unsigned": 2**64 - 1}},
    "beyond 64 bits": otlp(otlp_span(attributes=[{"key": "n", "value": {"intValue": str(2**70)}}])),
    "no number": otlp(otlp_span(attributes=[{"key": "n", "value": {"doubleValue": "NaN"}}])),
    "nothing in a value": otlp(otlp_span(attributes=[{"key": "n"}, {"key": "m", "value": {}}])),
    "nothing has ended": otlp(otlp_span(endTimeUnixNano=None)),
    "only in progress": BAD | {"in_progress": True},
}


SKEWED = {"parentSpanId": "a" * 16, "startTimeUnixNano": START_NS - 10**9}
DOUBTED = {
    "clock skew": (
        otlp(otlp_span(), otlp_span("b" * 16, **SKEWED)),
        "start lies over 0.1 s before",
    ),
    "missing root": (otlp(otlp_span(parentSpanId="f" * 16)), "has no root"),
    "every type": (
        BAD | {"annotations": {"t": "x", "b": True, "n": None, "l": [1], "o": {"a": 1}}},
        "neither text, number nor boolean",
    ),
    "milliseconds as nanoseconds": (
        BAD | {"start_time": 1700000.0, "end_time": 1700001.0},
        "before 2000",
    ),
    "HTTP status": (BAD | {"http": {"response": {"status": 2**63 - 1}}}, "no HTTP status"),
}


def frame_of(path: Path, *nodes: Any) -> tuple[Any, str]:
    """Return the frame of a file with a line per node, and what was said."""
    path.write_text("\n".join(map(json.dumps, nodes)))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        frame = spans_from_traces(load_traces(path))
    assert {warning.category for warning in caught} <= {TraceDataWarning}
    return frame, "\n".join(str(warning.message) for warning in caught)


@pytest.mark.parametrize("node,said", NAMED.values(), ids=NAMED)
def test_a_fault_is_named_and_costs_no_other_trace(tmp_path: Path, node: Any, said: str) -> None:
    frame, text = frame_of(tmp_path / "t.jsonl", node, GOOD, otlp(otlp_span(traceId="9" * 32)))
    assert frame.index.get_level_values("trace_id").to_list() == [
        GOOD_ID,
        "1-99999999-" + "9" * 24,
    ]
    assert re.search(said, text), text


@pytest.mark.parametrize("node", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_only_odd_is_valid(tmp_path: Path, node: Any) -> None:
    frame, text = frame_of(tmp_path / "t.jsonl", node, GOOD)
    assert text == ""
    validate_spans(frame)


@pytest.mark.parametrize("node,said", DOUBTED.values(), ids=DOUBTED)
def test_what_is_doubtful_is_named(tmp_path: Path, node: Any, said: str) -> None:
    frame, text = frame_of(tmp_path / "t.jsonl", node, GOOD)
    assert text == ""
    with pytest.warns(TraceDataWarning, match=said):
        validate_spans(frame)


DOUBTFUL = {kind: node for kind, (node, _) in DOUBTED.items()}
ODD = ACCEPTED | DOUBTFUL


@pytest.mark.parametrize("node", ODD.values(), ids=ODD)
def test_what_is_only_odd_is_kept_drawn_and_written(tmp_path: Path, node: Any) -> None:
    frame, _ = frame_of(tmp_path / "t.jsonl", node, GOOD)
    assert frame.index.get_level_values("trace_id").nunique() == 2
    assert len(service_graph_from_spans(frame)) >= 1
    traces = load_traces(tmp_path / "t.jsonl")
    for write in (traces_to_otlp, traces_to_jaeger):
        json.dumps(write(traces), allow_nan=False)


def lake_of(traces: Any, path: Path) -> Path:
    lake.add_traces(traces, path)
    return path


def saved_as(form: str, traces: Any, path: Path) -> Path:
    return save_traces_as(traces, path, form=form)


def lost_of(form: str, traces: Any, _path: Path) -> list[str]:
    return lost(traces, form=form)


OF_TRACES: dict[str, Callable[[Any, Path], Any]] = {
    "exceptions_from_traces": lambda traces, _: exceptions_from_traces(traces),
    "links_from_traces": lambda traces, _: links_from_traces(traces),
    "operations_from_traces": lambda traces, _: operations_from_traces(traces, annotation="t"),
    "spans_from_traces": lambda traces, _: spans_from_traces(traces),
    "save_traces": lambda traces, path: load_traces(save_traces(traces, path)),
    "add_traces": lambda traces, path: lake.load_spans(lake_of(traces, path)),
    **{f"save as {form}": partial(saved_as, form) for form in FORMATS},
    **{f"lost {form}": partial(lost_of, form) for form in FORMATS},
}
DRAWN = "save as html"  # takes seconds
ALL_NODES = {kind: node for kind, (node, _) in NAMED.items()} | ODD


@pytest.mark.parametrize(
    "kind,name",
    [
        (kind, name)
        for kind in ALL_NODES
        for name in OF_TRACES
        if name != DRAWN or kind in ("duplicate", "every type", "nothing has ended", "clock skew")
    ],
)
def test_bad_traces_crash_nothing(tmp_path: Path, kind: str, name: str) -> None:
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, [ALL_NODES[kind], GOOD])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TraceDataWarning)
        traces = load_traces(tmp_path / "t.jsonl")
        with contextlib.suppress(TracingLabError):
            OF_TRACES[name](traces, tmp_path / "file")


WHOLE = GOOD | {"annotations": {"city": "Zürich"}}
TEXT = json.dumps(WHOLE, ensure_ascii=False)
TYPES = {
    "bytes": TEXT.encode(),
    "bytearray": bytearray(TEXT.encode()),
    "dict": WHOLE,
    "mapping": MappingProxyType(WHOLE),
}


def trace_with(document: Any) -> list[dict[str, Any]]:
    return [{"Id": GOOD_ID, "Segments": [{"Id": GOOD["id"], "Document": document}]}]


@pytest.mark.parametrize("document", TYPES.values(), ids=TYPES)
@pytest.mark.parametrize("name", [name for name in OF_TRACES if name != DRAWN])
def test_documents_of_every_type_are_taken(tmp_path: Path, name: str, document: Any) -> None:
    OF_TRACES[name](trace_with(document), tmp_path / "file")


@pytest.mark.parametrize("document", TYPES.values(), ids=TYPES)
def test_documents_of_every_type_are_saved_alike(tmp_path: Path, document: Any) -> None:
    saved = load_traces(save_traces(trace_with(document), tmp_path / "t.json"))
    assert_frame_equal(spans_from_traces(saved), spans_from_traces(trace_with(TEXT)))


@pytest.mark.parametrize("value", [2**70, "\ud800", {1: 2}, {"s": {1}}, b"\xff"], ids=repr)
def test_values_that_json_lacks_are_saved(tmp_path: Path, value: Any) -> None:
    path = save_traces(trace_with(GOOD | {"metadata": {"x": value}}), tmp_path / "t.json")
    assert load_traces(path)[0]["Segments"][0]["Document"]["id"] == GOOD["id"]


@pytest.mark.parametrize(
    "annotations",
    [{"n": 2**70}, {1: 2}, {"s": {1, 2}}, {"b": b"x"}, {"\ud800": 1}, {"t": "\ud800"}],
)
def test_annotations_that_json_cannot_hold_are_named(annotations: Any) -> None:
    traces = [
        {"Id": one["trace_id"], "Segments": [{"Document": one}]}
        for one in (GOOD, BAD | {"annotations": annotations})
    ]
    with pytest.warns(TraceDataWarning, match='"annotations" is not JSON'):
        frame = spans_from_traces(traces)
    assert frame.index.get_level_values("trace_id").to_list() == [GOOD_ID]


HUGE = [2**70, -(2**63) - 1, [2**70], {"n": 2**70}]


@pytest.mark.parametrize("value", HUGE, ids=str)
@pytest.mark.parametrize("member", [*jaeger_span(), "references", "logs"])
def test_huge_integers_in_jaeger_cost_their_trace_at_most(
    tmp_path: Path, member: str, value: Any
) -> None:
    frame, _ = frame_of(tmp_path / "t.jsonl", jaeger(jaeger_span() | {member: value}), GOOD)
    assert GOOD_ID in frame.index.get_level_values("trace_id")


@pytest.mark.parametrize("value", HUGE, ids=str)
@pytest.mark.parametrize("member", [*otlp_span(), "events", "links", "status"])
def test_huge_integers_in_otlp_cost_their_trace_at_most(
    tmp_path: Path, member: str, value: Any
) -> None:
    frame, _ = frame_of(tmp_path / "t.jsonl", otlp(otlp_span() | {member: value}), GOOD)
    assert GOOD_ID in frame.index.get_level_values("trace_id")


@pytest.mark.parametrize("value", [*HUGE, {"a"}, b"x", "\ud800"], ids=repr)
@pytest.mark.parametrize("member", [*BAD, "origin", "parent_id", "http", "aws", "subsegments"])
def test_any_value_in_a_parsed_document_costs_its_trace_at_most(member: str, value: Any) -> None:
    documents = {GOOD_ID: GOOD, BAD_ID: BAD | {member: value}}
    traces = [{"Id": one, "Segments": [{"Document": documents[one]}]} for one in documents]
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        frame = spans_from_traces(traces)
    assert GOOD_ID in frame.index.get_level_values("trace_id")


@pytest.mark.parametrize("member", ["origin", "parent_id"])
def test_texts_of_another_type_become_texts(member: str) -> None:
    odd = GOOD | {"trace_id": "0", member: 5}
    twice = {"Id": "0", "Segments": [{"Document": odd}, {"Document": odd}]}  # read one by one
    assert spans_from_traces([twice])[member].tolist() == ["5"]


def test_strict_reading_rejects_what_is_no_trace(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, [GOOD, {"metrics": []}])))
    with pytest.raises(TraceDataError, match="the members metrics"):
        load_traces(tmp_path / "t.jsonl", strict=True)


@pytest.mark.parametrize("make", [lambda: otlp(otlp_span()), lambda: jaeger(jaeger_span())])
def test_a_cut_off_file_is_named(tmp_path: Path, make: Callable[[], Any]) -> None:
    text = json.dumps(make())
    for size in range(1, len(text), 11):
        (tmp_path / "t.json").write_text(text[:size])
        with pytest.raises(TraceDataError, match=r"t\.json is not JSON"):
            load_traces(tmp_path / "t.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = st.sampled_from(
    [*otlp_span(), *jaeger_span(), "references", "attributes", "events", "links", "status", "logs"]
)


@given(st.dictionaries(MEMBERS, JSON), st.sampled_from([otlp_span, jaeger_span, log_record]))
def test_no_member_of_a_span_can_crash_the_reader(
    tmp_path_factory: pytest.TempPathFactory, members: dict[str, Any], make: Any
) -> None:
    span = make() | members
    node = {jaeger_span: jaeger, otlp_span: otlp}.get(make, lambda one: one)(span)
    path = tmp_path_factory.getbasetemp() / "fuzz.jsonl"
    frame, _ = frame_of(path, node, GOOD)
    assert GOOD_ID in frame.index.get_level_values("trace_id")
