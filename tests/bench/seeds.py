"""Well-formed input to start from: documents, expressions, patterns, requests."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DATA = Path(__file__).parents[1] / "data"
EPOCH_S = 1_795_435_200.0
"""When the worked example happens."""

_WORKED = json.loads((DATA / "xray_worked_example.json").read_text())
TRACE_ID: str = _WORKED["trace_id"]


def _recorded() -> Iterator[Any]:
    """Return documents that AWS or its SDKs made, moved into the trace of the worked example."""
    for number, line in enumerate((DATA / "xray_segment_documents.jsonl").read_text().splitlines()):
        document = json.loads(json.loads(line)["document"])
        moved = {"id": f"{number:016x}", "trace_id": TRACE_ID, "start_time": EPOCH_S + number / 100}
        moved |= {"end_time": EPOCH_S + 0.5} if "end_time" in document else {}
        yield document | moved


DOCUMENTS: list[Any] = [*_WORKED["raw"], *_recorded()]
"""Segment documents, all of one trace."""

FILTERS: list[str] = [
    one["expression"]
    for one in json.loads((DATA / "documented_filter_expressions.json").read_text())
]
FILTER_WORDS = (
    *("(", ")", "{", "}", "[", "]", '"', "'", ".", ",", "!", "=", "!=", "<=", ">", " "),
    *("AND ", "OR ", "service(", "edge(", "id(", "group.name", "annotation", "annotation.a"),
    *("annotation[", "BEGINSWITH ", "CONTAINS ", "responsetime ", "duration", "http.status"),
    *("rootcause.fault.entity", "error ", "fault", "availabilityzone", "instance.id", "-1"),
    *("1e309", "(" * 500, "!" * 500, "service() { " * 60, "NaN", "\\", '"x" ', "user", "partial"),
)

PATTERNS: list[Any] = [
    {"source": ["shop"], "detail-type": ["Order Created"]},
    {"detail": {"amount": [{"numeric": [">", 5, "<=", 10]}], "state": [{"exists": False}]}},
    {"detail": {"name": [{"prefix": "a"}, {"suffix": {"equals-ignore-case": "Z"}}]}},
    {"detail": {"name": [{"anything-but": {"prefix": ["a", "b"]}}, {"wildcard": "a*b*c"}]}},
    {"detail": {"ip": [{"cidr": "10.0.0.0/8"}], "no": [{"anything-but": [1, "x", None]}]}},
    {"$or": [{"source": ["a"]}, {"detail": {"x": {"y": [1, 2.5, True, None, "t"]}}}]},
]
EVENT: dict[str, Any] = {
    "id": "1",
    "account": "123456789012",
    "source": "shop",
    "time": "2026-11-23T12:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:aws:s3:::b"],
    "detail-type": "Order Created",
    "detail": {"amount": 7, "name": "abc", "ip": "10.1.2.3", "x": {"y": [1, {"z": 2}]}},
}
