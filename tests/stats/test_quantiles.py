"""Percentiles and their intervals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tracing_lab.stats import (
    percentile_interval,
)


def test_the_order_statistics_that_enclose_a_median() -> None:
    # 40th and 61st of a hundred: the textbook's 95% interval
    assert percentile_interval(range(1, 101), 0.5) == (40, 61)


@pytest.mark.parametrize("count,known", [(5, False), (6, True)])
def test_a_median_needs_six_values(count: int, known: bool) -> None:  # noqa: FBT001 - a parameter
    low, high = percentile_interval(range(count), 0.5)
    assert (not math.isnan(low), not math.isnan(high)) == (known, known)


@pytest.mark.parametrize("count,known", [(71, False), (72, True)])
def test_the_95th_percentile_is_bounded_above_from_72_values(
    count: int,
    known: bool,  # noqa: FBT001 - a parameter
) -> None:
    assert math.isnan(percentile_interval(range(count), 0.95)[1]) != known


def test_nan_is_no_value() -> None:
    values = [*range(1, 101), math.nan]
    assert percentile_interval(values, 0.5) == (40, 61)


@pytest.mark.parametrize("q,confidence", [(0, 0.95), (1, 0.95), (0.5, 0), (0.5, 95)])
def test_fractions_must_be_fractions(q: float, confidence: float) -> None:
    with pytest.raises(ValueError, match="must lie between 0 and 1"):
        percentile_interval([1.0], q, confidence=confidence)


def test_intervals_cover_the_truth_as_often_as_they_promise() -> None:
    rng = np.random.default_rng(7)
    intervals = [percentile_interval(rng.exponential(size=80), 0.5) for _ in range(1500)]
    covered = sum(low <= math.log(2) <= high for low, high in intervals)
    assert 0.94 < covered / 1500 < 0.985


@settings(max_examples=60)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 0.99))
def test_an_interval_contains_its_percentile(values: list[float], q: float) -> None:
    low, high = percentile_interval(values, q)
    middle = np.quantile(values, q, method="inverted_cdf")
    assert math.isnan(low) or low <= middle
    assert math.isnan(high) or high >= middle
