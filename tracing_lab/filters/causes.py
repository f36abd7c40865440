"""Root causes: what expressions over them evaluate.

AWS X-Ray API reference, ``FaultRootCause`` and its kin. Where AWS leaves it open: entities and
exceptions are counted along the whole path of a root cause, from 0; the members of a pattern that
``rootcause.json`` gives must be equal, those it leaves out may be anything, and each pattern must
fit one root cause of whatever kind.
"""

import operator as op
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from .facts import Causes
from .keywords import KeywordScope

_FIRST_INDEX: Final = 0


class CauseElement(NamedTuple):
    """A service, entity or exception on the path of a root cause, and its position there."""

    members: Mapping[str, Any]
    number: int
    is_last: bool


def _texts(name: str) -> Callable[[CauseElement], tuple[str, ...]]:
    def values(element: CauseElement) -> tuple[str, ...]:
        value = element.members.get(name)
        return () if value is None else (value,)

    return values


def _flag(name: str) -> Callable[[CauseElement], bool]:
    return lambda element: bool(element.members.get(name))


_ANYWHERE: Final[dict[str, Callable[[CauseElement], Any]]] = {
    "first": lambda element: element.number == _FIRST_INDEX,
    "last": op.attrgetter("is_last"),
    "index": op.attrgetter("number"),
    "name": _texts("Name"),
}

GETTERS: Final = MappingProxyType(
    {
        KeywordScope.CAUSE_SERVICE: {
            **_ANYWHERE,
            "inferred": _flag("Inferred"),
            "type": _texts("Type"),
            "account.id": _texts("AccountId"),
        },
        KeywordScope.CAUSE_ENTITY: {
            **_ANYWHERE,
            "remote": _flag("Remote"),
            "coverage": lambda element: element.members.get("Coverage"),
        },
        KeywordScope.CAUSE_EXCEPTION: {**_ANYWHERE, "message": _texts("Message")},
    }
)
"""Where each keyword's value is in an element."""


def elements_of(causes: Causes, level: str) -> Iterator[CauseElement]:
    """Yield the elements of root causes.

    Parameters
    ----------
    causes
        The root causes.
    level
        ``service``, ``entity`` or ``exception``.
    """
    for cause in causes:
        path = list(_LEVELS[level](cause))
        for number, members in enumerate(path):
            yield CauseElement(members, number + _FIRST_INDEX, number == len(path) - 1)


def has_shape(causes: Causes, pattern: Any) -> bool:
    """Return whether one of some root causes has a structure.

    Examples
    --------
    >>> has_shape(({"ClientImpacting": True, "Services": []},), {"ClientImpacting": True})
    True
    """
    return any(_fits(cause, pattern) for cause in causes)


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
            name in value and _fits(value[name], inner) for name, inner in pattern.items()
        )
    if isinstance(pattern, list):
        return (
            isinstance(value, list)
            and len(value) == len(pattern)
            and all(map(_fits, value, pattern))
        )
    return bool(value == pattern)
