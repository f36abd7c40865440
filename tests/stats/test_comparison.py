"""How two sets of traces differ."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from comparisons import false_discoveries, slower_on_top, window

from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import compare

Make = Callable[..., dict[str, Any]]


def spans_lasting(make: Make, *seconds: float | None, **more: Any) -> pd.DataFrame:
    """Make one trace per duration, each of one segment called a."""
    return spans_from_traces(
        make(("a", None, 0, end, more), trace_id=str(number)) for number, end in enumerate(seconds)
    )


def test_a_shift_is_found_with_its_size(make_trace: Make) -> None:
    rng = np.random.default_rng(1)
    before = spans_lasting(make_trace, *rng.uniform(1, 2, 200))
    after = spans_lasting(make_trace, *rng.uniform(1.5, 2.5, 200))
    row = compare(before, after).loc["a"]
    assert row["p50_change_low_s"] < 0.5 < row["p50_change_high_s"]
    assert row["p50_change_low_s"] > 0
    assert row["p50_change_s"] == pytest.approx(row["p50_second_s"] - row["p50_first_s"])


def test_the_same_seed_gives_the_same_comparison(shop_spans: pd.DataFrame) -> None:
    first, second = (compare(shop_spans, shop_spans, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    known = first.dropna(subset=["p50_change_low_s", "p50_change_high_s"])
    assert len(known)
    assert (known["p50_change_low_s"] <= 0).all()
    assert (known["p50_change_high_s"] >= 0).all()
    assert not first["significant"].any()


def test_a_service_that_is_new_has_no_change(make_trace: Make) -> None:
    before = spans_lasting(make_trace, 1)
    row = compare(before.iloc[:0], before).loc["a"]
    assert (row["count_first"], row["count_second"], row["p50_second_s"]) == (0, 1, 1)
    assert row[["p50_change_s", "p50_change_low_s"]].isna().all()


def test_a_change_of_few_requests_has_no_bounds(make_trace: Make) -> None:
    row = compare(spans_lasting(make_trace, 1, 2), spans_lasting(make_trace, 3, 4)).loc["a"]
    assert row["p50_change_s"] == 2
    assert row[["p50_change_low_s", "p50_change_high_s", "latency_detectable_s"]].isna().all()


def test_a_caller_does_not_change_because_it_waits_for_longer() -> None:
    table: Any = compare(window(1), window(2, slower_ms=30.0))
    assert table.loc["order", "latency_q"] < 0.01
    assert table.loc["order", "own_q"] > 0.05
    assert table.loc["payment", "own_q"] < 1e-6
    assert table.loc["payment", "own_p50_change_s"] == pytest.approx(0.03, abs=0.008)


def test_failures_are_compared_by_trace(make_trace: Make) -> None:
    def failing(count: int) -> pd.DataFrame:
        rows = [("a", None, 0, 1), ("b", "a", 0, 1), ("c", "a", 0, 1, {"name": "b", "fault": True})]
        traces = (rows if n < count else rows[:2] for n in range(40))
        return spans_from_traces(
            make_trace(*one, trace_id=f"1-00000001-{n:024x}") for n, one in enumerate(traces)
        )

    row: Any = compare(failing(0), failing(20)).loc["b"]
    assert row[["count_first", "traces_first", "count_second"]].tolist() == [40, 40, 60]
    assert row["failure_second_rate"] == pytest.approx(20 / 60)
    assert row["failure_q"] < 0.001
    assert 0 < row["failure_change_low"] < row["failure_change"] < row["failure_change_high"]


def test_what_occurs_in_other_traces_is_a_change(make_trace: Make) -> None:
    first = spans_lasting(make_trace, *[1.0] * 30)
    both = [("a", None, 0, 1), ("b", "a", 0, 1)]
    second = spans_from_traces(
        make_trace(*both[: 1 + n % 2], trace_id=f"1-00000001-{n:024x}") for n in range(30)
    )
    row: Any = compare(first, second).iloc[0]
    assert row.name == "b"
    assert row["significant"]
    assert row[["traces_first", "traces_second"]].tolist() == [0, 15]


def test_nothing_is_discovered_where_nothing_differs() -> None:
    tested, plain = false_discoveries(12, pool_size=800)
    assert tested <= 1 / 12
    assert plain > tested


def test_the_service_that_got_slower_is_on_top() -> None:
    assert slower_on_top(5) == 5
