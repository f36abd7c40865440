"""Compiles the list of values and match expressions of one field of an EventBridge pattern.

The rules are those of EventBridge's operators page and of Event Ruler, the matching library that
AWS published: a value in a pattern is compared with each leaf of the event on its own.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .ranges import (
    InvalidEventPatternError,
    Predicate,
    bounded_key,
    compile_cidr,
    compile_numeric,
    ip_address,
    number_key,
    text_operand,
)

Scalar = str | int | float | bool | None

_ANYTHING_BUT_OPERATORS = ("prefix", "suffix", "equals-ignore-case", "wildcard")
_ONE_KEY = "Only one key allowed in match expression"


@dataclass(frozen=True)
class FieldRule:
    """The condition on the leaves at one path.

    Parameters
    ----------
    predicates
        A leaf is accepted if one of them accepts it.
    absent
        The field may also be missing (``{"exists": false}``).
    """

    predicates: tuple[Predicate, ...]
    absent: bool = False

    def accepts(self, leaf: Scalar) -> bool:
        """Return whether a leaf of the event matches."""
        return any(predicate(leaf) for predicate in self.predicates)


def compile_values(values: Sequence[Any]) -> FieldRule:
    """Compile the list at the end of a path in a pattern.

    Raises
    ------
    InvalidEventPatternError
        The list is empty or has a value or expression that EventBridge does not support.

    Examples
    --------
    >>> rule = compile_values(["open", {"prefix": "re"}])
    >>> [rule.accepts(leaf) for leaf in ("open", "reopened", "closed", None)]
    [True, True, False, False]
    """
    if not values:
        msg = "Empty arrays are not allowed"
        raise InvalidEventPatternError(msg)
    absent = {"exists": False}
    return FieldRule(
        predicates=tuple(_predicate(value) for value in values if not _is_same(value, absent)),
        absent=any(_is_same(value, absent) for value in values),
    )


def _is_same(left: Any, right: Any) -> bool:
    """Compare JSON values; unlike ``==``, False is not 0."""
    return bool(left == right) and repr(left) == repr(right)


def _predicate(value: Any) -> Predicate:
    if isinstance(value, Mapping):
        return _match_expression(value)
    if isinstance(value, str):
        return _equals_text(value)
    if value is None or isinstance(value, bool):
        return lambda leaf: leaf is value
    if isinstance(value, (int, float)):
        return _equals_number(value)
    msg = "Match value must be String, number, true, false, or null"
    raise InvalidEventPatternError(msg)


def _match_expression(expression: Mapping[str, Any]) -> Predicate:
    if not expression:
        msg = "Match expression name not found"
        raise InvalidEventPatternError(msg)
    operator, operand = next(iter(expression.items()))
    compiler = _OPERATORS.get(operator)
    if compiler is None:
        msg = f"Unrecognized match type {operator}"
        raise InvalidEventPatternError(msg)
    if len(expression) > 1:
        raise InvalidEventPatternError(_ONE_KEY)
    return compiler(operand)


def _equals_text(wanted: str) -> Predicate:
    address = ip_address(wanted)
    if address is None:
        return lambda leaf: leaf == wanted
    return lambda leaf: leaf == wanted or (isinstance(leaf, str) and ip_address(leaf) == address)


def _equals_number(wanted: float) -> Predicate:
    key = number_key(wanted)
    if key is None:  # too large to compare as a number: an account id, say
        return lambda leaf: not isinstance(leaf, bool) and _is_same(leaf, wanted)
    return lambda leaf: number_key(leaf) == key


def _exactly(operand: Any) -> Predicate:
    wanted = text_operand(operand, "exact match pattern must be a string")
    return lambda leaf: bool(leaf == wanted)


def _affix(name: str, ends: Callable[[str, str], bool]) -> Callable[[Any], Predicate]:
    def compiler(operand: Any) -> Predicate:
        if isinstance(operand, Mapping):
            lower = _ignoring_case(name, operand).lower()
            return lambda leaf: isinstance(leaf, str) and ends(leaf.lower(), lower)
        wanted = text_operand(operand, f"{name} match pattern must be a string")
        return lambda leaf: isinstance(leaf, str) and ends(leaf, wanted)

    return compiler


def _ignoring_case(name: str, operand: Mapping[str, Any]) -> str:
    if not operand:
        msg = f"{name.capitalize()} expression name not found"
        raise InvalidEventPatternError(msg)
    inner = next(iter(operand))
    if inner != "equals-ignore-case":
        msg = f"Unsupported {name} pattern: {inner}"
        raise InvalidEventPatternError(msg)
    if len(operand) > 1:
        raise InvalidEventPatternError(_ONE_KEY)
    return text_operand(operand[inner], "equals-ignore-case match pattern must be a string")


def _equals_ignore_case(operand: Any) -> Predicate:
    lower = text_operand(operand, "equals-ignore-case match pattern must be a string").lower()
    return lambda leaf: isinstance(leaf, str) and leaf.lower() == lower


def _wildcard(operand: Any) -> Predicate:
    parts = _wildcard_parts(text_operand(operand, "wildcard match pattern must be a string"))
    return lambda leaf: isinstance(leaf, str) and _wildcard_matches(parts, leaf)


def _wildcard_parts(pattern: str) -> list[str]:
    """Split at the unescaped asterisks; positions in messages count AWS's opening quote."""
    parts = [""]
    index = 0
    while index < len(pattern):
        char, following = pattern[index], pattern[index + 1 : index + 2]
        if char == "\\":
            if following not in {"*", "\\"}:
                msg = f"Invalid escape character at pos {index + 1}"
                raise InvalidEventPatternError(msg)
            parts[-1] += following
            index += 1
        elif char != "*":
            parts[-1] += char
        elif following == "*":
            msg = f"Consecutive wildcard characters at pos {index + 1}"
            raise InvalidEventPatternError(msg)
        else:
            parts.append("")
        index += 1
    return parts


