"""Percentiles and their intervals."""

import bisect
import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from certainty import DISTRIBUTIONS, coverage
from hypothesis import given, strategies as st

from tracing_lab.stats import needed_count, or_unknown, order_bounds, percentile_interval


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
    with pytest.raises(ValueError, match="must be between 0 and 1"):
        percentile_interval([1.0], q, confidence=confidence)


@pytest.mark.parametrize("count", [0, 1, 7, 80, 900])
@pytest.mark.parametrize("q", [0.01, 0.5, 0.95, 0.999])
def test_the_bounds_are_those_of_the_binomial_distribution(count: int, q: float) -> None:
    hits, outcomes = q.as_integer_ratio()
    misses = outcomes - hits
    ways = [misses**count]
    for k in range(count):
        ways.append(ways[k] * (count - k) * hits // ((k + 1) * misses))
    below = [*itertools.accumulate(ways)]  # in units of 1 / all_outcomes
    all_outcomes = outcomes**count
    low = bisect.bisect_right(below, math.floor(Fraction(0.025) * all_outcomes)) - 1
    high = bisect.bisect_left(below, math.ceil(Fraction(0.975) * all_outcomes))
    assert order_bounds(count, q) == (low, high)


@pytest.mark.parametrize("q", [0.05, 0.5, 0.9, 0.95, 0.99])
def test_one_value_less_than_needed_is_too_few(q: float) -> None:
    needed = needed_count(q)
    known = [
        not any(map(math.isnan, percentile_interval(range(count), q)))
        for count in (needed - 1, needed)
    ]
    assert known == [False, True]


def test_what_is_not_known_is_not_written() -> None:
    assert or_unknown("1.2 s", math.nan, 0.99) == "unknown (needs 368)"
    assert or_unknown("1.2 s", 1.3, 0.99) == or_unknown("1.2 s", math.nan, 0.5) == "1.2 s"


@pytest.mark.parametrize("name", DISTRIBUTIONS)
@pytest.mark.parametrize("q", [0.5, 0.95])
def test_intervals_cover_the_truth_as_often_as_they_promise(name: str, q: float) -> None:
    assert coverage(name, q, count=100, simulations=4_000) >= 0.94


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 0.99))
def test_an_interval_contains_its_percentile(values: list[float], q: float) -> None:
    low, high = percentile_interval(values, q)
    middle = np.quantile(values, q, method="inverted_cdf")
    assert math.isnan(low) or low <= middle
    assert math.isnan(high) or high >= middle
