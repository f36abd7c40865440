"""Totals over critical paths."""

from typing import get_args

import pandas as pd
import pytest

from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import Grouping, critical_path_parts, critical_path_summary, end_to_end


@pytest.mark.parametrize("by", get_args(Grouping))
def test_totals_add_up_to_the_duration_of_all_traces(
    shop_spans: pd.DataFrame, by: Grouping
) -> None:
    summary = critical_path_summary(shop_spans, by=by)
    durations = end_to_end(shop_spans)["duration_s"]
    assert summary["path_ns"].sum() == sum(round(one * 1e9) for one in durations)
    assert summary["mean_path_s"].sum() == pytest.approx(durations.mean())
    assert summary["share"].sum() == pytest.approx(1)
    assert summary.index.is_unique


def test_totals_are_those_of_the_stretches(shop_spans: pd.DataFrame) -> None:
    parts = critical_path_parts(shop_spans).reset_index()
    groups = parts.groupby(["cause", "service"], observed=True)
    summary = critical_path_summary(shop_spans, by="service")
    assert groups["path_ns"].sum().to_dict() == summary["path_ns"].to_dict()
    assert groups["trace_id"].nunique().to_dict() == summary["traces"].to_dict()
    assert {"service", "cold start", "bus"} <= {cause for cause, _ in summary.index}


def test_operations_have_the_type_of_their_segment(shop_spans: pd.DataFrame) -> None:
    causes = critical_path_summary(shop_spans).xs("cold start", level="cause")
    assert {*causes.index.get_level_values("origin")} == {"AWS::Lambda::Function"}


def test_no_spans_have_an_empty_summary(worked_spans: pd.DataFrame) -> None:
    empty, full = (critical_path_summary(one) for one in (spans_from_traces([]), worked_spans))
    assert empty.empty
    assert list(empty.columns) == list(full.columns)
    assert empty.index.names == full.index.names


def test_other_groupings_are_rejected(worked_spans: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="must be one of service, node, operation"):
        critical_path_summary(worked_spans, by="colour")  # type: ignore[arg-type] # what is tested
