"""What makes slow requests slow."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from tracing_lab.spans import spans_from_traces
from tracing_lab.stats import end_to_end, tail_attribution
from tracing_lab.stats.tail_interval import Ranks, excess_interval

Make = Callable[..., dict[str, Any]]
MS = 1_000_000


def shop(make_trace: Make, rows: list[tuple[int, int]]) -> pd.DataFrame:
    """Return a trace for each pair of own times, of a shop and of a payment, in milliseconds."""
    traces = [
        make_trace(
            ("shop", None, 0, (own + payment) / 1000),
            ("payment", "shop", 0, payment / 1000),
            trace_id=f"1-{number}",
        )
        for number, (own, payment) in enumerate(rows)
    ]
    return spans_from_traces(traces)


def test_the_excess_is_that_of_the_slow_part(make_trace: Make) -> None:
    spans = shop(make_trace, [(10, 20)] * 90 + [(10, 120)] * 10)
    table = tail_attribution(spans, q=0.9)
    assert table.attrs == {"requests": 100, "slow": 10, "threshold_s": 0.13, "median_s": 0.03}
    assert table["excess_ns"].to_dict() == {
        ("service", "payment"): 10 * 100 * MS,
        ("service", "shop"): 0,
    }
    assert table.loc[("service", "payment"), "mean_excess_s"] == pytest.approx(0.1)
    assert table["share"].to_list() == [1, 0]
    assert table["share_of_slow"].to_list() == pytest.approx([120 / 130, 10 / 130])


def test_what_is_faster_in_slow_requests_has_a_negative_share(make_trace: Make) -> None:
    table = tail_attribution(shop(make_trace, [(10, 20)] * 9 + [(5, 65)]), q=0.9)
    assert table["share"].to_list() == [45 / 40, -5 / 40]


own_times = st.tuples(st.integers(0, 9), st.integers(0, 9))


@given(rows=st.lists(own_times, min_size=1, max_size=30), q=st.floats(0.61, 0.999))
def test_the_parts_sum_to_the_whole_exactly(
    make_trace: Make, rows: list[tuple[int, int]], q: float
) -> None:
    spans = shop(make_trace, rows)
    table = tail_attribution(spans, q=q)
    durations = sorted(round(one * 1e9) for one in end_to_end(spans)["duration_s"] if one)
    if not durations:
        assert table.empty
        return
    slow = table.attrs["slow"]
    median = (durations[(len(durations) - 1) // 2] + durations[len(durations) // 2]) // 2
    assert 1 <= slow <= len(durations)
    assert durations[-slow:] == [one for one in durations if one >= durations[-slow]]
    assert table["slow_ns"].sum() == sum(durations[-slow:])
    assert table["median_ns"].sum() == slow * median
    assert table["excess_ns"].sum() == sum(one - median for one in durations[-slow:])


@pytest.mark.parametrize("q", [0.75, 0.95, 0.99])
def test_the_tail_of_the_shop_sums_exactly(shop_spans: pd.DataFrame, q: float) -> None:
    table = tail_attribution(shop_spans, q=q, by="operation")
    durations = np.sort((end_to_end(shop_spans)["duration_s"] * 1e9).round().astype("int64"))
    slow = durations[math.ceil(q * len(durations)) :]
    assert table["slow_ns"].sum() == slow.sum()
    median = int(durations[(len(durations) - 1) // 2] + durations[len(durations) // 2]) // 2
    assert table["excess_ns"].sum() == (slow - median).sum()
    known = table[["excess_low_s", "excess_high_s"]].notna().all(axis=None)
    assert known == (len(slow) >= 10)


def test_intervals_are_the_same_each_time_and_hold_the_estimate(shop_spans: pd.DataFrame) -> None:
    first, second = (tail_attribution(shop_spans, q=0.8) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)
    payment = first.iloc[0]
    assert payment["excess_low_s"] <= payment["mean_excess_s"] <= payment["excess_high_s"]


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    # exponential parts: the tail's mean exceeds the threshold by 1, and all are typical alike
    rng = np.random.default_rng(7)
    ranks = Ranks(total=400, typical=160, above_typical=240, slow=360)
    truth = math.log(10) + 1 - math.log(2)
    covered = 0
    for _ in range(200):
        times = np.sort(rng.exponential(size=400))[:, None]
        low, high = excess_interval(times, ranks, confidence=0.9, rng=rng)
        covered += int(low[0] <= truth <= high[0])
    assert covered >= 165


@pytest.mark.parametrize("how", [{"q": 0.5}, {"q": 1.0}, {"confidence": 95}])
def test_shares_out_of_range_are_rejected(worked_spans: pd.DataFrame, how: Any) -> None:
    with pytest.raises(ValueError, match="must be between"):
        tail_attribution(worked_spans, **how)


def test_no_spans_have_an_empty_attribution(worked_spans: pd.DataFrame) -> None:
    empty, full = (tail_attribution(one) for one in (spans_from_traces([]), worked_spans))
    assert empty.empty
    assert list(empty.columns) == list(full.columns)
    assert math.isnan(empty.attrs["threshold_s"])
