"""Every violation of a span frame is found."""

from typing import Any

import pandas as pd
import pytest

from tracing_lab.errors import TraceDataError
from tracing_lab.spans import (
    validate_spans,
)


def test_validation_lists_all_violations_at_once(worked_spans: pd.DataFrame) -> None:
    broken = worked_spans.assign(kind="x", depth=-1, self_s=99.0)
    with pytest.raises(TraceDataError) as caught:
        validate_spans(broken)
    assert "kind 'x' is none of segment, subsegment, inferred" in str(caught.value)
    assert "depth is negative in 18 rows" in str(caught.value)
    assert "self_s lies outside 0 to duration_s in 18 rows" in str(caught.value)


def break_one(spans: pd.DataFrame, column: str, value: Any) -> pd.DataFrame:
    broken = spans.copy()
    broken[column] = broken[column].where([False] + [True] * (len(spans) - 1), value)
    return broken


@pytest.mark.parametrize(
    "column,value,said",
    [
        ("status", "fine", "status 'fine' is none of"),
        ("service", None, "service is missing in 1 rows"),
        ("annotations", "x", "annotations is not a dictionary in 1 rows"),
        ("end", pd.Timestamp("2020-01-01", tz="UTC"), "end lies before start in 1 rows"),
        ("duration_s", 5.0, "duration_s is not end - start in 1 rows"),
        ("end", pd.NaT, "duration_s is known although the span has not ended in 1 rows"),
        ("status", "in_progress", "status does not say whether the span has ended in 1 rows"),
    ],
)
def test_each_violation_is_found(
    worked_spans: pd.DataFrame, column: str, value: Any, said: str
) -> None:
    with pytest.raises(TraceDataError, match=said):
        validate_spans(break_one(worked_spans, column, value))


def test_the_form_of_a_frame_is_checked_first(worked_spans: pd.DataFrame) -> None:
    broken = worked_spans.reset_index("span_id").astype({"depth": "float64"})
    with pytest.raises(TraceDataError) as caught:
        validate_spans(broken)
    assert "the index is ['trace_id'], not" in str(caught.value)
    assert "column 'depth' has type float64, not int64" in str(caught.value)
    assert "column 'span_id' is unknown" in str(caught.value)


def test_a_span_must_not_occur_twice(worked_spans: pd.DataFrame) -> None:
    twice = pd.concat([worked_spans, worked_spans.iloc[[0]]])
    with pytest.raises(TraceDataError, match=r"span 2b4e0ef3499cd701 of trace .* occurs twice"):
        validate_spans(twice)
