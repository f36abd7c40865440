"""Every violation of a span frame is found."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from bad_spans import DOUBTFUL, VIOLATING, with_value

from tracing_lab.errors import TraceDataError, TraceDataWarning
from tracing_lab.spans import spans_from_traces, validate_spans
from tracing_lab.spans.validation import DOUBTS, VIOLATIONS, check_spans

EPOCH_S = 1795435200.0  # when `make_trace` begins


def test_validation_lists_all_violations_at_once(worked_spans: pd.DataFrame) -> None:
    broken = worked_spans.assign(kind="x", depth=-1, self_s=99.0)
    with pytest.raises(TraceDataError) as caught:
        validate_spans(broken)
    assert "kind 'x' is none of segment, subsegment, inferred" in str(caught.value)
    assert "depth is negative in 18 rows" in str(caught.value)
    assert "self_s lies outside 0 to duration_s in 18 rows" in str(caught.value)


def test_every_kind_has_an_example() -> None:
    assert VIOLATING.keys() == VIOLATIONS.keys()
    assert DOUBTFUL.keys() == DOUBTS.keys()


@pytest.mark.parametrize("kind", VIOLATING)
def test_each_violation_is_named(worked_spans: pd.DataFrame, kind: str) -> None:
    break_it, said = VIOLATING[kind]
    for check in (validate_spans, check_spans):
        with pytest.raises(TraceDataError, match=said):
            check(break_it(worked_spans))


@pytest.mark.parametrize("kind", DOUBTFUL)
def test_each_doubt_is_named(worked_spans: pd.DataFrame, kind: str) -> None:
    break_it, said = DOUBTFUL[kind]
    doubtful = break_it(worked_spans)
    with pytest.warns(TraceDataWarning, match=said):
        validate_spans(doubtful)
    check_spans(doubtful)


def test_what_is_wrong_is_found_by_its_ids(worked_spans: pd.DataFrame) -> None:
    trace_id, span_id = worked_spans.index[3]
    break_it = with_value("duration_s", 5.0, row=3)
    with pytest.raises(TraceDataError, match=f"trace_id {trace_id}, span_id {span_id}"):
        validate_spans(break_it(worked_spans))


def test_good_frames_raise_no_doubt(worked_spans: pd.DataFrame, shop_spans: pd.DataFrame) -> None:
    for spans in (worked_spans, shop_spans, shop_spans.iloc[:0]):
        validate_spans(spans)


def test_a_function_may_be_initialized_before_its_request(make_trace: Callable[..., Any]) -> None:
    init = {"id": "i", "name": "Initialization", "start_time": EPOCH_S, "end_time": EPOCH_S + 1}
    function = {"origin": "AWS::Lambda::Function", "subsegments": [init]}
    rows = ("a", None, 2.0, 4.0, {"origin": "AWS::Lambda"}), ("b", "a", 3.0, 4.0, function)
    validate_spans(spans_from_traces([make_trace(*rows)]))


def test_a_part_of_a_frame_is_valid(shop_spans: pd.DataFrame) -> None:
    check_spans(shop_spans.iloc[7:500:3])


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
