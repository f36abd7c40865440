"""AWS's cron expressions: minute, hour, day of the month, month, weekday and year. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from .cron_days import DaysOf, read_days
from .cron_fields import MONTHS, FieldLimits, Values, read_values

_MINUTES, _HOURS, _MONTHS, _YEARS = (
    FieldLimits(0, 59),
    FieldLimits(0, 23),
    FieldLimits(1, 12, MONTHS),
    FieldLimits(1970, 9999),  # AWS documents 1970-2199, but accepts 2500
)
_FIELDS = 6
_SEARCHED_MONTHS = 400 * 12
"""After 400 years the calendar repeats: what is not due by then never is."""


@dataclass(frozen=True)
class Cron:
    """A cron expression.

    Parameters
    ----------
    text
        The six fields.
    """

    text: str
    _minutes: Values = field(repr=False, compare=False)
    _hours: Values = field(repr=False, compare=False)
    _days: DaysOf = field(repr=False, compare=False)
    _months: Values = field(repr=False, compare=False)
    _years: Values = field(repr=False, compare=False)

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first minute after a moment that the expression means, or None.

        Parameters
        ----------
        moment
            Without a time zone, in that of the expression.

        Examples
        --------
        >>> read_cron("0 9 ? * MON#1 *").next_after(datetime(2026, 11, 29, 12, 0))
        datetime.datetime(2026, 12, 7, 9, 0)
        >>> read_cron("0 9 31 2 ? *").next_after(datetime(2026, 11, 29)) is None
        True
        """
        least = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for year, month in self._months_from(least):
            is_first = (year, month) == (least.year, least.month)
            for day in self._days(year, month):
                if is_first and day < least.day:
                    continue
                today = is_first and day == least.day
                found = self._time(least.hour if today else 0, least.minute if today else 0)
                if found is not None:
                    return datetime(year, month, day, *found)  # noqa: DTZ001 - of any zone
        return None

    def _months_from(self, least: datetime) -> Iterator[tuple[int, int]]:
        """Yield years and months from a moment on, as many as can differ."""
        year, first = self._years.first_from(least.year), least.month
        left = _SEARCHED_MONTHS
        while year is not None and left > 0:
            month = self._months.first_from(first if year == least.year else 1)
            while month is not None:
                yield year, month
                left -= 1
                month = self._months.first_from(month + 1)
            left -= 1
            year = self._years.first_from(year + 1)

    def _time(self, hour: int, minute: int) -> tuple[int, int] | None:
        """Return the first hour and minute from a time of the day on, or None."""
        found = self._hours.first_from(hour)
        while found is not None:
            first = self._minutes.first_from(minute if found == hour else 0)
            if first is not None:
                return found, first
            found = self._hours.first_from(found + 1)
        return None


@lru_cache(maxsize=1024)
def read_cron(text: str) -> Cron | None:
    """Return the expression of six fields, separated by single spaces; None if it is not valid.

    Examples
    --------
    >>> read_cron("0 10 * * ? *")
    Cron(text='0 10 * * ? *')
    >>> read_cron("0 10 * * * *") is None
    True
    """
    fields = text.split(" ")
    if len(fields) != _FIELDS:
        return None
    minute, hour, day, month, weekday, year = fields
    minutes, hours = read_values(minute, _MINUTES), read_values(hour, _HOURS)
    months, years = read_values(month, _MONTHS), read_values(year, _YEARS)
    days = read_days(day, weekday)
    if None in {minutes, hours, months, years} or days is None:
        return None
    return Cron(text, minutes, hours, days, months, years)  # type: ignore[arg-type] # not None
