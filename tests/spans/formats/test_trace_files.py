"""Traces are read from files in the forms in which people have them."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tracing_lab.errors import TraceDataError
from tracing_lab.spans import load_traces, save_traces, spans_from_traces

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


def test_a_cut_off_archive_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "t.json.gz"
    path.write_bytes(gzip.compress(json.dumps(RESPONSE).encode())[:-12])
    with pytest.raises(TraceDataError, match="is not JSON"):
        load_traces(path)
