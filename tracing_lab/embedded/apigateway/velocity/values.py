"""Values of templates: as text, as conditions, compared and calculated with, as Java does.

https://velocity.apache.org/engine/1.7/user-guide.html
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import TemplateError

MAX_TEXT_CHARACTERS = 10 * 1024**2
"""API Gateway's payload limit; a longer text is an error here.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

_MAX_PIECES = 500_000


class JsonArray(list[Any]):
    """An array of a parsed JSON document, whose text is JSON; that of other lists is Java's."""


@dataclass(frozen=True)
class HostObject:
    """An object of the environment, such as ``$util``: all that it has is named here."""

    methods: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    properties: Mapping[str, Callable[[], Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class MapEntry:
    """An entry of a map, as ``entrySet()`` returns them."""

    key: Any
    value: Any


def from_json(value: Any) -> Any:
    """Return a JSON value with its arrays as `JsonArray`.

    Examples
    --------
    >>> text_of(from_json({"a": [{"b": 1}], "c": None}))
    '{a=[{"b":1}], c=null}'
    """
    if isinstance(value, list):
        return JsonArray(map(from_json, value))
    if isinstance(value, dict):
        return {name: from_json(inner) for name, inner in value.items()}
    return value


def text_of(value: Any) -> str:
    """Return a value as Java writes it.

    Raises
    ------
    TemplateError
        The text is too long.

    Examples
    --------
    >>> text_of(True), text_of(2.0), text_of([1, "a"]), text_of({"a": JsonArray(["b"])})
    ('true', '2.0', '[1, a]', '{a=["b"]}')
    """
    if isinstance(value, str):
        return value
    pieces = _Pieces()
    _write_java(value, pieces)
    return pieces.text


def checked_length(length: int) -> int:
    """Return the length of a text; TemplateError if it is too long."""
    if length > MAX_TEXT_CHARACTERS:
        msg = f"the template makes a text of more than {MAX_TEXT_CHARACTERS} characters"
        raise TemplateError(msg)
    return length


class _Pieces:
    """The pieces of a text; there is an end to them, since lists may repeat each other."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0

    def add(self, piece: str) -> None:
        self._length = checked_length(self._length + len(piece))
        self._pieces.append(piece)
        if len(self._pieces) > _MAX_PIECES:
            msg = f"a list or map has more than {_MAX_PIECES} values and signs between them"
            raise TemplateError(msg)

    @property
    def text(self) -> str:
        return "".join(self._pieces)


def _write_java(value: Any, pieces: _Pieces) -> None:
    if isinstance(value, JsonArray):
        _write_json(value, pieces)
    elif isinstance(value, list):
        pieces.add("[")
        for number, item in enumerate(value):
            pieces.add(", " if number else "")
            _write_java(item, pieces)
        pieces.add("]")
    elif isinstance(value, dict):
        pieces.add("{")
        for number, (key, item) in enumerate(value.items()):
            pieces.add(", " if number else "")
            _write_java(MapEntry(key, item), pieces)
        pieces.add("}")
    elif isinstance(value, MapEntry):
        _write_java(value.key, pieces)
        pieces.add("=")
        _write_java(value.value, pieces)
    else:
        pieces.add(_scalar(value))


def _write_json(value: Any, pieces: _Pieces) -> None:
    if isinstance(value, list):
        pieces.add("[")
        for number, item in enumerate(value):
            pieces.add("," if number else "")
            _write_json(item, pieces)
        pieces.add("]")
    elif isinstance(value, dict):
        pieces.add("{")
        for number, (key, item) in enumerate(value.items()):
            pieces.add(f"{',' if number else ''}{json.dumps(text_of(key), ensure_ascii=False)}:")
            _write_json(item, pieces)
        pieces.add("}")
    else:
        is_text = isinstance(value, str)
        pieces.add(json.dumps(value, ensure_ascii=False) if is_text else _scalar(value))


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return _double(value)
    return str(value) if isinstance(value, int) else type(value).__name__


def is_true(value: Any) -> bool:
    """Return whether a condition holds: not for null and false, but for empty texts.

    Examples
    --------
    >>> is_true(""), is_true(0), is_true(None), is_true(False)
    (True, True, False, False)
    """
    return value is not None and value is not False


def are_equal(left: Any, right: Any) -> bool:
    """Return whether two values are equal; those of different types if their texts are.

    Examples
    --------
    >>> are_equal(1, 1.0), are_equal(1, "1"), are_equal(None, ""), are_equal(True, 1)
    (True, True, False, False)
    """
    if left is None or right is None:
        return left is right
    if type(left) is type(right) or (is_number(left) and is_number(right)):
        return bool(left == right)
    return text_of(left) == text_of(right)


def is_number(value: Any) -> bool:
    """Return whether a value is a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def calculated(operator: str, left: Any, right: Any) -> Any:
    """Return the result of an arithmetic operator; None, which is null, if there is none.

    Examples
    --------
    >>> calculated("/", -7, 2), calculated("%", -7, 2), calculated("+", "a", 1)
    (-3, -1, 'a1')
    >>> calculated("/", 1, 0) is None
    True
    """
    if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
        return text_of(left) + text_of(right)
    if not (is_number(left) and is_number(right)):
        return None
    if operator in "/%" and right == 0:
        return None
    try:
        result = _ARITHMETIC[operator](left, right)
    except OverflowError:
        return None
    return _as_long(result) if isinstance(result, int) else result


def _quotient(left: Any, right: Any) -> Any:
    if isinstance(left, float) or isinstance(right, float):
        return left / right
    whole = abs(left) // abs(right)
    return whole if (left < 0) == (right < 0) else -whole


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": _quotient,
    "%": lambda left, right: left - right * _quotient(left, right),
}

_LONG = 2**64


def _as_long(number: int) -> int:
    """Return a number as one of 64 bits, which overflows as in Java."""
    return (number + _LONG // 2) % _LONG - _LONG // 2


def _double(number: float) -> str:
    """Return a number as Java's ``Double.toString``: with an exponent from ten million on."""
    size = abs(number)
    if number != number:  # noqa: PLR0124 - not a number
        return "NaN"
    if size == float("inf"):
        return "Infinity" if number > 0 else "-Infinity"
    if size == 0 or 1e-3 <= size < 1e7:  # noqa: PLR2004 - Java's limits
        text = repr(number)
        return text if "e" not in text else f"{number:.10f}".rstrip("0")
    digits, _, exponent = f"{number!r}".partition("e")
    if not exponent:
        mantissa, _, exponent = f"{number:.16e}".partition("e")
        digits = mantissa.rstrip("0")
    digits = digits if "." in digits else f"{digits}."
    return f"{digits}{'0' if digits.endswith('.') else ''}E{int(exponent)}"