def _wildcard_matches(parts: list[str], text: str) -> bool:
    """Match literal parts in order, in linear time (no backtracking for hostile patterns)."""
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    end = len(text) - len(last)
    if end < len(first) or not text.startswith(first) or not text.endswith(last):
        return False
    position = len(first)
    for part in middle:
        found = text.find(part, position, end)
        if found < 0:
            return False
        position = found + len(part)
    return True


def _exists(operand: Any) -> Predicate:
    if operand is not True:  # {"exists": false} is handled before
        msg = "exists match pattern must be either true or false."
        raise InvalidEventPatternError(msg)
    return lambda _leaf: True


def _anything_but(operand: Any) -> Predicate:
    """Compile ``anything-but``: any other value of any type matches, but not a missing field."""
    if isinstance(operand, Mapping):
        return _anything_but_expression(operand)
    several = isinstance(operand, list)
    values = operand if several else [operand]
    if not several and (isinstance(operand, bool) or not isinstance(operand, (str, int, float))):
        msg = "Value of anything-but must be an array or single string/number value."
        raise InvalidEventPatternError(msg)
    if any(
        isinstance(member, bool) or not isinstance(member, (str, int, float)) for member in values
    ):
        msg = "Inside anything but list, start|null|boolean is not supported."
        raise InvalidEventPatternError(msg)
    if len({isinstance(value, str) for value in values}) != 1:
        msg = (
            "Inside anything but list, either all values are number or string, "
            "mixed type is not supported"
        )
        raise InvalidEventPatternError(msg)
    if isinstance(values[0], str):
        texts = frozenset(values)
        return lambda leaf: not isinstance(leaf, str) or leaf not in texts
    keys = frozenset(bounded_key(number) for number in values)
    return lambda leaf: number_key(leaf) not in keys


def _anything_but_expression(operand: Mapping[str, Any]) -> Predicate:
    if not operand:
        msg = "Anything-But expression name not found"
        raise InvalidEventPatternError(msg)
    operator, inner = next(iter(operand.items()))
    if operator not in _ANYTHING_BUT_OPERATORS:
        msg = f"Unsupported anything-but pattern: {operator}"
        raise InvalidEventPatternError(msg)
    if len(operand) > 1:
        raise InvalidEventPatternError(_ONE_KEY)
    values = inner if isinstance(inner, list) else [inner]
    if not values:
        msg = "Empty arrays are not allowed"
        raise InvalidEventPatternError(msg)
    unwanted = [_anything_but_part(operator, value) for value in values]
    return lambda leaf: not any(predicate(leaf) for predicate in unwanted)


def _anything_but_part(operator: str, value: Any) -> Predicate:
    reasons = {
        "equals-ignore-case": "Inside anything-but/equals-ignore-case list, "
        "number|start|null|boolean is not supported.",
        "wildcard": "wildcard match pattern must be a string",
    }
    text = text_operand(
        value, reasons.get(operator, "prefix/suffix match pattern must be a string")
    )
    if not text and operator in {"prefix", "suffix"}:
        msg = "Null prefix/suffix not allowed"
        raise InvalidEventPatternError(msg)
    return _OPERATORS[operator](text)


_OPERATORS: Mapping[str, Callable[[Any], Predicate]] = {
    "exactly": _exactly,
    "prefix": _affix("prefix", str.startswith),
    "suffix": _affix("suffix", str.endswith),
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": compile_numeric,
    "exists": _exists,
    "cidr": compile_cidr,
}
