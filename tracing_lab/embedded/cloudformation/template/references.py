"""Which resources the values of a template refer to, and the order that follows from it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from tracing_lab.embedded.cloudformation.errors import validation_error

SUBSTITUTED = re.compile(r"\$\{([^!][^}]*)\}")
"""A variable of ``Fn::Sub``; ``${!Literal}`` is none."""

_PSEUDO = "AWS::"
_GET_ATT = (
    "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name "
    "and the resource attribute"
)
_SUB = (
    "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. "
    "Specify a string as first argument, and an optional second argument to specify a mapping of "
    "values to replace in the string"
)


def names_in(value: Any) -> set[str]:
    """Return the resources and parameters that a value of a template refers to.

    Examples
    --------
    >>> sorted(names_in({"A": {"Ref": "B"}, "C": {"Fn::Sub": "${D.Arn}-${AWS::Region}-${!E}"}}))
    ['B', 'D']
    """
    return {name for name in _names(value) if not name.startswith(_PSEUDO)}


def in_order(dependencies: Mapping[str, Sequence[str] | set[str]]) -> list[str]:
    """Return names so that each comes after what it depends on, else as they are given.

    Examples
    --------
    >>> in_order({"A": ["B"], "B": [], "C": []})
    ['B', 'C', 'A']
    """
    known = {
        name: [other for other in sorted(needed) if other in dependencies]
        for name, needed in dependencies.items()
    }
    try:
        return list(TopologicalSorter(known).static_order())
    except CycleError as error:
        names = ", ".join(sorted(set(error.args[1])))
        message = f"Circular dependency between resources: [{names}]"
        raise validation_error(message) from error


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _names(item)
    if not isinstance(value, dict):
        return
    if len(value) == 1:
        yield from _referenced(*next(iter(value.items())))
    for item in value.values():
        yield from _names(item)


def _referenced(function: str, argument: Any) -> Iterator[str]:
    """Yield the names that one intrinsic function refers to by itself; ApiError if it is wrong."""
    if function == "Ref":
        if not isinstance(argument, str):
            message = "Template error: every Ref object must have a single String value."
            raise validation_error(message)
        yield argument
    elif function == "Fn::GetAtt":
        parts = argument.split(".", 1) if isinstance(argument, str) else argument
        if not isinstance(parts, list) or len(parts) != 2 or not isinstance(parts[0], str):  # noqa: PLR2004 - resource, attribute
            raise validation_error(_GET_ATT)
        yield parts[0]
    elif function == "Fn::Sub":
        text, given = argument if _is_pair(argument) else (argument, {})
        if not isinstance(text, str) or not isinstance(given, dict):
            raise validation_error(_SUB)
        for name in SUBSTITUTED.findall(text):
            if name not in given:
                yield name.split(".")[0]


def _is_pair(argument: Any) -> bool:
    return isinstance(argument, list) and len(argument) == 2  # noqa: PLR2004 - text, values
