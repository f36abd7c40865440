"""What is written in a format and read again is the same as far as the format can hold it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from foreign_traces import jaeger, jaeger_span, log_record, otlp, otlp_span
from hypothesis import given, strategies as st
from pandas.testing import assert_frame_equal

from tracing_lab.export import traces_to_jaeger, traces_to_otlp
from tracing_lab.spans import load_traces, spans_from_traces

DATA = Path(__file__).parents[2] / "data"
EPOCH = 1795435200
Write = Callable[[Any], dict[str, Any]]
WRITERS = [traces_to_otlp, traces_to_jaeger]


def again(write: Write, traces: Any, folder: Path) -> Any:
    path = folder / "again.json"
    path.write_text(json.dumps(write(traces), allow_nan=False))
    return load_traces(path)


def documents(traces: Any) -> dict[Any, Any]:
    """Return all documents and the subsegments in them by their ids, without what places them."""
    found = {}
    for trace in traces:
        waiting: list[Any] = [(one["Document"], None) for one in trace["Segments"]]
        while waiting:
            given, above = waiting.pop()
            one = json.loads(given) if isinstance(given, str) else dict(given)
            waiting += [(part, one["id"]) for part in one.pop("subsegments", ())]
            if above or one.get("type") == "subsegment":
                one |= {"parent_id": above or one.get("parent_id"), "type": "subsegment"}
            found[trace["Id"], one["id"]] = one | {"trace_id": trace["Id"]}
    return found


def assert_same(first: pd.DataFrame, second: pd.DataFrame) -> None:
    texts = dict.fromkeys(("service", "name", "kind", "origin", "status"), "object")
    assert_frame_equal(first.astype(texts).sort_index(), second.astype(texts).sort_index())


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("name", ["analysis_worked_example", "analysis_real_traces"])
def test_documents_of_x_ray_survive(tmp_path: Path, write: Write, name: str) -> None:
    traces = load_traces(DATA / f"{name}.json")
    back = again(write, traces, tmp_path)
    assert documents(back) == documents(traces)
    assert_same(spans_from_traces(back), spans_from_traces(traces))


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("node", [
    otlp(otlp_span(), otlp_span("b" * 16, parentSpanId="a" * 16, kind=3, name="SELECT")),
    jaeger(jaeger_span(), jaeger_span("b" * 16)),
    log_record(),
    json.loads((DATA / "otlp_traces.json").read_text(encoding="utf-8")),
], ids=["OTLP", "Jaeger", "aws/spans", "official"])  # fmt: skip
def test_what_other_tools_wrote_survives(tmp_path: Path, write: Write, node: Any) -> None:
    (tmp_path / "t.json").write_text(json.dumps(node))
    traces = load_traces(tmp_path / "t.json")
    assert documents(again(write, traces, tmp_path)) == documents(traces)


@pytest.mark.parametrize("write", WRITERS)
def test_fifty_levels_survive(tmp_path: Path, write: Write) -> None:
    times = {"start_time": EPOCH, "end_time": EPOCH + 1}
    document: dict[str, Any] = {"id": f"{50:016x}", "name": "level 50", **times}
    for level in range(49, -1, -1):
        names = {"id": f"{level:016x}", "name": f"level {level}"}
        document = {**names, **times, "subsegments": [document]}
    traces = [{"Id": f"1-6b042ac0-{1:024x}", "Segments": [{"Id": "x", "Document": document}]}]
    spans = spans_from_traces(again(write, traces, tmp_path))
    assert spans["depth"].tolist() == [*range(51)]
    assert_same(spans, spans_from_traces(traces))


def test_otlp_of_other_tools_is_written_as_it_was(tmp_path: Path) -> None:
    request = json.loads((DATA / "otlp_traces.json").read_text(encoding="utf-8"))
    back = traces_to_otlp(load_traces(DATA / "otlp_traces.json"))
    (old,), (new,) = (one["resourceSpans"] for one in (request, back))
    assert new["resource"] == old["resource"]
    lost = {"traceState", "flags", "droppedAttributesCount"}
    words = {"kind", "status", "attributes"}  # which JSON may state in several ways
    added = {"aws.xray.inferred", "aws.xray.origin"}
    pairs = zip(old["scopeSpans"][0]["spans"], new["scopeSpans"][0]["spans"], strict=True)
    for before, after in pairs:
        same = {*before} - lost - words
        assert {key: after[key] for key in same} == {key: before[key] for key in same}
        values = {one["key"]: one.get("value", {}) for one in after["attributes"]}
        stated = {one["key"]: one.get("value", {}) for one in before["attributes"]}
        assert {key: values[key] for key in values if key not in added} == stated


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
IDS = st.sampled_from(["a" * 16, "A" * 16, "0" * 16, "b" * 16, "c", "ü", "1", "0" * 15 + "1"])
TIMES = st.integers(0, 10**9).map(lambda us: EPOCH + us / 1e6)
SCALARS = TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e9, 1e9)
KEYS = TEXT | st.sampled_from(
    [
        *("error", "span.kind", "http.response.status_code", "otel.name", "faas.coldstart"),
        *("aws.xray.document", "aws.xray.inferred", "otel.scope.name", "service.name", "event"),
    ]
)
FLAGS = st.sampled_from([True, False, 1, "true"])
MORE = st.fixed_dictionaries(
    {},
    optional={
        "annotations": st.dictionaries(KEYS, SCALARS, max_size=4),
        "metadata": st.dictionaries(TEXT | st.just("otel"), SCALARS | st.just([1]), max_size=2),
        "http": st.sampled_from(
            [
                {"response": {"status": 404}},
                {"request": {"method": "GET", "traced": True}, "response": {"status": "x"}},
                {"request": {"url": "https://a/b"}, "response": {"content_length": 5}},
            ]
        ),
        "aws": st.sampled_from([{"operation": "PutItem", "table_name": "orders"}, {"retries": 0}]),
        "cause": st.sampled_from(
            ["e1", {}, {"exceptions": [{"id": "e1", "type": "KeyError", "message": "sku"}]}]
        ),
        "namespace": st.sampled_from(["aws", "remote", "local"]),
        "origin": TEXT,
        "user": TEXT,
        "error": FLAGS,
        "fault": FLAGS,
        "throttle": FLAGS,
        "inferred": FLAGS,
        "type": st.sampled_from(["subsegment"]),
    },
)


@st.composite
def x_ray_traces(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw traces whose documents hang together in any way but in circles."""
    traces = []
    for trace_id in draw(st.lists(TRACE_IDS, min_size=1, max_size=3, unique=True)):
        ids = draw(st.lists(IDS, min_size=1, max_size=5, unique=True))
        whole = []
        for number, span_id in enumerate(ids):
            start, end = sorted((draw(TIMES), draw(TIMES)))
            one = {"id": span_id, "name": draw(TEXT), "start_time": start, "end_time": end}
            parents = st.sampled_from([None, "elsewhere", *ids[:number]])
            parent = draw(parents) if number else None
            whole.append(one | draw(MORE) | ({"parent_id": parent} if parent else {}))
        segments = [{"Id": one["id"], "Document": json.dumps(one)} for one in whole]
        traces.append({"Id": trace_id, "Segments": segments})
    return traces


