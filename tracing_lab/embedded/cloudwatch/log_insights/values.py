"""Values of fields: comparison, and text in results.

Not documented by AWS, chosen here: a comparison with a missing field is false, ``!=`` too; true and
false are 1 and 0; text that is a number compares with numbers as one.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

_NUMBER = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*")
_INTEGER = re.compile(r"\s*[+-]?\d{1,300}\s*")  # Python converts no more than 4300 digits
_CHUNK = re.compile(r"\d+|\D+")
_SHOWN_DECIMALS = 4


class Timestamp(int):
    """A time in epoch milliseconds, which results show as date and time."""

    __slots__ = ()


Value = str | int | float | None
"""Timestamps and truth values are ints."""

Row = dict[str, Value]


def number_of(value: Value) -> float | None:
    """Return a value as a number; None if it is not one.

    Examples
    --------
    >>> number_of("12.5"), number_of(True), number_of("1-a")
    (12.5, 1, None)
    """
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            return None
        return int(value) if _INTEGER.fullmatch(value) else float(value)
    return int(value) if isinstance(value, bool) else value


def text_of(value: Value) -> str:
    """Return a value as results show it.

    Examples
    --------
    >>> text_of(Timestamp(1795435200250)), text_of(2.0), text_of(True)
    ('2026-11-23 12:00:00.250', '2', '1')
    """
    if value is None:
        return ""
    if isinstance(value, Timestamp):
        return _time_text(value)
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:  # noqa: PLR2004 - all digits are exact
        return str(int(value))
    return str(value)


def _time_text(time_ms: int) -> str:
    try:
        time = datetime.fromtimestamp(time_ms // 1000, UTC)
    except (OverflowError, OSError, ValueError):  # beyond the range of datetime
        return str(int(time_ms))
    return f"{time:%Y-%m-%d %H:%M:%S}.{time_ms % 1000:03d}"


def rounded(value: Value) -> Value:
    """Return a computed number with as many decimals as Insights shows.

    Examples
    --------
    >>> rounded(2 / 3)
    0.6667
    """
    if not isinstance(value, float):
        return value
    return round(value, _SHOWN_DECIMALS)


def is_true(value: Value) -> bool:
    """Return whether a condition holds: functions such as ``strcontains`` return 1 for that.

    Examples
    --------
    >>> is_true(1), is_true(0), is_true(None)
    (True, False, False)
    """
    return bool(number_of(value)) if isinstance(value, str) else bool(value)


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if isinstance(left, bool) or isinstance(right, bool):
        return _truth(left) == _truth(right)
    numbers = number_of(left), number_of(right)
    return None not in numbers and numbers[0] == numbers[1]


def _truth(value: Value) -> float | None:
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return int(value.lower() == "true")
    return number_of(value)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    def holds(left: Value, right: Value) -> bool:
        numbers = number_of(left), number_of(right)
        if None not in numbers:
            return compare(*numbers)
        return isinstance(left, str) and isinstance(right, str) and compare(left, right)

    return holds


COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "=": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(lambda left, right: left < right),
    "<=": _ordered(lambda left, right: left <= right),
    ">": _ordered(lambda left, right: left > right),
    ">=": _ordered(lambda left, right: left >= right),
}
"""Comparisons of two present values."""


def sort_key(value: Value) -> tuple[Any, ...]:
    """Return what values sort by, smallest first.

    As documented for ``sort``: other values come before numbers; text sorts by its parts,
    those of digits by length first. Missing values come first, which is not documented.

    Examples
    --------
    >>> sorted(["a10", 3, "a9", None, "b"], key=sort_key)
    [None, 'a9', 'a10', 'b', 3]
    """
    if value is None:
        return (0,)
    number = number_of(value)
    if number is not None:
        return (2, number)
    return (1, *map(_chunk_key, _CHUNK.findall(str(value))))


def _chunk_key(chunk: str) -> tuple[int, int, str]:
    return (0, len(chunk), chunk) if chunk.isdigit() else (1, 0, chunk)
