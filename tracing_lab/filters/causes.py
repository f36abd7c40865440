"""Root causes: what expressions over them look at.

AWS X-Ray API reference, ``FaultRootCause`` and its kin. Where AWS leaves it open: entities and
exceptions are counted along the whole path of a root cause, from 0; the members of a pattern that
``rootcause.json`` gives must be equal, those it leaves out may be anything, and each pattern must
fit one root cause of whatever kind.
"""

import json
import operator as op
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from .comparing import Check
from .facts import TraceFacts
from .keywords import CAUSE_SCOPES as SCOPES, Scope

__all__ = ["GETTERS", "SCOPES", "element_check", "shape_check"]

_FIRST_INDEX: Final = 0

_CAUSES: Final = {
    "fault": op.attrgetter("fault_causes"),
    "error": op.attrgetter("error_causes"),
    "responsetime": op.attrgetter("response_time_causes"),
}


class _Element(NamedTuple):
    """An element of a path, and where it is in it."""

    members: Mapping[str, Any]
    number: int
    is_last: bool


def _texts(name: str) -> Callable[[_Element], tuple[str, ...]]:
    def values(element: _Element) -> tuple[str, ...]:
        value = element.members.get(name)
        return () if value is None else (value,)

    return values


def _flag(name: str) -> Callable[[_Element], bool]:
    return lambda element: bool(element.members.get(name))


_ANYWHERE: Final[dict[str, Callable[[_Element], Any]]] = {
    "first": lambda element: element.number == _FIRST_INDEX,
    "last": op.attrgetter("is_last"),
    "index": op.attrgetter("number"),
    "name": _texts("Name"),
}

GETTERS: Final = MappingProxyType(
    {
        Scope.CAUSE_SERVICE: {
            **_ANYWHERE,
            "inferred": _flag("Inferred"),
            "type": _texts("Type"),
            "account.id": _texts("AccountId"),
        },
        Scope.CAUSE_ENTITY: {
            **_ANYWHERE,
            "remote": _flag("Remote"),
            "coverage": lambda element: element.members.get("Coverage"),
        },
        Scope.CAUSE_EXCEPTION: {**_ANYWHERE, "message": _texts("Message")},
    }
)
"""Where each keyword's value is in an element."""


def element_check(kind: str, level: str, inner: Check) -> Check:
    """Tell whether a root cause has an element that something holds for.

    Parameters
    ----------
    kind
        ``fault``, ``error`` or ``responsetime``.
    level
        ``service``, ``entity`` or ``exception``.
    inner
        What must hold for the element.
    """
    get, elements = _CAUSES[kind], _LEVELS[level]

    def check(facts: TraceFacts) -> bool:
        return any(
            inner(_Element(one, number, number == len(path) - 1 + _FIRST_INDEX))
            for cause in get(facts)
            for path in (list(elements(cause)),)
            for number, one in enumerate(path, _FIRST_INDEX)
        )

    return check


def shape_check(text: str, *, negated: bool) -> Check:
    """Tell whether root causes have the structures of a JSON array."""
    patterns = json.loads(text)

    def check(facts: TraceFacts) -> bool:
        causes = (*facts.fault_causes, *facts.error_causes, *facts.response_time_causes)
        found = all(any(_fits(one, pattern) for one in causes) for pattern in patterns)
        return found is not negated

    return check


def _services(cause: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return cause.get("Services") or ()


def _entities(cause: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for service in _services(cause):
        yield from service.get("EntityPath") or ()


def _exceptions(cause: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for entity in _entities(cause):
        yield from entity.get("Exceptions") or ()


_LEVELS: Final = {"service": _services, "entity": _entities, "exception": _exceptions}


def _fits(value: Any, pattern: Any) -> bool:
    if isinstance(pattern, dict):
        return isinstance(value, Mapping) and all(
            name in value and _fits(value[name], one) for name, one in pattern.items()
        )
    if isinstance(pattern, list):
        return (
            isinstance(value, list)
            and len(value) == len(pattern)
            and all(map(_fits, value, pattern))
        )
    return bool(value == pattern)
