"""Rates, cron expressions in time zones, single times, and their bounds."""

import math
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.timetable.timing import (
    Bounded,
    CronTiming,
    Once,
    Rate,
    at_time,
    cron_of,
    rate_seconds,
    zone_of,
)

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def cron_times(expression: str, since: str, count: int, zone: ZoneInfo = BERLIN) -> list[str]:
    cron = cron_of(expression)
    assert cron is not None
    timing, moment_s, found = CronTiming(cron, zone), at(since), []
    for _ in range(count):
        due_s = timing.next_after(moment_s, 0.0)
        assert due_s is not None
        moment_s = due_s
        found.append(datetime.fromtimestamp(due_s, UTC).isoformat())
    return found


def test_a_cron_expression_is_due_in_its_zone_in_summer_and_winter() -> None:
    assert cron_times("cron(0 9 1 4,11 ? *)", "2026-01-01T00:00:00+00:00", 2) == [
        "2026-04-01T07:00:00+00:00",
        "2026-11-01T08:00:00+00:00",
    ]


def test_a_time_that_clocks_skip_is_skipped() -> None:
    # on 29 March 2026 there is no 2:30 in Berlin
    assert cron_times("cron(30 2 * * ? *)", "2026-03-28T12:00:00+00:00", 1) == [
        "2026-03-30T00:30:00+00:00"
    ]


def test_a_time_that_exists_twice_is_due_once() -> None:
    # on 25 October 2026 2:30 comes twice in Berlin
    assert cron_times("cron(30 2 * * ? *)", "2026-10-24T12:00:00+00:00", 2) == [
        "2026-10-25T00:30:00+00:00",
        "2026-10-26T01:30:00+00:00",
    ]
    # asked between the two
    assert cron_times("cron(45 2 * * ? *)", "2026-10-25T01:10:00+00:00", 1) == [
        "2026-10-26T01:45:00+00:00"
    ]


@given(
    moment=st.floats(at("2026-01-01T00:00:00+00:00"), at("2028-01-01T00:00:00+00:00")),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]),
    expression=st.sampled_from(
        ["cron(0/20 * * * ? *)", "cron(30 2 * * ? *)", "cron(0 0 ? * SUN *)"]
    ),
)
def test_times_come_after_the_moment_and_read_as_the_expression_says(
    moment: float, zone: str, expression: str
) -> None:
    cron = cron_of(expression)
    assert cron is not None
    due_s = CronTiming(cron, ZoneInfo(zone)).next_after(moment, 0.0)
    assert due_s is not None
    assert due_s > moment
    local = datetime.fromtimestamp(due_s, ZoneInfo(zone)).replace(tzinfo=None)
    assert cron.next_after(local.replace(second=0).replace(minute=0, hour=0)) is not None
    assert local.second == 0
    if expression == "cron(30 2 * * ? *)":
        assert (local.hour, local.minute) == (2, 30)


def test_cron_is_not_due_before_its_schedule_began() -> None:
    cron = cron_of("cron(* * * * ? *)")
    assert cron is not None
    assert CronTiming(cron).next_after(0.0, 600.0) == 660.0


@given(
    rate=st.builds(Rate, st.integers(1, 10**7), at_once=st.booleans()),
    begun=st.floats(0, 4e9),
    moment=st.floats(0, 4e9),
)
def test_a_rate_is_due_at_whole_periods(rate: Rate, begun: float, moment: float) -> None:
    due_s, period = rate.next_after(moment, begun), rate.period_s
    assert due_s is not None
    first_s = begun if rate.at_once else begun + period
    assert due_s > moment
    assert due_s >= first_s
    assert due_s == first_s or due_s - period <= moment + 1e-6
    assert math.isclose((due_s - begun) / period, round((due_s - begun) / period), abs_tol=1e-5)


def test_bounds() -> None:
    hourly = Bounded(Rate(3600, at_once=True), start_s=1000.0, end_s=9000.0)
    assert hourly.next_after(0.0, 50.0) == 1000.0  # counted from the start
    assert hourly.next_after(1000.0, 50.0) == 4600.0
    assert hourly.next_after(8200.0, 50.0) is None  # it would be at 11800
    assert Bounded(Rate(60)).next_after(0.0, 50.0) == 110.0


def test_a_single_time() -> None:
    assert Once(10.0).next_after(9.9, 0.0) == 10.0
    assert Once(10.0).next_after(10.0, 0.0) is None


@pytest.mark.parametrize(
    "expression, zone, expected",
    [
        ("at(2026-11-29T12:00:00)", "UTC", "2026-11-29T12:00:00+00:00"),
        ("at(2026-11-29T12:00:00)", "America/New_York", "2026-11-29T17:00:00+00:00"),
        ("at(2026-07-01T12:00:00)", "America/New_York", "2026-07-01T16:00:00+00:00"),
    ],
)
def test_times_are_read_in_their_zone(expression: str, zone: str, expected: str) -> None:
    tz = zone_of(zone)
    assert tz is not None
    assert at_time(expression, tz) == at(expected)


@pytest.mark.parametrize(
    "expression",
    [
        "at(2026-11-29)",
        "at(2026-11-29 12:00:00)",
        "at(2026-11-31T12:00:00)",
        "at(2026-11-29T24:00:00)",
        "at(2026-11-29T12:00:00Z)",
        "at(2026-11-29T12:00)",
        "at()",
        "rate(1 minute)",
    ],
)
def test_other_times_are_not_valid(expression: str) -> None:
    assert at_time(expression, UTC) is None


@pytest.mark.parametrize("name", ["", "Mars", "../UTC", "/etc/passwd", "Europe", "\0"])
def test_other_zones_do_not_exist(name: str) -> None:
    assert zone_of(name) is None


def test_rates_need_no_plural_where_it_does_not_matter() -> None:
    assert rate_seconds("rate(1 minutes)", is_plural_free=True) == 60
    assert rate_seconds("rate(5 minute)", is_plural_free=True) == 300
    assert rate_seconds("rate(5 weeks)", is_plural_free=True) is None
