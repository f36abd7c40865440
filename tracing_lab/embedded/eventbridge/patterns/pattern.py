"""EventBridge event patterns: compile once, match many events.

Semantics are those of AWS's Event Ruler: an event is flattened to leaves under dotted paths, all
paths of a pattern must be satisfied (``$or`` makes alternatives), and leaves that lie in different
elements of the same array never satisfy one pattern together.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from .ranges import InvalidEventPatternError
from .values import FieldRule, Scalar, compile_values

__all__ = ["InvalidEventPatternError", "Matcher", "compile_pattern", "flatten"]

MAX_DEPTH = 100
"""Deepest nesting of events and patterns; AWS states no limit, this one protects the server."""

MAX_ALTERNATIVES = 1000
"""Most combinations of ``$or`` in one pattern."""

_OR = "$or"
_OR_OPERANDS = 2

# fmt: off
_RESERVED_IN_OR = frozenset((
    "exactly", "equals-ignore-case", "prefix", "suffix", "anything-but", "exists", "wildcard",
    "numeric", "cidr", "=", "<", "<=", ">", ">=", "regex", "not-wildcard", "date-after",
    "not-equals-ignore-case", "date-on-or-after", "date-before", "date-on-or-before",
    "in-date-range", "ip-address-in-range", "ip-address-not-in-range",
))
# fmt: on

Place = tuple[tuple[int, int], ...]
"""Position of a leaf: (array, element) pairs from the outermost array inwards."""

Fields = Mapping[str, list[tuple[Scalar, Place]]]
"""A flattened event: dotted path -> leaves with their positions."""

_Alternative = dict[str, FieldRule]


@dataclass(frozen=True)
class Matcher:
    """A compiled pattern.

    Parameters
    ----------
    alternatives
        One set of field rules for each combination of ``$or``; one of them must hold.
    """

    alternatives: tuple[Mapping[str, FieldRule], ...]

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Return whether an event matches.

        Raises
        ------
        ValueError
            The event is nested deeper than `MAX_DEPTH`.

        Examples
        --------
        >>> matcher = compile_pattern({"detail": {"total": [{"numeric": [">", 100]}]}})
        >>> matcher.matches({"detail": {"total": 250}}), matcher.matches({"detail": {"total": 5}})
        (True, False)
        """
        return self.matches_fields(flatten(event))

    def matches_fields(self, fields: Fields) -> bool:
        """Return whether a flattened event matches (flatten once, match many patterns)."""
        return any(_alternative_matches(alternative, fields) for alternative in self.alternatives)


def compile_pattern(pattern: Mapping[str, Any] | str | bytes) -> Matcher:
    """Compile an event pattern, given as JSON text or parsed.

    Raises
    ------
    InvalidEventPatternError
        The pattern is not one that EventBridge accepts.

    Examples
    --------
    >>> compile_pattern('{"source": []}')
    Traceback (most recent call last):
    tracing_lab.embedded.eventbridge.patterns.ranges.InvalidEventPatternError: \
Event pattern is not valid. Reason: Empty arrays are not allowed
    """
    parsed = _parse(pattern) if isinstance(pattern, (str, bytes)) else pattern
    if not isinstance(parsed, Mapping):
        msg = "Filter is not an object"
        raise InvalidEventPatternError(msg)
    return Matcher(tuple(_compile_object(parsed, (), [{}], inside_or=False)))


def flatten(event: Mapping[str, Any]) -> Fields:
    """Return the leaves of an event by dotted path.

    Raises
    ------
    ValueError
        The event is nested deeper than `MAX_DEPTH`.

    Examples
    --------
    >>> dict(flatten({"detail": {"tags": ["a", "b"]}}))
    {'detail.tags': [('a', ()), ('b', ())]}
    """
    fields: dict[str, list[tuple[Scalar, Place]]] = defaultdict(list)
    # a stack of its own instead of recursion: depth must not depend on Python's
    work: list[tuple[str, Any, Place, int]] = [("", event, (), 0)]
    arrays = 0
    while work:
        path, node, place, depth = work.pop()
        if depth > MAX_DEPTH:
            msg = f"The event is nested deeper than {MAX_DEPTH} levels; flatten it."
            raise ValueError(msg)
        if isinstance(node, Mapping):
            prefix = f"{path}." if depth else ""
            work.extend((f"{prefix}{key}", child, place, depth + 1) for key, child in node.items())
        elif isinstance(node, list):
            arrays += 1
            elements = [
                (path, child, _placed(place, arrays, index, child), depth + 1)
                for index, child in enumerate(node)
            ]
            work.extend(reversed(elements))
        else:
            fields[path].append((node, place))
    return fields


