"""Compiles the right side of a comparison in a filter pattern into a test of values.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html,
sections about JSON and space-delimited log events. Asterisks are wildcards at either end of a text
only: ``Ev*ent`` matches nothing but ``Ev*ent``.

Not documented, chosen here: text that is a number compares as a number with a number that is not
quoted, true and false compare as these words, and null compares with nothing.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from .errors import LogPatternError
from .regex import regex_search
from .terms import unquoted

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d{1,300}")  # Python converts no more than 4300 digits
_BARE = re.compile(r"[A-Za-z0-9_.*:/#@+-]+")
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def value_test(operator: str, kind: str, literal: str) -> Callable[[Any], bool]:
    """Return a function that compares a value with a literal of a pattern.

    Parameters
    ----------
    operator
        One of ``= != < <= > >=``.
    kind
        Kind of the literal: ``word``, ``quoted`` or ``regex``.
    literal
        Its text.

    Raises
    ------
    LogPatternError
        If the operator cannot have such a right side.

    Examples
    --------
    >>> value_test("=", "word", "4*")(404), value_test(">", "word", "1e3")("1000")
    (True, False)
    """
    if operator in _ORDER:
        return _order_test(operator, kind, literal)
    equal = _equal_test(kind, literal)
    if operator == "=":
        return lambda value: _is_scalar(value) and equal(value)
    return lambda value: _is_scalar(value) and not equal(value)


def number_of(value: Any) -> float | None:
    """Return a value as a number; None if it is not one.

    Examples
    --------
    >>> number_of("10e3"), number_of(True), number_of("4*")
    (10000.0, None, None)
    """
    if isinstance(value, int | float):
        return None if isinstance(value, bool) else value
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        return None
    return int(value) if _INTEGER.fullmatch(value) else float(value)


def _order_test(operator: str, kind: str, literal: str) -> Callable[[Any], bool]:
    limit = number_of(literal) if kind == "word" else None
    if limit is None:
        msg = f"The operator {operator} needs a number, not '{literal}'"
        raise LogPatternError(msg)
    compare = _ORDER[operator]

    def holds(value: Any) -> bool:
        number = number_of(value)
        return number is not None and compare(number, limit)

    return holds


def _equal_test(kind: str, literal: str) -> Callable[[Any], bool]:
    if kind == "regex":
        search = regex_search(literal)
        return lambda value: search(_text(value))
    if kind == "quoted":
        return _wildcard_test(unquoted(literal))
    if kind != "word" or not _BARE.fullmatch(literal):
        _reject(literal)
    number, same_text = number_of(literal), _wildcard_test(literal)
    if number is None:
        return same_text
    return lambda value: number_of(value) == number or same_text(value)


def _wildcard_test(text: str) -> Callable[[Any], bool]:
    inner = text.strip("*")
    starts_open, ends_open = text.startswith("*"), text.endswith("*")
    if starts_open and ends_open:
        return lambda value: inner in _text(value)
    if starts_open:
        return lambda value: _text(value).endswith(inner)
    if ends_open:
        return lambda value: _text(value).startswith(inner)
    return lambda value: _text(value) == text


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _reject(literal: str) -> NoReturn:
    msg = f"Invalid character(s) in term '{literal}'"
    raise LogPatternError(msg)
