"""Comparisons of filter expressions."""

import operator as op
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

Check: TypeAlias = Callable[[Any], bool]
"""Tells whether something holds for the facts it gets."""

Compare: TypeAlias = Callable[[Any, Any], bool]


def _begins(value: str, wanted: str) -> bool:
    return value.startswith(wanted)


def _ends(value: str, wanted: str) -> bool:
    return value.endswith(wanted)


CHECKS: Final[Mapping[str, Compare]] = MappingProxyType(
    {
        "=": op.eq,
        "!=": op.ne,
        "<": op.lt,
        "<=": op.le,
        ">": op.gt,
        ">=": op.ge,
        "CONTAINS": op.contains,
        "BEGINSWITH": _begins,
        "ENDSWITH": _ends,
    }
)
"""What each operator does to a value of the trace and a value of the expression."""


def one_value(get: Callable[[Any], Any], compare: Compare, wanted: Any) -> Check:
    """Compare a value that may be None; that does not hold."""

    def check(facts: Any) -> bool:
        value = get(facts)
        return value is not None and compare(value, wanted)

    return check


def any_value(get: Callable[[Any], tuple[Any, ...]], compare: Compare, wanted: Any) -> Check:
    """Compare each of some values; one that fits is enough."""

    def check(facts: Any) -> bool:
        return any(compare(value, wanted) for value in get(facts))

    return check
