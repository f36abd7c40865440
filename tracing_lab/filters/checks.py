"""Checks of single values, as filter expressions require them."""

import operator as op
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from .facts import NodeId
from .keywords import KEYWORDS, KeywordType
from .syntax import AnnotationCondition, KeywordCondition, NodePattern

Check: TypeAlias = Callable[[Any], bool]
"""Returns whether a value is as demanded."""

_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = MappingProxyType(
    {
        "=": op.eq,
        "!=": op.ne,
        "<": op.lt,
        "<=": op.le,
        ">": op.gt,
        ">=": op.ge,
        "CONTAINS": op.contains,
        "BEGINSWITH": str.startswith,
        "ENDSWITH": str.endswith,
    }
)
"""What each operator does to a value of the trace and a value of the expression."""


def keyword_check(condition: KeywordCondition) -> Check:
    """Return the check of a keyword's value.

    Parameters
    ----------
    condition
        The keyword and what it is compared with. The value of a flag is a boolean, of a number
        that or None, of a text the tuple of all its values.

    Examples
    --------
    >>> keyword_check(KeywordCondition("http.status", ">=", 500.0))(503)
    True
    """
    kind = KEYWORDS[condition.keyword]
    if kind is KeywordType.FLAG:
        wanted = condition.operator is None or condition.value == (condition.operator == "=")
        return lambda value: bool(value) is wanted
    if condition.operator is None:
        return bool
    compare, other = _COMPARISONS[condition.operator], condition.value
    if kind is KeywordType.NUMBER:
        return lambda value: value is not None and compare(value, other)
    return lambda values: any(compare(value, other) for value in values)


def annotation_check(annotation: AnnotationCondition) -> Check:
    """Return the check of all values of an annotation in a trace."""
    if annotation.operator is None:
        return bool
    compare, other = _COMPARISONS[annotation.operator], annotation.value
    kind = _kind(other)
    return lambda values: any(_kind(value) is kind and compare(value, other) for value in values)


def node_check(pattern: NodePattern) -> Callable[[NodeId], bool]:
    """Return the check whether a node of the service map matches."""
    wanted = (pattern.name, pattern.type, pattern.account_id)
    return lambda node: all(
        expected is None or expected == has for expected, has in zip(wanted, node, strict=True)
    )


def _kind(value: Any) -> type:
    return type(value) if isinstance(value, bool | str) else float
