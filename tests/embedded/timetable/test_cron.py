"""Cron expressions: examples of AWS's user guides, and any of them against counting minutes."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.timetable.cron import read_cron

SUNDAY = datetime(2026, 11, 29, 12, 0)  # noqa: DTZ001 - of any zone
NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def following(text: str, count: int = 3, moment: datetime = SUNDAY) -> list[str]:
    """Return the next times after a moment."""
    cron = read_cron(text)
    assert cron is not None
    found: list[str] = []
    for _ in range(count):
        due = cron.next_after(moment)
        if due is None:
            break
        moment = due
        found.append(due.isoformat(sep=" ", timespec="minutes"))
    return found


@pytest.mark.parametrize(
    "text, expected",
    [
        ("0 10 * * ? *", ["2026-11-30 10:00", "2026-12-01 10:00", "2026-12-02 10:00"]),
        ("15 12 * * ? *", ["2026-11-29 12:15", "2026-11-30 12:15", "2026-12-01 12:15"]),
        ("0 18 ? * MON-FRI *", ["2026-11-30 18:00", "2026-12-01 18:00", "2026-12-02 18:00"]),
        ("0 8 1 * ? *", ["2026-12-01 08:00", "2027-01-01 08:00", "2027-02-01 08:00"]),
        ("0/15 * * * ? *", ["2026-11-29 12:15", "2026-11-29 12:30", "2026-11-29 12:45"]),
        ("0/5 8-17 ? * MON-FRI *", ["2026-11-30 08:00", "2026-11-30 08:05", "2026-11-30 08:10"]),
        ("0/30 20-2 ? * MON-FRI *", ["2026-11-30 00:00", "2026-11-30 00:30", "2026-11-30 01:00"]),
        ("15 10 ? * 6L 2022-2027", ["2026-12-25 10:15", "2027-01-29 10:15", "2027-02-26 10:15"]),
        ("0 9 ? * 3#5 *", ["2026-12-29 09:00", "2027-03-30 09:00", "2027-06-29 09:00"]),
        ("0 9 ? * TUE#5 2026", ["2026-12-29 09:00"]),
        ("0 0 L * ? *", ["2026-11-30 00:00", "2026-12-31 00:00", "2027-01-31 00:00"]),
        ("0 0 LW * ? *", ["2026-11-30 00:00", "2026-12-31 00:00", "2027-01-29 00:00"]),
        ("0 0 1W * ? 2027", ["2027-01-01 00:00", "2027-02-01 00:00", "2027-03-01 00:00"]),
        ("0 0 1W 5 ? 2027", ["2027-05-03 00:00"]),  # the first is a Saturday
        ("0 0 31W 10 ? 2027", ["2027-10-29 00:00"]),  # a Sunday
        ("0 0 31W 2,4 ? *", []),
        ("0 0 ? * L *", ["2026-12-05 00:00", "2026-12-12 00:00", "2026-12-19 00:00"]),
        ("0 0 ? * fri-mon *", ["2026-11-30 00:00", "2026-12-04 00:00", "2026-12-05 00:00"]),
        ("0 0 29 FEB ? *", ["2028-02-29 00:00", "2032-02-29 00:00", "2036-02-29 00:00"]),
        ("0 0 29 2 ? 2029-2031", []),
        ("0 0 31 2 ? *", []),
        ("0 20 * * ? 2500", ["2500-01-01 20:00", "2500-01-02 20:00", "2500-01-03 20:00"]),
        ("0 12 29 11 ? 2026", []),  # that minute has begun
    ],
)
def test_the_next_times(text: str, expected: list[str]) -> None:
    assert following(text) == expected


def test_seconds_of_a_moment_do_not_matter() -> None:
    late = SUNDAY + timedelta(minutes=14, seconds=59.9)
    assert following("15 12 * * ? *", 1, late) == ["2026-11-29 12:15"]


minutes = st.integers(0, 59)
hours = st.integers(0, 23)


def fields(values: st.SearchStrategy[int], high: int) -> st.SearchStrategy[str]:
    single = values.map(str)
    spans = st.tuples(values, values).map(lambda ends: f"{min(ends)}-{max(ends)}")
    steps = st.tuples(values, st.integers(1, high + 5)).map(lambda parts: f"{parts[0]}/{parts[1]}")
    part = st.one_of(single, spans, steps, st.just("*"))
    return st.lists(part, min_size=1, max_size=3).map(",".join)


days = st.one_of(
    fields(st.integers(1, 31), 31),
    st.sampled_from(["L", "LW"]),
    st.integers(1, 31).map(lambda day: f"{day}W"),
).map(lambda field: (field, "?"))
weekdays = st.one_of(
    fields(st.integers(1, 7), 7),
    st.sampled_from([*NAMES, "L"]),
    st.tuples(st.integers(1, 7), st.integers(1, 5)).map(lambda parts: f"{parts[0]}#{parts[1]}"),
    st.integers(1, 7).map(lambda day: f"{day}L"),
).map(lambda field: ("?", field))


def values_of(field: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        end = int(last) if last else high if step else int(first)
        found |= set(range(int(first), end + 1, int(step or 1)))
    return found


def has_day(day: str, weekday: str, moment: datetime) -> bool:
    """Return whether a day is meant, by looking at the days around it."""
    return is_weekday(weekday, moment) if day == "?" else is_day(day, moment)


def is_weekday(field: str, moment: datetime) -> bool:
    number = moment.isoweekday() % 7 + 1
    if field in {*NAMES, "L"}:
        return number == (7 if field == "L" else NAMES.index(field) + 1)
    if "#" in field:
        wanted, _, place = field.partition("#")
        return number == int(wanted) and (moment.day - 1) // 7 + 1 == int(place)
    if field.endswith("L"):
        in_a_week = moment + timedelta(days=7)
        return number == int(field[:-1]) and in_a_week.month != moment.month
    return number in values_of(field, 1, 7)


def is_day(field: str, moment: datetime) -> bool:
    if field == "L":
        return (moment + timedelta(days=1)).month != moment.month
    if field.endswith("W"):
        return moment.day == working_day(field, moment)
    return moment.day in values_of(field, 1, 31)


def working_day(day: str, moment: datetime) -> int | None:
    """Return the working day nearest to a day, within the month."""
    month = [moment.replace(day=1) + timedelta(days=number) for number in range(31)]
    month = [date for date in month if date.month == moment.month]
    wanted = month[-1].day if day == "LW" else int(day[:-1])
    if wanted > month[-1].day:
        return None
    working = [date.day for date in month if date.isoweekday() < 6]
    return min(working, key=lambda date: abs(date - wanted))


def first_by_counting(text: str, moment: datetime, last: datetime) -> datetime | None:
    minute, hour, day, month, weekday, _ = text.split(" ")
    at_minutes, at_hours = values_of(minute, 0, 59), values_of(hour, 0, 23)
    months = values_of(month, 1, 12)
    due = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while due <= last:
        if due.month not in months or not has_day(day, weekday, due):
            due = due.replace(hour=0, minute=0) + timedelta(days=1)
        elif due.hour in at_hours and due.minute in at_minutes:
            return due
        else:
            due += timedelta(minutes=1)
    return None


@given(
    minute=fields(minutes, 59),
    hour=fields(hours, 23),
    day=days | weekdays,
    month=fields(st.integers(1, 12), 12),
    moment=st.datetimes(datetime(2023, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - of any zone
)
def test_any_expression_is_due_when_counting_says_so(
    minute: str, hour: str, day: tuple[str, str], month: str, moment: datetime
) -> None:
    text = f"{minute} {hour} {day[0]} {month} {day[1]} *"
    cron = read_cron(text)
    assert cron is not None, text
    last = moment + timedelta(days=500)
    due = cron.next_after(moment)
    assert (due if due is not None and due <= last else None) == first_by_counting(
        text, moment, last
    )
