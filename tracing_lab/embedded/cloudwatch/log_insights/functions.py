"""Functions of values in ``fields``, ``filter`` and as arguments of aggregates.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html.
A function of a missing field has no value, unless it is about missing fields.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .values import Timestamp, Value, is_true, number_of, text_of

Numbers = Sequence[float]


@dataclass(frozen=True)
class ScalarFunction:
    """A function and how many arguments it takes."""

    compute: Callable[[Sequence[Value]], Value]
    least: int
    most: int


def _of_numbers(compute: Callable[..., float], least: int = 1, most: int = 1) -> ScalarFunction:
    def computed(values: Sequence[Value]) -> Value:
        numbers = [number for number in map(number_of, values) if number is not None]
        if len(numbers) < len(values):
            return None
        try:
            return compute(*numbers)
        except (ArithmeticError, ValueError):  # the root of a negative number, say
            return None

    return ScalarFunction(computed, least, most)


def _of_texts(compute: Callable[..., Value], least: int = 1, most: int = 1) -> ScalarFunction:
    def computed(values: Sequence[Value]) -> Value:
        return None if None in values else compute(*map(text_of, values))

    return ScalarFunction(computed, least, most)


def _substring(text: str, start: str, length: str | None = None) -> Value:
    first, count = number_of(start), number_of(length)
    if first is None or first < 0 or (length is not None and count is None):
        return None
    return text[int(first) :][: None if count is None else max(0, int(count))]


def _floor(time: float, period_ms: float) -> Value:
    return Timestamp(time // period_ms * period_ms) if period_ms > 0 else None


def _ceil(time: float, period_ms: float) -> Value:
    return Timestamp(-(-time // period_ms) * period_ms) if period_ms > 0 else None


def _chosen(values: Sequence[Value]) -> Value:
    condition, then, otherwise = values
    return then if is_true(condition) else otherwise


_MANY = 100

FUNCTIONS: Mapping[str, ScalarFunction] = {
    "abs": _of_numbers(abs),
    "ceil": _of_numbers(math.ceil),
    "floor": _of_numbers(math.floor),
    "greatest": _of_numbers(max, most=_MANY),
    "least": _of_numbers(min, most=_MANY),
    "log": _of_numbers(math.log),
    "sqrt": _of_numbers(math.sqrt),
    "ispresent": ScalarFunction(lambda values: values[0] is not None, 1, 1),
    "coalesce": ScalarFunction(
        lambda values: next((value for value in values if value is not None), None), 1, _MANY
    ),
    "if": ScalarFunction(_chosen, 3, 3),
    "isempty": ScalarFunction(lambda values: text_of(values[0]) == "", 1, 1),
    "isblank": ScalarFunction(lambda values: not text_of(values[0]).strip(), 1, 1),
    "concat": _of_texts(lambda *texts: "".join(texts), most=_MANY),
    "ltrim": _of_texts(lambda text, characters=None: text.lstrip(characters), most=2),
    "rtrim": _of_texts(lambda text, characters=None: text.rstrip(characters), most=2),
    "trim": _of_texts(lambda text, characters=None: text.strip(characters), most=2),
    "strlen": _of_texts(len),
    "toupper": _of_texts(str.upper),
    "tolower": _of_texts(str.lower),
    "substr": _of_texts(_substring, least=2, most=3),
    "replace": _of_texts(str.replace, least=3, most=3),
    "strcontains": _of_texts(lambda text, part: int(part in text), least=2, most=2),
    "datefloor": _of_numbers(_floor, least=2, most=2),  # type: ignore[arg-type] # a timestamp
    "dateceil": _of_numbers(_ceil, least=2, most=2),  # type: ignore[arg-type] # a timestamp
    "frommillis": _of_numbers(Timestamp),
    "tomillis": _of_numbers(int),
}
"""Functions by their name in small letters; ``bin`` is ``datefloor`` of ``@timestamp``."""


def _divided(left: float, right: float) -> float | None:
    return left / right if right else None


def _remainder(left: float, right: float) -> float | None:
    return math.fmod(left, right) if right and math.isfinite(left) else None


def _power(left: float, right: float) -> float | None:
    try:
        result = float(left) ** right
    except ArithmeticError:
        return None
    return None if isinstance(result, complex) else result


ARITHMETIC: Mapping[str, Callable[[float, float], float | None]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _divided,
    "%": _remainder,
    "^": _power,
}
"""Operators between numbers; None where there is no result."""
