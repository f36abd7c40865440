"""Schedule expressions of Scheduler, and their bounds."""

from datetime import UTC
from typing import Any

import pytest
from hypothesis import given, strategies as st
from schedules import NOON, schedule

from tracing_lab.embedded.scheduler.expressions import timed, timing_of


def due_after(second: float, **members: Any) -> float | None:
    """Return when a schedule that began at noon is due after a second, in seconds after noon."""
    found = timed(schedule(**members))
    assert found is not None
    due_s = found.timing.next_after(NOON + second, NOON)
    return None if due_s is None else due_s - NOON


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(1 minutes)",
        "rate(36 hours)",
        "rate(7 days)",
        "cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)",
        "cron(30-30 13-13 ? * 2,4,6 *)",
        "cron(1-31/30 1-1 ? * 1,7 *)",
        "at(2026-11-29T12:00:00)",
        "at(2020-01-01T00:00:00)",
    ],
)
def test_what_aws_was_seen_to_accept(expression: str) -> None:
    assert timing_of(expression, UTC) is not None


@pytest.mark.parametrize(
    "expression",
    [
        "rate(30 seconds)",
        "rate(0 minutes)",
        "rate(1.5 hours)",
        "rate(1minute)",
        "cron(*/30 * * * * ? *)",
        "cron(0 12 * * *)",
        "at(2026-09-08T03:54:26.439)",
        "at(2026-05-30T12:03:37Z)",
        "at(tomorrow)",
        "every day",
        "",
    ],
)
def test_what_aws_was_seen_to_reject(expression: str) -> None:
    assert timing_of(expression, UTC) is None


@given(st.from_regex(r"(at|rate|cron)\([0-9A-Z#,/*?: -]{0,20}\)", fullmatch=True) | st.text())
def test_any_text_is_judged(expression: str) -> None:
    timing_of(expression, UTC)


def test_a_rate_begins_at_once_or_at_its_start() -> None:
    assert due_after(-1) == 0
    assert due_after(0) == 60
    assert due_after(-1, start_s=NOON + 90) == 90
    assert due_after(100, start_s=NOON + 90) == 150
    assert due_after(-1, start_s=NOON - 30) == 30


def test_bounds_of_other_schedules() -> None:
    every_minute = "cron(* * * * ? *)"
    assert due_after(0, expression=every_minute, start_s=NOON + 130) == 180
    assert due_after(60, expression=every_minute, end_s=NOON + 100) is None
    at_one = "at(2026-11-29T13:00:00)"
    assert due_after(0, expression=at_one, end_s=NOON, start_s=NOON + 9999) == 3600  # ignored


def test_time_zones() -> None:
    assert due_after(0, expression="at(2026-11-29T13:30:00)", timezone="Europe/Berlin") == 1800
    ten = "cron(0 10 * * ? *)"
    assert due_after(0, expression=ten, timezone="America/New_York") == 3 * 3600
    assert timed(schedule(timezone="Mars")) is None


def test_single_times_may_be_late_as_long_as_retries() -> None:
    late = timed(schedule("at(2026-11-29T12:00:00)", max_event_age_s=60.0))
    assert late is not None
    assert late.catch_up_s == 60
    assert late.timing.once
