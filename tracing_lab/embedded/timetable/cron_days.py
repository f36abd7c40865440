"""The days of a month in cron expressions: numbers, weekdays, ``L``, ``W`` and ``#``. Pure.

Weekdays are numbered from Sunday, which is 1.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

import calendar
import re
from collections.abc import Callable, Sequence
from functools import partial

from .cron_fields import DAYS, FieldLimits, Values, read_values

DaysOf = Callable[[int, int], Sequence[int]]
"""Returns the days of a month, by year and month."""

_DAY, _WEEKDAY = FieldLimits(1, 31), FieldLimits(1, 7, DAYS)
_NEAREST = re.compile(r"(?P<day>\d+)W")
_SPECIAL = re.compile(r"(?P<day>\w+?)(?:#(?P<number>[1-5])|L)")
_SATURDAY, _SUNDAY = 7, 1
_WEEK = 7


def read_days(day: str, weekday: str) -> DaysOf | None:
    """Return what computes the days of months; None if the fields are not valid.

    Parameters
    ----------
    day, weekday
        The fields, exactly one of which is ``?``.

    Examples
    --------
    >>> read_days("LW", "?")(2026, 5)
    [29]
    >>> read_days("?", "TUE#2")(2026, 11), read_days("?", "6L")(2026, 11)
    ([10], [27])
    >>> read_days("*", "*") is None
    True
    """
    if (day == "?") == (weekday == "?"):
        return None
    return _days_of_month(day) if weekday == "?" else _days_of_week(weekday)


def _days_of_month(field: str) -> DaysOf | None:
    nearest = _NEAREST.fullmatch(field)
    if field == "L":
        return lambda year, month: [_length(year, month)]
    if field == "LW":
        return lambda year, month: [_weekday_near(year, month, _length(year, month))]
    if nearest is not None:
        wanted = _DAY.number(nearest["day"])
        return None if wanted is None else partial(_near, wanted)
    values = read_values(field, _DAY)
    return None if values is None else partial(_numbered, values)


def _days_of_week(field: str) -> DaysOf | None:
    special = _SPECIAL.fullmatch(field)
    if field == "L":  # of the week: Saturday
        return partial(_on_weekdays, Values((range(_SATURDAY, _SATURDAY + 1),)))
    if special is not None:
        wanted = _WEEKDAY.number(special["day"])
        number = int(special["number"]) if special["number"] else -1
        return None if wanted is None else partial(_one_weekday, wanted, number)
    values = read_values(field, _WEEKDAY)
    return None if values is None else partial(_on_weekdays, values)


def _numbered(values: Values, year: int, month: int) -> list[int]:
    return [day for day in range(1, _length(year, month) + 1) if day in values]


def _on_weekdays(values: Values, year: int, month: int) -> list[int]:
    days = range(1, _length(year, month) + 1)
    return [day for day in days if _weekday(year, month, day) in values]


def _one_weekday(weekday: int, number: int, year: int, month: int) -> list[int]:
    """Return the numbered weekday of a month, the last one for -1; a fifth may not exist."""
    first = 1 + (weekday - _weekday(year, month, 1)) % _WEEK
    days = range(first, _length(year, month) + 1, _WEEK)
    index = number if number < 0 else number - 1
    return [days[index]] if index < len(days) else []


def _near(wanted: int, year: int, month: int) -> list[int]:
    """Return the nearest working day; none in a month that is too short (unconfirmed)."""
    return [_weekday_near(year, month, wanted)] if wanted <= _length(year, month) else []


def _weekday_near(year: int, month: int, day: int) -> int:
    """Return the working day nearest to a day, in the same month."""
    weekday = _weekday(year, month, day)
    if weekday == _SATURDAY:
        return day - 1 if day > 1 else day + 2
    if weekday == _SUNDAY:
        return day + 1 if day < _length(year, month) else day - 2
    return day


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _weekday(year: int, month: int, day: int) -> int:
    return (calendar.weekday(year, month, day) + 1) % _WEEK + 1
