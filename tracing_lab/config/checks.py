"""The kinds of checks that the limits of variables are made of; each names the variable."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Problem = str


def in_range(
    values: Mapping[str, Any], field: str, low: int, high: int, unit: str = ""
) -> Iterator[Problem]:
    """Check a whole number.

    Parameters
    ----------
    values
        Variable name to value.
    field
        The variable.
    low, high
        Its limits, both allowed.
    unit
        What it counts, for the message.

    Yields
    ------
    str
        The problem, if there is one.

    Examples
    --------
    >>> list(in_range({"lambda_timeout": 0}, "lambda_timeout", 1, 900, "seconds"))
    ['lambda_timeout=0 must be a whole number from 1 to 900 seconds']
    """
    value = values[field]
    if type(value) is not int or not low <= value <= high:
        yield f"{field}={value!r} must be a whole number from {low} to {high} {unit}".rstrip()


def is_number(
    values: Mapping[str, Any], field: str, low: float, high: float, unit: str = ""
) -> Iterator[Problem]:
    """Check a number that may have a fraction; limits as in `in_range`."""
    value = values[field]
    if type(value) not in {int, float} or not low <= value <= high:
        yield f"{field}={value!r} must be a number from {low:g} to {high:g} {unit}".rstrip()


def one_of(values: Mapping[str, Any], field: str, choices: Sequence[object]) -> Iterator[Problem]:
    """Check that a variable has one of some values, of their type.

    Examples
    --------
    >>> list(one_of({"enable_alarms": 1}, "enable_alarms", (False, True)))
    ['enable_alarms=1 must be one of False, True']
    """
    value = values[field]
    if type(value) is not type(choices[0]) or value not in choices:
        yield f"{field}={value!r} must be one of {', '.join(map(str, choices))}"


def fits(
    values: Mapping[str, Any], field: str, pattern: re.Pattern[str], example: str
) -> Iterator[Problem]:
    """Check text against a pattern; None is allowed.

    Examples
    --------
    >>> list(fits({"zone": "x"}, "zone", re.compile("[0-9]+"), "17"))
    ["zone='x' must look like '17'"]
    """
    if values[field] is not None and not matches(pattern, values[field]):
        yield f"{field}={values[field]!r} must look like {example!r}"


def needs(values: Mapping[str, Any], field: str, other: str) -> Iterator[Problem]:
    """Check that a variable is only set where another one gives it a meaning.

    Examples
    --------
    >>> values = {"usage_plan_quota": 5, "enable_api_key": False}
    >>> list(needs(values, "usage_plan_quota", "enable_api_key"))
    ['usage_plan_quota has no effect without enable_api_key']
    """
    if values[field] is not None and values[field] is not False and not values[other]:
        yield f"{field} has no effect without {other}"


def together(values: Mapping[str, Any], first: str, second: str) -> Iterator[Problem]:
    """Check that of two variables both are set or none."""
    if (values[first] is None) != (values[second] is None):
        yield f"{first} and {second} must be set together"


def matches(pattern: re.Pattern[str], value: object) -> bool:
    """Tell whether a value is text that fits a pattern as a whole."""
    return isinstance(value, str) and pattern.fullmatch(value) is not None
