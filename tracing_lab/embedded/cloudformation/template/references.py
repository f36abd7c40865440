"""Which resources the values of a template refer to, and the order that follows from it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from tracing_lab.embedded.cloudformation.errors import validation_error

SUBSTITUTED = re.compile(r"\$\{([^!][^}]*)\}")
"""A variable of ``Fn::Sub``; ``${!Literal}`` is none."""

_PSEUDO = "AWS::"


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
    """Yield the names that one intrinsic function refers to by itself."""
    if function == "Ref" and isinstance(argument, str):
        yield argument
    elif function == "Fn::GetAtt":
        first = argument.split(".")[0] if isinstance(argument, str) else argument[0]
        yield str(first)
    elif function == "Fn::Sub":
        text, given = (argument, {}) if isinstance(argument, str) else argument
        for name in SUBSTITUTED.findall(text):
            if name not in given:
                yield name.split(".")[0]
