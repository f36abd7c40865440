"""Trace lakes: what is added is read, each trace once and in its newest version."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tracing_lab.errors import FileError, MissingFileError, TraceDataError
from tracing_lab.spans import spans_from_traces
from tracing_lab.spans.lake import add_traces, lake_parts, load_spans, load_traces
from tracing_lab.spans.lake.writer import LakeWriter

Trace = dict[str, Any]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR_S = 3600.0


@pytest.fixture
def trace_at(make_trace: Callable[..., Trace]) -> Callable[..., Trace]:
    """Make a trace of some segments that began some hours after noon."""

    def make(number: int, hours: float = 0.0, *, segments: int = 1) -> Trace:
        start_s = hours * HOUR_S
        rows = [(f"{i:016x}", "", start_s, start_s + 1) for i in range(segments)]
        return make_trace(*rows, trace_id=f"1-6b042ac0-{number:024x}")

    return make


def by_id(traces: list[Trace]) -> dict[str, Trace]:
    """Return traces with parsed documents: a lake has them as text, as X-Ray returns them."""
    return {
        trace["Id"]: {**trace, "Segments": [*map(parsed, trace["Segments"])]} for trace in traces
    }


def parsed(segment: dict[str, Any]) -> dict[str, Any]:
    document = segment["Document"]
    return {**segment, "Document": json.loads(document) if type(document) is str else document}


def test_traces_come_back_as_they_were(
    tmp_path: Path, real_traces: list[Trace], worked_traces: list[Trace]
) -> None:
    odd = {"Id": "1-6b042ac0-1", "Segments": [], "NextFeature": {"x": [1]}}
    traces = [*real_traces, *worked_traces, odd]
    assert add_traces(traces, tmp_path / "lake") == len(traces)
    read = load_traces(tmp_path / "lake")
    assert by_id(read) == by_id(traces)


def test_spans_are_those_of_the_traces(tmp_path: Path, shop_traces: Any) -> None:
    traces = shop_traces(50)
    add_traces(traces, tmp_path / "lake")
    pd.testing.assert_frame_equal(load_spans(tmp_path / "lake"), spans_from_traces(traces))


def test_parts_cover_each_trace_once(tmp_path: Path, trace_at: Any) -> None:
    traces = [trace_at(n, hours=10 * n) for n in range(6)]
    for trace in traces:
        add_traces([trace], tmp_path / "lake")
    parts = lake_parts(tmp_path / "lake")
    assert {part.path.parent.name for part in parts} == {
        "day=2026-11-23",
        "day=2026-11-24",
        "day=2026-11-25",
    }
    assert [trace["Id"] for part in parts for trace in part.traces()] == [
        one["Id"] for one in traces
    ]
    assert sum(len(part.spans()) for part in parts) == 6


@pytest.mark.parametrize(
    "first_h,last_h,expected",
    [(None, None, 6), (0, 10, 1), (10, None, 5), (None, 20, 2), (20.5, 29, 0), (11, 41, 3)],
)
def test_a_range_is_read(
    tmp_path: Path, trace_at: Any, first_h: float | None, last_h: float | None, expected: int
) -> None:
    add_traces([trace_at(n, hours=10 * n) for n in range(6)], tmp_path / "lake")
    start = None if first_h is None else NOON + timedelta(hours=first_h)
    end = None if last_h is None else NOON + timedelta(hours=last_h)
    assert len(load_traces(tmp_path / "lake", start=start, end=end)) == expected
    assert len(load_spans(tmp_path / "lake", start=start, end=end)) == expected


def test_what_is_there_is_not_added_again(tmp_path: Path, trace_at: Any) -> None:
    add_traces([trace_at(1)], tmp_path / "lake")
    assert add_traces([trace_at(1), trace_at(2), trace_at(2)], tmp_path / "lake") == 1
    assert len(load_traces(tmp_path / "lake")) == 2


def test_parts_of_a_trace_are_added_together(tmp_path: Path, trace_at: Any) -> None:
    whole = trace_at(1, segments=3) | {"Duration": 1.0}
    parts = [{**whole, "Segments": whole["Segments"][n : n + 2]} for n in range(2)]
    assert add_traces([*parts, trace_at(2)], tmp_path / "lake") == 2
    assert by_id(load_traces(tmp_path / "lake")) == by_id([whole, trace_at(2)])
    pd.testing.assert_frame_equal(
        load_spans(tmp_path / "lake"), spans_from_traces([*parts, trace_at(2)])
    )


DOCUMENT = {"id": "a" * 16, "name": "ä", "start_time": 1795435200.0, "end_time": 1795435201.0}
TEXT = json.dumps(DOCUMENT, ensure_ascii=False)


@pytest.mark.parametrize(
    "document",
    [TEXT, TEXT.encode(), bytearray(TEXT.encode()), DOCUMENT, MappingProxyType(DOCUMENT)],
    ids=lambda document: type(document).__name__,
)
def test_documents_of_every_type_are_kept(tmp_path: Path, document: Any) -> None:
    trace = {"Id": "1-6b042ac0-1", "Segments": [{"Id": "a" * 16, "Document": document}]}
    add_traces([trace], tmp_path / "lake")
    (read,) = load_traces(tmp_path / "lake")
    assert json.loads(read["Segments"][0]["Document"]) == DOCUMENT
    assert load_spans(tmp_path / "lake")["name"].tolist() == ["ä"]


ODD: list[Any] = [None, True, 5, 2**70, 0.5, float("nan"), "x", "\ud800", b"\xff", [], {"a": {1}}]


@pytest.mark.parametrize("value", ODD, ids=repr)
@pytest.mark.parametrize(
    "member", ["Id", "Duration", "LimitExceeded", "Segments", "New", "segment", "document"]
)
def test_no_value_costs_other_traces(
    tmp_path: Path, trace_at: Any, member: str, value: Any
) -> None:
    odd = {**trace_at(1), member: value}
    if member in ("segment", "document"):
        name = {"segment": "Id", "document": "Document"}[member]
        odd["Segments"] = [{**odd["Segments"][0], name: value}]
    try:
        assert add_traces([odd, trace_at(2)], tmp_path / "lake") == 2
    except TraceDataError:
        assert member in ("Id", "Segments")
        assert not (tmp_path / "lake").exists()
    else:
        assert trace_at(2)["Id"] in {trace["Id"] for trace in load_traces(tmp_path / "lake")}


@pytest.mark.parametrize("value", [True, 5, 0.5, "soon", {"s": 1}, 2**70, "\ud800"], ids=repr)
@pytest.mark.parametrize("member", ["Duration", "LimitExceeded", "New"])
def test_what_has_another_type_is_read_as_it_was(
    tmp_path: Path, trace_at: Any, member: str, value: Any
) -> None:
    add_traces([{**trace_at(1), member: value}], tmp_path / "lake")
    (read,) = load_traces(tmp_path / "lake")
    assert read[member] == value


def test_the_newest_version_counts_also_if_it_began_on_another_day(
    tmp_path: Path, trace_at: Any
) -> None:
    add_traces([trace_at(1, hours=12.5), trace_at(2, hours=12.5)], tmp_path)
    earlier = trace_at(1, hours=11.5, segments=2)
    with LakeWriter(tmp_path) as writer:
        assert writer.versions([earlier["Id"], "1-6b042ac0-unknown"]).keys() == {earlier["Id"]}
        writer.add(earlier, revision=2)
    assert sorted(len(one["Segments"]) for one in load_traces(tmp_path)) == [1, 2]
    (before_midnight,) = load_traces(tmp_path, end=NOON + timedelta(hours=12))
    assert before_midnight == earlier


def test_a_trace_that_is_added_twice_is_there_once(tmp_path: Path, trace_at: Any) -> None:
    with LakeWriter(tmp_path) as writer:
        writer.add(trace_at(1), revision=1)
        writer.add(trace_at(1, segments=2), revision=1)
        writer.flush()
        writer.add(trace_at(1, segments=3), revision=1)
    (trace,) = load_traces(tmp_path)
    assert len(trace["Segments"]) == 3


def test_what_is_pending_is_written_after_some_seconds(tmp_path: Path, trace_at: Any) -> None:
    now_s = 0.0
    with LakeWriter(tmp_path, clock=lambda: now_s) as writer:
        writer.add(trace_at(1), revision=1)
        writer.flush_if_due()
        assert load_traces(tmp_path) == []
        now_s = 11.0
        writer.flush_if_due()
        assert len(load_traces(tmp_path)) == 1


def test_a_process_that_is_killed_leaves_a_lake_that_can_be_filled(
    tmp_path: Path, trace_at: Any
) -> None:
    code = (
        "import os, sys; from tracing_lab.spans.lake.writer import LakeWriter; "
        "writer = LakeWriter(sys.argv[1]); "
        "trace = {'Id': '1-6b042ac0-1', 'Segments': []}; writer.add(trace, 1); writer.flush(); "
        "writer.add({**trace, 'Id': '1-6b042ac0-2'}, 1); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    (part,) = lake_parts(tmp_path)
    draft = part.path.with_name(".half.parquet")
    draft.write_bytes(part.path.read_bytes()[:100])
    assert [one["Id"] for one in load_traces(tmp_path)] == ["1-6b042ac0-1"]
    assert add_traces([trace_at(3)], tmp_path) == 1
    assert not draft.exists()


def test_one_process_adds_at_a_time(tmp_path: Path, trace_at: Any) -> None:
    with LakeWriter(tmp_path), pytest.raises(FileError, match="another process that fills"):
        add_traces([trace_at(1)], tmp_path)
    assert add_traces([trace_at(1)], tmp_path) == 1


def test_an_empty_lake_has_no_traces(tmp_path: Path) -> None:
    assert add_traces([], tmp_path) == 0
    assert load_traces(tmp_path) == []
    assert load_spans(tmp_path).empty


def test_what_is_no_lake_is_rejected(tmp_path: Path, trace_at: Any) -> None:
    with pytest.raises(MissingFileError, match="tracing-lab fetch --lake"):
        load_traces(tmp_path / "missing")
    (tmp_path / "thesis.txt").write_text("important")
    with pytest.raises(TraceDataError, match="not a trace lake"):
        load_traces(tmp_path)
    with pytest.raises(TraceDataError, match="not a trace lake"):
        add_traces([trace_at(1)], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(FileError, match="cannot be"):
        add_traces([trace_at(1)], tmp_path / "thesis.txt" / "lake")


@pytest.mark.parametrize(
    "trace", [{}, {"Id": 1, "Segments": []}, {"Id": "1-1"}, {"Id": "1-1", "Segments": [{"Id": 1}]}]
)
def test_what_is_no_trace_is_rejected(tmp_path: Path, trace_at: Any, trace: Any) -> None:
    with pytest.raises(TraceDataError, match="is not a trace"):
        add_traces([trace_at(1), trace], tmp_path)
    assert [*tmp_path.iterdir()] == []


def test_a_lake_of_a_newer_format_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "trace-lake.json").write_text('{"format": 2}')
    with pytest.raises(TraceDataError, match=r"format 2\. Update tracing_lab"):
        load_traces(tmp_path)


@pytest.mark.parametrize("content", [b"", b"PAR1 not really"])
def test_a_damaged_part_is_named(tmp_path: Path, trace_at: Any, content: bytes) -> None:
    add_traces([trace_at(1)], tmp_path)
    (part,) = lake_parts(tmp_path)
    part.path.write_bytes(content)
    with pytest.raises(TraceDataError, match=f"{part.path.name} is not part of a trace lake"):
        load_traces(tmp_path)


def test_a_parquet_file_of_something_else_is_named(tmp_path: Path, trace_at: Any) -> None:
    add_traces([trace_at(1)], tmp_path)
    (part,) = lake_parts(tmp_path)
    pq.write_table(pa.table({"x": [1]}), part.path)
    with pytest.raises(TraceDataError, match=f"{part.path.name} is not part of a trace lake"):
        load_traces(tmp_path)


def test_files_that_somebody_else_put_there_are_ignored(tmp_path: Path, trace_at: Any) -> None:
    add_traces([trace_at(1)], tmp_path)
    (tmp_path / "day=tomorrow").mkdir()
    (tmp_path / "day=tomorrow" / "x.parquet").write_bytes(b"")
    (tmp_path / ".DS_Store").write_bytes(b"")
    assert len(load_traces(tmp_path)) == 1
