"""Time on the critical path."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from tracing_lab.graph import critical_path, trace_tree_from_spans
from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import (
    path_times,
)

Make = Callable[..., dict[str, Any]]


def test_time_on_the_path_is_that_of_the_span_waited_for(make_trace: Make) -> None:
    rows = ("a", None, 0, 10), ("b", "a", 1, 4), ("c", "a", 3, 9)
    spans = spans_from_traces([make_trace(*rows), make_trace(("a", None, 0, 2), trace_id="2")])
    times = path_times(spans)
    assert times.index.equals(spans.index)
    assert times.to_list() == pytest.approx([4, 0, 6, 2])  # a: 0 to 3 and 9 to 10


def test_time_between_event_and_consumer_is_on_no_span(make_trace: Make) -> None:
    rows = ("sender", None, 0, 2), ("consumer", "sender", 3, 7)
    assert path_times(spans_from_traces([make_trace(*rows)])).to_list() == pytest.approx([2, 4])


def test_path_times_are_those_of_each_traces_path_in_any_order(shop_spans: pd.DataFrame) -> None:
    shuffled = shop_spans.sample(frac=1, random_state=3)
    times = path_times(shuffled).reindex(shop_spans.index)
    for trace_id in shop_spans.index.get_level_values("trace_id").unique()[:10]:
        path = critical_path(trace_tree_from_spans(shop_spans, trace_id))
        expected = path.groupby("span_id")["duration_s"].sum()
        on_path = times[trace_id]
        assert on_path[on_path > 0].to_dict() == pytest.approx(expected.to_dict())


def test_no_spans_have_no_path_times(shop_spans: pd.DataFrame) -> None:
    assert path_times(shop_spans.iloc[:0]).empty
