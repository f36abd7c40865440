"""Tables of empty frames have their columns."""

from typing import Any

import pandas as pd
import pytest

from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import (
    call_paths,
    cold_starts,
    compare,
    end_to_end,
    error_rates,
    latency_summary,
    self_time_summary,
    whole_traces,
)
from tracing_lab.summaries import frame_from_summaries


@pytest.mark.parametrize(
    "function", [call_paths, latency_summary, self_time_summary, end_to_end, cold_starts]
)
def test_no_spans_give_an_empty_table_with_its_columns(
    function: Any, worked_spans: pd.DataFrame
) -> None:
    empty = function(spans_from_traces([]))
    assert empty.empty
    assert list(empty.columns) == list(function(worked_spans).columns)


def test_two_empty_frames_compare_to_an_empty_table(worked_spans: pd.DataFrame) -> None:
    empty = worked_spans.iloc[:0]
    assert compare(empty, empty).columns.tolist() == compare(worked_spans, empty).columns.tolist()


def test_tables_of_no_summaries_have_their_columns() -> None:
    empty = frame_from_summaries([])
    assert latency_summary(empty).columns[0] == "count"
    assert len(whole_traces(empty)) == len(error_rates(empty)) == 0
    assert error_rates(empty, every="1min").columns[-1] == "failure_high"
