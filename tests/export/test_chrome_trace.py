"""Spans in Chrome's trace event format."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, strategies as st

from tracing_lab.export import spans_to_chrome_trace
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]
EPOCH = 1795435200


def chrome(spans: pd.DataFrame, folder: Path) -> list[dict[str, Any]]:
    path = spans_to_chrome_trace(spans, folder / "new" / "trace.json")
    return json.loads(path.read_text())["traceEvents"]


def test_every_span_is_a_slice_in_microseconds(tmp_path: Path, worked_spans: pd.DataFrame) -> None:
    slices = [event for event in chrome(worked_spans, tmp_path) if event["ph"] == "X"]
    function = next(one for one in slices if one["args"]["span_id"] == "224acacf31b69901")
    assert len(slices) == 18
    assert (function["ts"], function["dur"]) == (1795435200271512, 133721)


def test_annotations_are_arguments_of_a_slice(tmp_path: Path, worked_spans: pd.DataFrame) -> None:
    slices = [event for event in chrome(worked_spans, tmp_path) if event["ph"] == "X"]
    root = next(one for one in slices if one["args"]["span_id"] == "2b4e0ef3499cd701")
    assert root["args"]["annotations"]["aws:api_stage"] == "prod"
    assert root["args"]["http_status"] == 201


def test_a_trace_is_a_process_and_a_segment_a_thread(
    tmp_path: Path, worked_spans: pd.DataFrame
) -> None:
    names = [event for event in chrome(worked_spans, tmp_path) if event["ph"] == "M"]
    threads = [event["args"]["name"] for event in names if event["name"] == "thread_name"]
    assert names[0]["args"]["name"] == "trace 1-6b042ac0-5d09aa705e56bbd015254801"
    assert sorted(threads) == sorted(
        ["orders-api/prod", "order-fn", "order-fn", "orders", "Events", "ship-fn", "ship-fn"]
    )


def test_slices_of_a_thread_nest(tmp_path: Path, shop_spans: pd.DataFrame) -> None:
    by_thread: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for event in chrome(shop_spans, tmp_path):
        if event["ph"] == "X":
            bounds = (event["ts"], event["ts"] + event["dur"])
            by_thread.setdefault((event["pid"], event["tid"]), []).append(bounds)
    for slices in by_thread.values():
        assert_nested(slices)


INTERVALS = st.tuples(st.integers(1, 40), st.integers(0, 20)).map(lambda two: (two[0], sum(two)))


def slices_of(folder: Path, intervals: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Return the slices in each thread of a segment with subsegments at these microseconds."""
    parts = [
        {"id": f"p{n}", "name": "p", "start_time": EPOCH + a / 1e6, "end_time": EPOCH + b / 1e6}
        for n, (a, b) in enumerate(intervals)
    ]
    times = {"start_time": EPOCH, "end_time": EPOCH + 9}
    document = {"id": "s", "name": "s", **times, "subsegments": parts}
    spans = spans_from_traces([{"Id": "1-1", "Segments": [{"Document": document}]}])
    by_thread: dict[int, list[tuple[int, int]]] = {}
    for event in (one for one in chrome(spans, folder) if one["ph"] == "X"):
        by_thread.setdefault(event["tid"], []).append((event["ts"], event["ts"] + event["dur"]))
    return [*by_thread.values()]


def assert_nested(slices: list[tuple[int, int]]) -> None:
    open_ends: list[int] = []
    for start, end in sorted(slices, key=lambda one: (one[0], -one[1])):
        while open_ends and open_ends[-1] <= start:
            open_ends.pop()
        assert not open_ends or end <= open_ends[-1]
        open_ends.append(end)


@given(st.lists(INTERVALS, max_size=12))
def test_slices_nest_however_subsegments_overlap(
    tmp_path_factory: pytest.TempPathFactory, intervals: list[tuple[int, int]]
) -> None:
    for slices in slices_of(tmp_path_factory.getbasetemp(), intervals):
        assert_nested(slices)


