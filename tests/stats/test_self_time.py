"""Self time by group."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from span_trees import sequential_trace

from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import critical_path_parts, self_time_summary

Make = Callable[..., dict[str, Any]]


def test_self_time_adds_up_to_all_that_was_spent(worked_spans: pd.DataFrame) -> None:
    for by in ("service", "node", "operation"):
        summary = self_time_summary(worked_spans, by=by)
        assert summary["self_s"].sum() == pytest.approx(worked_spans["self_s"].sum())
        assert summary["share"].sum() == pytest.approx(1)
        assert summary["self_s"].is_monotonic_decreasing


def test_subsegments_count_for_the_node_they_are_part_of(make_trace: Make) -> None:
    part = {"id": "p", "name": "work", "start_time": 1795435201, "end_time": 1795435204}
    trace = make_trace(("a", None, 0, 5, {"origin": "X", "subsegments": [part]}))
    spans = spans_from_traces([trace])
    assert self_time_summary(spans, by="node").loc[("a", "X"), "self_s"] == 5
    assert self_time_summary(spans)["self_s"].to_dict() == {
        ("a", "X", "work"): 3,
        ("a", "X", "a"): 2,
    }


def summary(number: int, **members: Any) -> dict[str, Any]:
    return {"Id": f"1-00000001-{number:x}", "StartTime": 1795435200.0 + number, **members}


def test_self_times_of_sequential_trees_sum_to_the_root_s_duration() -> None:
    spans = spans_from_traces([sequential_trace(seed) for seed in range(300)])
    own = spans["self_s"].groupby("trace_id").sum()
    whole = spans.loc[spans["depth"] == 0, "duration_s"].droplevel("span_id")
    assert (own - whole).abs().max() < 1e-9
    path = critical_path_parts(spans)["path_ns"].groupby("trace_id").sum()
    assert path.eq((whole[path.index] * 1e9).round()).all()
