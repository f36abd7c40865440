"""Find and transform the parts of strings that an export writes as references."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set as AbstractSet
from typing import Any

from tracing_lab.stack import Attribute, Part, Resource, Text

Render = Callable[[Sequence[Part]], Any]
Scope = AbstractSet[str]
"""Logical names that the strings of a resource may refer to."""


def scopes(resources: Sequence[Resource]) -> dict[str, Scope]:
    """Return what each resource may refer to: its direct and indirect dependencies.

    Naming anything else as text keeps the references free of cycles.
    """
    by_name = {resource.logical: resource for resource in resources}
    return {name: _reachable(name, by_name) for name in by_name}


def parts_within(text: str, scope: Scope) -> Iterator[Part]:
    """Yield the parts of a string; attributes outside the scope become plain strings.

    Parameters
    ----------
    text
        Any property's text.
    scope
        What it may refer to. Outputs known only after creation are always references.

    Yields
    ------
    Part
        Strings, attributes and locations; joined they equal the text.

    Examples
    --------
    >>> name = Text(Attribute("bus", "Name", "shop-bus"))
    >>> list(parts_within(Text("event-bus/", name), {"api"}))
    ['event-bus/', 'shop-bus']
    """
    for part in text.parts if isinstance(text, Text) else (text,):
        if isinstance(part, Attribute) and part.value is not None and part.logical not in scope:
            yield from parts_within(part.value, scope)
        else:
            yield part


def transform(value: Any, scope: Scope, render: Render) -> Any:
    """Return a copy of nested data with all strings rendered.

    Parameters
    ----------
    value
        Dicts, lists, strings, numbers.
    scope
        What strings may refer to.
    render
        Renders the parts of one text.
    """
    if isinstance(value, str):
        return render(tuple(parts_within(value, scope)))
    if isinstance(value, Mapping):
        return {key: transform(item, scope, render) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [transform(item, scope, render) for item in value]
    return value


def _reachable(start: str, by_name: Mapping[str, Resource]) -> set[str]:
    found: set[str] = set()
    pending = [start]
    while pending:
        for other in by_name[pending.pop()].depends_on:
            if other in by_name and other not in found:
                found.add(other)
                pending.append(other)
    return found