def test_a_thread_is_used_again_and_a_part_lies_in_its_own_parent(tmp_path: Path) -> None:
    threads = slices_of(tmp_path, [(1, 5), (2, 6), (3, 4), (7, 9), (8, 10)])
    assert [len(slices) for slices in threads] == [4, 2]
    first, second = slices_of(tmp_path, [(1, 9), (2, 10), (3, 10)])
    assert (len(first), len(second)) == (2, 2)


def test_many_overlapping_subsegments_take_no_longer_each(tmp_path: Path) -> None:
    started = time.process_time()
    assert len(slices_of(tmp_path, [(n, n + 20_000) for n in range(1, 20_000)])) == 19_999
    assert time.process_time() - started < 10.0  # a step for each pair takes half a minute


def test_subsegments_side_by_side_get_a_thread_more(tmp_path: Path, make_trace: Make) -> None:
    parts = [
        {"id": f"p{n}", "name": "p", "start_time": 1795435201 + n, "end_time": 1795435203 + n}
        for n in range(2)
    ]
    spans = spans_from_traces([make_trace(("a", None, 0, 9, {"subsegments": parts}))])
    threads = {event["tid"] for event in chrome(spans, tmp_path) if event["ph"] == "X"}
    assert len(threads) == 2


def test_arrows_lead_from_caller_to_callee(tmp_path: Path, worked_spans: pd.DataFrame) -> None:
    events = chrome(worked_spans, tmp_path)
    leaves, arrives = ([e for e in events if e["ph"] == phase] for phase in "sf")
    assert len(leaves) == len(arrives) == 6
    assert [one["id"] for one in leaves] == [one["id"] for one in arrives]
    assert all(one["ts"] <= two["ts"] for one, two in zip(leaves, arrives, strict=True))


def test_all_columns_of_ended_spans_are_in_the_file(
    tmp_path: Path, worked_spans: pd.DataFrame, shop_spans: pd.DataFrame
) -> None:
    annotated = {"annotations": {"status": "x", "span_id": [1]}, "error": True, "fault": True}
    part = {"id": "p", "name": "p", "start_time": 1795435201, "end_time": 1795435202, **annotated}
    odd = [{"Id": "1-00000001-1", "Segments": [{"Document": part | {"parent_id": "lost"}}]}]
    for spans in (worked_spans, shop_spans, spans_from_traces(odd)):
        events = chrome(spans, tmp_path)
        names = {
            (e["pid"], e["tid"], e["name"]): e["args"]["name"] for e in events if e["ph"] == "M"
        }
        rows = {}
        for event in (one for one in events if one["ph"] == "X"):
            args = event["args"]
            trace_id = names[event["pid"], 0, "process_name"].removeprefix("trace ")
            times = event["ts"], event["ts"] + event["dur"]
            flags = [args.get(flag, False) for flag in FLAGS]
            texts = [args.get(text) for text in TEXTS]
            row = event["name"], *times, *flags, *texts, args.get("annotations", {})
            rows[trace_id, args["span_id"]] = row
        assert rows == {
            index: tuple(row) for index, *row in map(read, spans.reset_index().itertuples())
        }


FLAGS = ("error", "fault", "throttle", "cold_start")
TEXTS = ("parent_id", "kind", "origin", "status", "http_status")


def read(span: Any) -> Any:
    """Return what is in a row: its index, and its values as they are in the file."""
    times = (time.value // 1000 for time in (span.start, span.end))
    flags = (getattr(span, flag) for flag in FLAGS)
    texts = (getattr(span, text) for text in TEXTS)
    known = (None if pd.isna(text) else text for text in texts)
    return (span.trace_id, span.span_id), span.name, *times, *flags, *known, span.annotations


def test_spans_in_progress_are_no_slices(tmp_path: Path, make_trace: Make) -> None:
    spans = spans_from_traces([make_trace(("a", None, 0, None), ("b", "a", 0, 1))])
    slices = [event["name"] for event in chrome(spans, tmp_path) if event["ph"] == "X"]
    assert slices == ["b"]
