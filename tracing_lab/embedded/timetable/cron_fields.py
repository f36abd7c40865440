"""The fields of AWS's cron expressions: values, ranges and steps. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

_RANGE = 2  # ends


class FieldLimits(NamedTuple):
    """The smallest and largest value of a field, and the names of its values from the smallest on.

    Examples
    --------
    >>> FieldLimits(1, 12, MONTHS).number("feb"), FieldLimits(0, 59).number("60")
    (2, None)
    """

    low: int
    high: int
    names: Sequence[str] = ()

    def number(self, text: str) -> int | None:
        """Return the value of a number or name, None outside of the limits."""
        if text.upper() in self.names:
            return self.names.index(text.upper()) + self.low
        if not (text.isascii() and text.isdigit()):
            return None
        return int(text) if self.low <= int(text) <= self.high else None


@dataclass(frozen=True)
class Values:
    """The values of a field, as ranges: a field of years has too many to list."""

    ranges: tuple[range, ...]

    def __contains__(self, value: object) -> bool:
        return any(value in values for values in self.ranges)

    def first_from(self, least: int) -> int | None:
        """Return the smallest value that is not less than another, or None.

        Examples
        --------
        >>> values = read_values("10-20/5,40", FieldLimits(0, 59))
        >>> [values.first_from(least) for least in (0, 11, 21, 41)]
        [10, 15, 40, None]
        """
        found = [value for values in self.ranges if (value := _first(values, least)) is not None]
        return min(found, default=None)


def read_values(field: str, limits: FieldLimits) -> Values | None:
    """Return the values of a field, None if it is not valid.

    A range whose first value is the larger one goes over the end, as ``FRI-MON`` does; AWS accepts
    those, and what it makes of them is unconfirmed.

    Examples
    --------
    >>> sorted(set().union(*read_values("FRI-MON", FieldLimits(1, 7, DAYS)).ranges))
    [1, 2, 6, 7]
    >>> read_values("0/0", FieldLimits(0, 59)) is None
    True
    """
    ranges: list[range] = []
    for part in field.split(","):
        found = list(_part(part, limits))
        if not found:
            return None
        ranges += found
    return Values(tuple(ranges))


def _part(part: str, limits: FieldLimits) -> Iterator[range]:
    """Yield the ranges of one value, range or step; none if it is not valid."""
    values, slash, by = part.partition("/")
    if slash and not (by.isascii() and by.isdigit() and int(by) > 0):
        return
    step = int(by) if slash else 1
    if values == "*":
        yield range(limits.low, limits.high + 1, step)
        return
    ends = [limits.number(end) for end in values.split("-")]
    first, last = ends[0], ends[-1]
    if len(ends) > _RANGE or first is None or last is None:
        return
    if len(ends) == 1 and slash:
        last = limits.high
    if first <= last:
        yield range(first, last + 1, step)
        return
    span = limits.high - limits.low + 1
    for value in range(first, last + span + 1, step):
        place = limits.low + (value - limits.low) % span
        yield range(place, place + 1)


def _first(values: range, least: int) -> int | None:
    if least <= values.start:
        return values.start
    value = least + (values.start - least) % values.step
    return value if value < values.stop else None
