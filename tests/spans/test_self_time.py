"""Self times leave out what children cover."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from tracing_lab.spans import (
    spans_from_traces,
)

EPOCH = 1795435200.0  # where the literal traces begin
Make = Callable[..., dict[str, Any]]


def one(spans: pd.DataFrame, span_id: str) -> pd.Series:
    return spans.xs(span_id, level="span_id").iloc[0]


def test_self_time_leaves_out_what_children_cover_once(make_trace: Make) -> None:
    # GIVEN children from 1 to 4 and from 3 to 5, and one that outlives its parent from 9 to 12
    trace = make_trace(("a", None, 0, 10), ("b", "a", 1, 4), ("c", "a", 3, 5), ("d", "a", 9, 12))
    # THEN the parent keeps 10 - 4 - 1 seconds, and the children all of theirs
    assert spans_from_traces([trace])["self_s"].tolist() == [5, 3, 2, 3]


def test_a_child_elsewhere_in_time_takes_nothing(make_trace: Make) -> None:
    trace = make_trace(("a", None, 0, 1), ("b", "a", 5, 6))
    assert spans_from_traces([trace])["self_s"].tolist() == [1, 1]


def test_an_attempt_and_its_function_are_not_counted_twice(worked_spans: pd.DataFrame) -> None:
    # GIVEN Attempt #1 (506 ms) around initialization (193.331 ms) and the function (249.754 ms)
    attempt = one(worked_spans, "695ea167ab53c201")
    assert attempt["self_s"] == pytest.approx(0.506 - 0.193331 - 0.249754)


def test_a_retried_function_counts_for_the_attempt_it_ran_in(make_trace: Make) -> None:
    attempts = [
        {
            "id": f"a{n}",
            "name": f"Attempt #{n}",
            "start_time": EPOCH + n,
            "end_time": EPOCH + n + 0.5,
        }
        for n in (1, 2)
    ]
    function = {"origin": "AWS::Lambda::Function"}
    trace = make_trace(
        ("service", None, 0, 0.5, {"origin": "AWS::Lambda", "subsegments": attempts}),
        ("first", "service", 1.125, 1.25, function),
        ("second", "service", 2.25, 2.5, function),
    )
    spans = spans_from_traces([trace])
    assert [one(spans, name)["self_s"] for name in ("service", "a1", "a2")] == [0.5, 0.375, 0.25]


def test_initialization_counts_for_what_lies_around_the_function(
    worked_spans: pd.DataFrame,
) -> None:
    service = one(worked_spans, "4174aefb49d05401")
    assert service["self_s"] == pytest.approx(0.399 - 0.187913 - 0.133721)


spans_of_a_sequence = st.lists(st.integers(1, 1000), min_size=1, max_size=20)


@settings(max_examples=25)
@given(spans_of_a_sequence)
def test_self_times_of_a_sequence_add_up_to_the_root(milliseconds: list[int]) -> None:
    ends = np.cumsum(milliseconds) / 1e3
    root = {"id": "r", "name": "r", "start_time": 1.0, "end_time": 1.0 + ends[-1] + 0.5}
    root["subsegments"] = [
        {"id": str(n), "name": "x", "start_time": 1 + end - ms / 1e3, "end_time": 1 + end}
        for n, (ms, end) in enumerate(zip(milliseconds, ends, strict=True))
    ]
    spans = spans_from_traces([{"Id": "t", "Segments": [{"Document": root}]}])
    assert (spans["self_s"] >= 0).all()
    assert spans["self_s"].sum() == pytest.approx(one(spans, "r")["duration_s"], abs=1e-5)
