"""Quotas count by day, week and month."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.apigateway.admission.quotas import DAYS_KEPT, QuotaCounts, period_start
from tracing_lab.embedded.model import QuotaSpec

MONDAY_S = 1_795_435_200.0  # 2026-11-23, noon
DAY_S = 86400.0
MONDAY = date(2026, 11, 23)


def taken(counts: QuotaCounts, quota: QuotaSpec, *days: int) -> list[bool]:
    """Make requests, each some days after Monday."""
    return [counts.take("p", "k", quota, now_s=MONDAY_S + day * DAY_S) for day in days]


@pytest.mark.parametrize(
    "period, days, expected",
    [
        ("DAY", (0, 0, 1), [True, False, True]),
        ("WEEK", (0, 5, 6), [True, False, True]),  # a new week begins on Sunday the 29th
        ("MONTH", (0, 7, 8), [True, False, True]),  # December begins on the 1st
    ],
)
def test_a_period_ends(period: str, days: tuple[int, ...], expected: list[bool]) -> None:
    assert taken(QuotaCounts(), QuotaSpec(1, period), *days) == expected


def test_the_offset_counts_in_the_first_period_only() -> None:
    quota = QuotaSpec(3, "DAY", offset=2)
    assert taken(QuotaCounts(), quota, 0, 0, 1, 1, 1, 1) == [True, False, True, True, True, False]


def test_days_show_what_was_used_and_what_was_left() -> None:
    counts, quota = QuotaCounts(), QuotaSpec(5, "WEEK")
    taken(counts, quota, 0, 0, 2)
    days = [MONDAY + timedelta(days=number) for number in (-1, 0, 1, 2, 6)]
    assert counts.usage("p", "k", quota, days) == [[0, 5], [2, 3], [0, 3], [1, 2], [0, 5]]
    assert counts.usage("p", "other", quota, days[:1]) == [[0, 5]]


def test_what_remains_can_be_set_until_the_period_ends() -> None:
    counts, quota = QuotaCounts(), QuotaSpec(1, "DAY")
    assert taken(counts, quota, 0, 0) == [True, False]
    counts.set_remaining("p", "k", quota, 2, now_s=MONDAY_S)
    assert taken(counts, quota, 0, 0, 0) == [True, True, False]
    counts.set_remaining("p", "k", quota, 0, now_s=MONDAY_S + DAY_S)
    assert taken(counts, quota, 1, 2, 2) == [False, True, False]


def test_a_raised_limit_counts_at_once() -> None:
    counts = QuotaCounts()
    assert taken(counts, QuotaSpec(1, "DAY"), 0, 0) == [True, False]
    assert taken(counts, QuotaSpec(2, "DAY"), 0, 0) == [True, False]


def test_old_days_are_forgotten() -> None:
    counts, quota = QuotaCounts(), QuotaSpec(9, "DAY")
    taken(counts, quota, 0, DAYS_KEPT + 40)
    assert counts.usage("p", "k", quota, [MONDAY]) == [[0, 9]]


@given(st.sampled_from(["DAY", "WEEK", "MONTH"]), st.integers(1, 4), st.lists(st.integers(0, 70)))
def test_no_period_gets_more_than_the_limit(period: str, limit: int, days: list[int]) -> None:
    days = sorted(days)
    results = taken(QuotaCounts(), QuotaSpec(limit, period), *days)
    for begin in {period_start(period, MONDAY + timedelta(days=day)) for day in days}:
        mine = [
            good
            for day, good in zip(days, results, strict=True)
            if period_start(period, MONDAY + timedelta(days=day)) == begin
        ]
        assert sum(mine) == min(limit, len(mine))
