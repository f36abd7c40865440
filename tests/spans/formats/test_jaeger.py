"""Jaeger's JSON."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from foreign_traces import TRACE, TRACE_ID, jaeger, jaeger_span

from tracing_lab.spans import load_traces, spans_from_traces


def loaded(node: Any, folder: Path) -> pd.DataFrame:
    path = folder / "t.json"
    path.write_text(json.dumps(node))
    return spans_from_traces(load_traces(path))


def child(span_id: str, kind: str = "CHILD_OF", **more: Any) -> dict[str, Any]:
    reference = {"refType": kind, "traceID": TRACE, "spanID": "a" * 16}
    return jaeger_span(span_id, references=[reference], tags=[], **more)


@pytest.mark.parametrize(
    "wrap", [lambda node: node, lambda node: node["data"], lambda node: node["data"][0]]
)
def test_traces_are_recognised_in_and_out_of_their_response(tmp_path: Path, wrap: Any) -> None:
    frame = loaded(wrap(jaeger(jaeger_span())), tmp_path)
    assert frame.index.to_list() == [(TRACE_ID, "a" * 16)]
    assert frame[["service", "kind", "duration_s"]].to_numpy().tolist() == [
        ["shop", "segment", 1.0]
    ]


@pytest.mark.parametrize("kind", ["CHILD_OF", "FOLLOWS_FROM"])
def test_references_are_parents(tmp_path: Path, kind: str) -> None:
    frame = loaded(jaeger(jaeger_span(), child("b" * 16, kind)), tmp_path)
    assert frame.loc[(TRACE_ID, "b" * 16), "parent_id"] == "a" * 16


def test_short_trace_ids_are_filled_up(tmp_path: Path) -> None:
    frame = loaded(jaeger(jaeger_span(traceID="95b8f374e549297f")), tmp_path)
    assert frame.index[0][0] == "1-00000000-0000000095b8f374e549297f"


def test_tags_keep_their_types_and_an_error_is_a_fault(tmp_path: Path) -> None:
    tags = [
        {"key": "error", "type": "bool", "value": True},
        {"key": "n", "type": "int64", "value": str(2**63 - 1)},
        {"key": "share", "type": "float64", "value": 1},
        {"key": "yes", "type": "bool", "value": "true"},
        {"key": "http.status_code", "type": "int64", "value": 503},
    ]
    span = loaded(jaeger(jaeger_span(tags=tags)), tmp_path).iloc[0]
    assert (span["status"], span["http_status"]) == ("fault", 503)
    notes = {"n": 2**63 - 1, "share": 1.0, "yes": True, "http.status_code": 503}
    assert span["annotations"] == notes | {"otel.name": "GET /"}
    assert isinstance(span["annotations"]["share"], float)


def test_a_process_may_stand_in_the_span(tmp_path: Path) -> None:
    span = jaeger_span(process={"serviceName": "own"}, processID=None)
    assert loaded(jaeger(span), tmp_path)["service"].tolist() == ["own"]
