"""Trace trees and critical paths."""

import json
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from tracing_lab.errors import TraceDataError
from tracing_lab.graph import (
    critical_path,
    one_trace,
    trace_tree_from_spans,
)
from tracing_lab.graph.trace_tree import critical_path_of_trace
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]
WORKED = "1-6b042ac0-5d09aa705e56bbd015254801"


def document(span_id: str, parent: str | None, start: float, end: float) -> dict[str, Any]:
    more = {"parent_id": parent} if parent else {}
    return {"id": span_id, "name": span_id, "start_time": 1 + start, "end_time": 1 + end} | more


def test_a_trace_is_a_tree_of_its_spans(worked_spans: pd.DataFrame) -> None:
    tree = trace_tree_from_spans(worked_spans, WORKED)
    assert nx.is_arborescence(tree)
    assert len(tree) == 18
    assert tree.nodes["0ac9d1f2b3c4d501"]["name"] == "Events"
    assert list(tree.successors("0ac9d1f2b3c4d501")) == ["4f3daf0881368d01"]


def test_an_unknown_trace_is_refused(worked_spans: pd.DataFrame) -> None:
    with pytest.raises(TraceDataError, match="Trace x is not among these 1"):
        one_trace(worked_spans, "x")


def path_of(*rows: tuple[Any, ...], make: Make) -> list[tuple[str, float, float]]:
    spans = spans_from_traces([make(*rows, trace_id="t")])
    path = critical_path(trace_tree_from_spans(spans, "t"))
    begin = spans["start"].min()
    seconds = [(path[side] - begin).dt.total_seconds().round(6) for side in ("start", "end")]
    return list(zip(path["span_id"], *seconds, strict=True))


def test_a_path_is_the_same_without_the_tree(
    shop_spans: pd.DataFrame, worked_spans: pd.DataFrame
) -> None:
    for spans in (shop_spans, worked_spans):
        for trace_id in spans.index.unique("trace_id")[:20]:
            with_tree = critical_path(trace_tree_from_spans(spans, trace_id))
            without = critical_path_of_trace(one_trace(spans, trace_id))
            pd.testing.assert_frame_equal(with_tree, without, check_categorical=False)


def test_the_path_runs_through_the_child_that_ended_last(make_trace: Make) -> None:
    rows = ("a", None, 0, 10), ("b", "a", 1, 4), ("c", "a", 3, 9)
    assert path_of(*rows, make=make_trace) == [("a", 0, 3), ("c", 3, 9), ("a", 9, 10)]


def test_the_path_runs_through_children_one_after_another(make_trace: Make) -> None:
    rows = ("a", None, 0, 10), ("b", "a", 1, 4), ("c", "a", 5, 9)
    assert [name for name, *_ in path_of(*rows, make=make_trace)] == ["a", "b", "a", "c", "a"]


def test_the_path_leaves_a_parent_that_its_child_outlives(make_trace: Make) -> None:
    # GIVEN a bus (1 to 2) whose target runs on from 3 to 8, after the root ended at 4
    rows = ("root", None, 0, 4), ("bus", "root", 1, 2), ("target", "bus", 3, 8)
    # THEN the root's own end is not on the path, nor is the flight from 2 to 3
    expected = [("root", 0, 1), ("bus", 1, 2), ("target", 3, 8)]
    assert path_of(*rows, make=make_trace) == expected


def test_the_path_covers_a_forest(make_trace: Make) -> None:
    rows = ("a", None, 0, 2), ("b", "lost", 3, 5)
    assert path_of(*rows, make=make_trace) == [("a", 0, 2), ("b", 3, 5)]


def test_a_span_in_progress_counts_for_what_is_known_below_it(make_trace: Make) -> None:
    rows = ("a", None, 0, None), ("b", "a", 1, 2)
    assert path_of(*rows, make=make_trace) == [("b", 1, 2)]


def test_the_path_goes_into_the_function_of_an_attempt(worked_spans: pd.DataFrame) -> None:
    path = critical_path(trace_tree_from_spans(worked_spans, WORKED))
    assert path["span_id"].tolist()[-4:] == [
        "3705e19822f3db01",
        "03f9591e84c79001",
        "3705e19822f3db01",
        "695ea167ab53c201",
    ]
    assert path["duration_s"].sum() == pytest.approx(0.953 - (0.402 - 0.389))


@settings(max_examples=25)
@given(st.data())
def test_a_path_never_overlaps_itself_and_ends_with_the_trace(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    documents = []
    for number in range(count):
        parent = data.draw(st.none() | st.integers(0, number - 1)) if number else None
        start = data.draw(st.integers(0, 50))
        end = start + data.draw(st.integers(1, 50))
        name = None if parent is None else str(parent)
        documents.append({"Document": json.dumps(document(str(number), name, start, end))})
    spans = spans_from_traces([{"Id": "t", "Segments": documents}])
    path = critical_path(trace_tree_from_spans(spans, "t"))
    assert path["end"].iloc[-1] == spans["end"].max()
    assert (path["start"].iloc[1:].to_numpy() >= path["end"].iloc[:-1].to_numpy()).all()
    extent = (spans["end"].max() - spans["start"].min()).total_seconds()
    assert 0 < path["duration_s"].sum() <= extent + 1e-9
    inside = spans.droplevel("trace_id").loc[path["span_id"]]
    assert np.all(path["start"].to_numpy() >= inside["start"].to_numpy())
    assert np.all(path["end"].to_numpy() <= inside["end"].to_numpy())
