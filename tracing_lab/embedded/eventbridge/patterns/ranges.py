"""The match expressions of EventBridge patterns that test ranges: ``numeric`` and ``cidr``.

Limits and messages are those of Event Ruler, the matching library that AWS published.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import ipaddress
import math
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

Predicate = Callable[[Any], bool]

_NUMERIC_LIMIT = 5_000_000_000
_IPV4_BITS = 32
_IPV6_BITS = 128
_PAIR = 2  # a comparison's operator and bound; a range's two comparisons


class InvalidEventPatternError(ValueError):
    """The pattern is invalid; EventBridge responds with InvalidEventPatternException (400).

    Parameters
    ----------
    reason
        What is wrong, in AWS's own words where they are known.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"Event pattern is not valid. Reason: {reason}")
        self.reason = reason


def text_operand(operand: Any, reason: str) -> str:
    """Return the operand if it is a string.

    Raises
    ------
    InvalidEventPatternError
        It is not a string; the reason says what was expected.
    """
    if not isinstance(operand, str):
        raise InvalidEventPatternError(reason)
    return operand


def number_key(value: Any) -> int | None:
    """Return a number as EventBridge compares it: in millionths, within five billion; or None.

    Examples
    --------
    >>> number_key(300) == number_key(3.0e2), number_key("300"), number_key(6e9)
    (True, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if not -_NUMERIC_LIMIT <= value <= _NUMERIC_LIMIT:
        return None
    if isinstance(value, int):
        return value * 1_000_000
    return math.floor(Decimal(repr(value)).scaleb(6))


def compile_numeric(operand: Any) -> Predicate:
    """Compile the operand of ``numeric``: one comparison or a range.

    Raises
    ------
    InvalidEventPatternError
        The comparisons are not ones that EventBridge knows.

    Examples
    --------
    >>> between = compile_numeric([">", 0, "<=", 5])
    >>> [between(leaf) for leaf in (0, 0.5, 5, "5", True)]
    [False, True, True, False, False]
    """
    if not isinstance(operand, list):
        msg = "Value of numeric must be an array."
        raise InvalidEventPatternError(msg)
    comparisons = [_comparison(operand[at : at + _PAIR]) for at in range(0, len(operand), _PAIR)]
    _check_range([operator for operator, _bound in comparisons])
    if len(comparisons) == _PAIR and comparisons[0][1] >= comparisons[1][1]:
        msg = "Bottom must be less than top"
        raise InvalidEventPatternError(msg)
    tests = [(_COMPARISONS[operator], bound) for operator, bound in comparisons]

    def matches(leaf: Any) -> bool:
        key = number_key(leaf)
        return key is not None and all(test(key, bound) for test, bound in tests)

    return matches


def _comparison(pair: list[Any]) -> tuple[str, int]:
    operator = pair[0]
    if not isinstance(operator, str):
        msg = f"Invalid member in numeric match: {operator}"
        raise InvalidEventPatternError(msg)
    if operator not in _COMPARISONS:
        msg = f"Unrecognized numeric range operator: {operator}"
        raise InvalidEventPatternError(msg)
    if len(pair) < _PAIR or isinstance(pair[1], bool) or not isinstance(pair[1], (int, float)):
        name = "equals" if operator == "=" else operator
        msg = f"Value of {name} must be numeric"
        raise InvalidEventPatternError(msg)
    return operator, bounded_key(pair[1])


def _check_range(operators: list[str]) -> None:
    """Raise unless there is one comparison, or a lower bound followed by an upper one."""
    if not operators:
        msg = "Invalid member in numeric match: ]"
        raise InvalidEventPatternError(msg)
    if len(operators) == 1:
        return
    if operators[0] not in {">", ">="}:
        msg = "Too many elements in numeric expression"
        raise InvalidEventPatternError(msg)
    if operators[1] not in {"<", "<="}:
        msg = f"Bad numeric range operator: {operators[1]}"
        raise InvalidEventPatternError(msg)
    if len(operators) > _PAIR:
        msg = "Too many terms in numeric range expression"
        raise InvalidEventPatternError(msg)


def bounded_key(value: float) -> int:
    """Return the `number_key` of a number in a pattern.

    Raises
    ------
    InvalidEventPatternError
        The number is beyond five billion.
    """
    key = number_key(value)
    if key is None:
        msg = "Value must be between -5.0E9 and 5.0E9, inclusive"
        raise InvalidEventPatternError(msg)
    return key


def compile_cidr(operand: Any) -> Predicate:
    """Compile the operand of ``cidr``, IPv4 or IPv6.

    Raises
    ------
    InvalidEventPatternError
        The operand is not an address block.

    Examples
    --------
    >>> inside = compile_cidr("10.0.0.0/24")
    >>> inside("10.0.0.255"), inside("10.0.1.0"), inside("not an address")
    (True, False, False)
    """
    text = text_operand(
        operand, "prefix match pattern must be a string"
    )  # AWS says prefix here too
    address_text, slash, bits_text = text.partition("/")
    if not slash or "/" in bits_text:
        msg = "Malformed CIDR, one '/' required"
        raise InvalidEventPatternError(msg)
    if not (bits_text.isascii() and bits_text.isdigit()):
        msg = "Malformed CIDR, mask bits must be an integer"
        raise InvalidEventPatternError(msg)
    address = ip_address(address_text)
    if address is None:
        msg = f"Nonstandard IP address: {address_text}"
        raise InvalidEventPatternError(msg)
    limit = _IPV4_BITS if address.version == 4 else _IPV6_BITS  # noqa: PLR2004 - IP version
    if len(bits_text) > len("128") or int(bits_text) >= limit:
        msg = f"IPv{address.version} mask bits must be < {limit}"
        raise InvalidEventPatternError(msg)
    network = ipaddress.ip_network((address, int(bits_text)), strict=False)

    def matches(leaf: Any) -> bool:
        found = ip_address(leaf) if isinstance(leaf, str) else None
        return found is not None and found in network

    return matches


def ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Parse an address; None if the text is not one.

    Examples
    --------
    >>> ip_address("::1") == ip_address("0:0:0:0:0:0:0:1")
    True
    """
    if ("." not in text and ":" not in text) or "%" in text:  # fast path; AWS has no zones
        return None
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "=": lambda leaf, bound: leaf == bound,
    ">": lambda leaf, bound: leaf > bound,
    ">=": lambda leaf, bound: leaf >= bound,
    "<": lambda leaf, bound: leaf < bound,
    "<=": lambda leaf, bound: leaf <= bound,
}
