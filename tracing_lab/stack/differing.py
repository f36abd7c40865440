"""Compare wanted with observed properties, attribute by attribute."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from .model import Change


def differences(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """Yield the differences of two values, leaf by leaf.

    Mappings are compared name by name and lists of mappings item by item; a value that was added
    or removed as a whole is one change.

    Yields
    ------
    Change
        One per differing leaf, in the order of the names.

    Examples
    --------
    >>> list(differences({"a": {"b": 1}, "c": 2}, {"a": {"b": 3}, "c": 2}))
    [Change(path='a.b', old=1, new=3)]
    >>> list(differences({"a": [{"b": 1}]}, {"a": [{"b": 1}, {"b": 2}]}))
    [Change(path='a[1]', old=None, new={'b': 2})]
    """
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            below = f"{path}.{key}" if path else str(key)
            yield from differences(old.get(key), new.get(key), below)
    elif _is_table(old) and _is_table(new):
        for index, (old_item, new_item) in enumerate(zip_longest(old, new)):
            yield from differences(old_item, new_item, f"{path}[{index}]")
    elif old != new:
        yield Change(path=path, old=old, new=new)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a value.

    Yields
    ------
    tuple[str, Any]
        Path and value of each leaf, in the order of the names.

    Examples
    --------
    >>> list(leaves({"b": {"c": 1}, "a": [2], "d": {}}))
    [('a', [2]), ('b.c', 1), ('d', {})]
    """
    if isinstance(value, Mapping) and (value or not path):
        for key in sorted(value):
            yield from leaves(value[key], f"{path}.{key}" if path else str(key))
    else:
        yield path, value


def additions(value: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the attributes of a created resource as changes."""
    return tuple(Change(path=path, old=None, new=leaf) for path, leaf in leaves(value))


def removals(value: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the attributes of a deleted resource as changes."""
    return tuple(Change(path=path, old=leaf, new=None) for path, leaf in leaves(value))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, Mapping) for item in value)