TRACE_IDS = st.sampled_from(
    ["1-6b042ac0-5d09aa705e56bbd015254801", "1-00000001-1", "1-0000000-11", "no dashes", "none"]
)


@pytest.mark.parametrize("write", WRITERS)
@given(traces=x_ray_traces())
def test_any_documents_survive(
    tmp_path_factory: pytest.TempPathFactory, write: Write, traces: Any
) -> None:
    back = again(write, traces, tmp_path_factory.getbasetemp())
    assert documents(back) == documents(traces)
    assert_same(spans_from_traces(back), spans_from_traces(traces))


@pytest.mark.parametrize("write", WRITERS)
def test_ids_of_every_form_stay_distinct(tmp_path: Path, write: Write) -> None:
    ids = ["1-00000001-1", "1-0000000-11", "plain", "other", "1-" + "A" * 8 + "-" + "a" * 24]
    spans = ["A" * 16, "a" * 16, "0" * 16, "x"]
    traces = [
        {
            "Id": trace_id,
            "Segments": [
                {"Document": {"id": one, "name": "a", "start_time": EPOCH, "end_time": EPOCH + 1}}
                for one in spans
            ],
        }
        for trace_id in ids
    ]
    text = json.dumps(write(traces))
    seen = set(_values(json.loads(text), {"traceId", "traceID"}))
    assert len(seen) == len(ids)
    assert len(set(_values(json.loads(text), {"spanId", "spanID"}))) == len(spans)
    assert all(len(one) == 32 for one in seen)


def _values(node: Any, names: set[str]) -> list[str]:
    if isinstance(node, dict):
        own = [value for key, value in node.items() if key in names]
        return own + [one for value in node.values() for one in _values(value, names)]
    return [one for part in node for one in _values(part, names)] if isinstance(node, list) else []