def _placed(place: Place, array: int, index: int, child: Any) -> Place:
    return (*place, (array, index)) if isinstance(child, (Mapping, list)) else place


def _parse(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        msg = f"{error}"
        raise InvalidEventPatternError(msg) from error


def _compile_object(
    node: Mapping[str, Any],
    path: tuple[str, ...],
    alternatives: list[_Alternative],
    *,
    inside_or: bool,
) -> list[_Alternative]:
    if not node:
        msg = "Empty objects are not allowed"
        raise InvalidEventPatternError(msg)
    if len(path) > MAX_DEPTH:
        msg = f"Pattern is nested deeper than {MAX_DEPTH} levels"
        raise InvalidEventPatternError(msg)
    for key, value in node.items():
        if key == _OR:
            alternatives = _compile_or(value, path, alternatives)
            continue
        if inside_or and key in _RESERVED_IN_OR:
            msg = f"{key} is Ruler reserved fieldName which cannot be used inside {_OR}."
            raise InvalidEventPatternError(msg)
        here = (*path, key)
        if isinstance(value, Mapping):
            alternatives = _compile_object(value, here, alternatives, inside_or=inside_or)
        elif isinstance(value, list):
            # given again, a path replaces what was before, as in Event Ruler's default compilation
            rule = {".".join(here): compile_values(value)}
            alternatives = [{**alternative, **rule} for alternative in alternatives]
        else:
            msg = f'"{key}" must be an object or an array'
            raise InvalidEventPatternError(msg)
    return alternatives


def _compile_or(
    operands: Any, path: tuple[str, ...], alternatives: list[_Alternative]
) -> list[_Alternative]:
    if not isinstance(operands, list):
        msg = f"It must be an Array followed with {_OR}."
        raise InvalidEventPatternError(msg)
    if not all(isinstance(operand, Mapping) for operand in operands):
        msg = f"Only JSON object is allowed in array of {_OR} relationship."
        raise InvalidEventPatternError(msg)
    if len(operands) < _OR_OPERANDS:
        msg = f"There must have at least 2 Objects in {_OR} relationship."
        raise InvalidEventPatternError(msg)
    combined: list[_Alternative] = []
    for alternative in operands:
        combined += _compile_object(alternative, path, alternatives, inside_or=True)
        if len(combined) > MAX_ALTERNATIVES:
            msg = f"Rule is too complex - {_OR} makes more than {MAX_ALTERNATIVES} combinations"
            raise InvalidEventPatternError(msg)
    return combined


def _alternative_matches(alternative: Mapping[str, FieldRule], fields: Fields) -> bool:
    needed: list[list[Place]] = []
    for path, rule in alternative.items():
        leaves = fields.get(path)
        if leaves is None:
            if not rule.absent:
                return False
            continue
        places = [place for leaf, place in leaves if rule.accepts(leaf)]
        if not places:
            return False
        needed.append(places)
    return _fit_together(needed, 0)


def _fit_together(needed: list[list[Place]], depth: int) -> bool:
    """Return whether each list has a position such that no array contributes two elements.

    A list with a position outside of arrays from this depth on is unrestricted. The others are
    grouped by array; groups are independent, and within a group all must be in the same element.
    This needs linear time in the number of leaves, for any event.
    """
    bound = [places for places in needed if all(len(place) > depth for place in places)]
    if len(bound) < 2:  # noqa: PLR2004 - one field alone cannot clash
        return True
    groups: dict[int, list[list[Place]]] = defaultdict(list)
    for places in bound:
        groups[places[0][depth][0]].append(places)
    return all(_share_an_element(group, depth) for group in groups.values())


def _share_an_element(group: list[list[Place]], depth: int) -> bool:
    if len(group) == 1:
        return True
    by_element = [_by_element(places, depth) for places in group]
    common = set(by_element[0]).intersection(*by_element[1:])
    return any(
        _fit_together([elements[element] for elements in by_element], depth + 1)
        for element in common
    )


def _by_element(places: Iterable[Place], depth: int) -> dict[tuple[int, int], list[Place]]:
    elements: dict[tuple[int, int], list[Place]] = defaultdict(list)
    for place in places:
        elements[place[depth]].append(place)
    return elements
