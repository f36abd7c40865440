"""Counts and histograms, written and read."""

import pytest
from hypothesis import given, strategies as st

from tracing_lab.xray_model.statistics import (
    RequestCounts,
    counts_from_histogram,
    histogram_from_counts,
    to_ms,
)

COUNTS = RequestCounts(ok=5, error=3, throttle=2, fault=1)


def test_throttles_are_among_the_errors() -> None:
    assert COUNTS.as_statistics() == {
        "OkCount": 5,
        "ErrorStatistics": {"ThrottleCount": 2, "OtherCount": 3, "TotalCount": 5},
        "FaultStatistics": {"OtherCount": 1, "TotalCount": 1},
        "TotalCount": 11,
    }


def test_missing_statistics_count_as_zero() -> None:
    assert RequestCounts.from_statistics({}) == RequestCounts()
    abridged = {"TotalCount": 4, "ErrorStatistics": {"TotalCount": 1, "ThrottleCount": 1}}
    assert RequestCounts.from_statistics(abridged) == RequestCounts(ok=3, throttle=1)


@given(st.builds(RequestCounts, *[st.integers(0, 1000)] * 4))
def test_counts_read_what_counts_wrote(counts: RequestCounts) -> None:
    assert RequestCounts.from_statistics(counts.as_statistics()) == counts


@pytest.mark.parametrize("microseconds, ms", [(0, 0), (499, 0), (500, 1), (1499, 1), (1500, 2)])
def test_halves_of_a_millisecond_are_rounded_up(microseconds: int, ms: int) -> None:
    assert to_ms(microseconds) == ms


def test_a_histogram_ascends_and_adds_what_is_equal() -> None:
    entries = [{"Value": 0.5, "Count": 1}, {"Value": 0.1, "Count": 2}, {"Value": 0.5, "Count": 4}]
    counts = counts_from_histogram(entries)
    assert counts == {0.5: 5, 0.1: 2}
    assert histogram_from_counts(counts) == [
        {"Value": 0.1, "Count": 2},
        {"Value": 0.5, "Count": 5},
    ]
