"""The keywords of filter expressions: type of each and where it may stand.

AWS X-Ray Developer Guide, "Using filter expressions".
"""

import difflib
from collections.abc import Mapping
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class Scope(StrEnum):
    """Where an expression stands; the value is how an error names the place."""

    TRACE = "a filter expression"
    SERVICE = "service() { }"
    EDGE = "edge() { }"
    CAUSE_SERVICE = "rootcause.*.service { }"
    CAUSE_ENTITY = "rootcause.*.entity { }"
    CAUSE_EXCEPTION = "rootcause.*.exception { }"


class Type(Enum):
    """What a keyword's values are."""

    FLAG = "flag"
    NUMBER = "number"
    TEXT = "text"
    GROUP = "group"


class Keyword(NamedTuple):
    """Type of a keyword and where it may stand."""

    type: Type
    scopes: frozenset[Scope]


CAUSE_SCOPES: Final[Mapping[str, Scope]] = MappingProxyType(
    {
        "service": Scope.CAUSE_SERVICE,
        "entity": Scope.CAUSE_ENTITY,
        "exception": Scope.CAUSE_EXCEPTION,
    }
)
CAUSE_KINDS: Final = ("fault", "error", "responsetime")

_TRACE = frozenset({Scope.TRACE})
_REQUEST = frozenset({Scope.TRACE, Scope.SERVICE, Scope.EDGE})
_SERVED = frozenset({Scope.TRACE, Scope.SERVICE})
_ELEMENT = frozenset(CAUSE_SCOPES.values())
_ENTITY = frozenset({Scope.CAUSE_ENTITY})
_CAUSE_SERVICE = frozenset({Scope.CAUSE_SERVICE})
_SERVICE = frozenset({Scope.SERVICE})

KEYWORDS: Final[Mapping[str, Keyword]] = MappingProxyType(
    {
        "ok": Keyword(Type.FLAG, _REQUEST),
        "error": Keyword(Type.FLAG, _REQUEST),
        "throttle": Keyword(Type.FLAG, _REQUEST),
        "fault": Keyword(Type.FLAG, _REQUEST),
        "partial": Keyword(Type.FLAG, _REQUEST),
        "inferred": Keyword(Type.FLAG, _SERVED | _CAUSE_SERVICE),
        "root": Keyword(Type.FLAG, _SERVICE),
        "first": Keyword(Type.FLAG, _ELEMENT),
        "last": Keyword(Type.FLAG, _ELEMENT),
        "remote": Keyword(Type.FLAG, _ENTITY),
        "responsetime": Keyword(Type.NUMBER, _REQUEST),
        "duration": Keyword(Type.NUMBER, _REQUEST),
        "http.status": Keyword(Type.NUMBER, _REQUEST),
        "index": Keyword(Type.NUMBER, _ELEMENT),
        "coverage": Keyword(Type.NUMBER, _ENTITY),
        "http.url": Keyword(Type.TEXT, _REQUEST),
        "http.method": Keyword(Type.TEXT, _REQUEST),
        "http.useragent": Keyword(Type.TEXT, _SERVED),
        "http.clientip": Keyword(Type.TEXT, _SERVED),
        "user": Keyword(Type.TEXT, _TRACE),
        "availabilityzone": Keyword(Type.TEXT, _TRACE),
        "instance.id": Keyword(Type.TEXT, _TRACE),
        "resource.arn": Keyword(Type.TEXT, _TRACE),
        "account.id": Keyword(Type.TEXT, _SERVED | _CAUSE_SERVICE),
        "name": Keyword(Type.TEXT, _ELEMENT | _SERVICE),
        "type": Keyword(Type.TEXT, _CAUSE_SERVICE | _SERVICE),
        "message": Keyword(Type.TEXT, frozenset({Scope.CAUSE_EXCEPTION})),
        "group.name": Keyword(Type.GROUP, _TRACE),
        "group.arn": Keyword(Type.GROUP, _TRACE),
    }
)

ALIASES: Final[Mapping[str, str]] = MappingProxyType({"groupname": "group.name"})
"""Other spellings; the console writes this one."""

EQUALITY: Final = ("=", "!=")
TEXT_OPERATORS: Final = ("CONTAINS", "BEGINSWITH", "ENDSWITH")
ORDER_OPERATORS: Final = ("<", "<=", ">", ">=")

OPERATORS: Final[Mapping[Type, tuple[str, ...]]] = MappingProxyType(
    {
        Type.FLAG: EQUALITY,
        Type.NUMBER: EQUALITY + ORDER_OPERATORS,
        Type.TEXT: EQUALITY + TEXT_OPERATORS,
        Type.GROUP: EQUALITY,
    }
)
"""Operators that each type can be compared with."""

STANDALONE: Final = frozenset({Type.FLAG, Type.TEXT})
"""Types that may stand alone: a flag holds, a text is there."""


_COMPLEX: Final = ("annotation.key", "edge()", "id()", "rootcause.json", "service()")
"""What else may begin a condition of a whole expression."""

_LIKENESS: Final = 0.7
"""A word less like a keyword than this is no slip of the keyboard."""


def names_in(scope: Scope) -> str:
    """Name what may begin a condition somewhere, for an error."""
    return ", ".join(_names_in(scope))


def likely(word: str, scope: Scope) -> str:
    """Return the name that a misspelled word is most like; empty if there is none."""
    plain = {name.removesuffix("()"): name for name in _names_in(scope)}
    like = difflib.get_close_matches(word, plain, 1, _LIKENESS)
    return plain[like[0]] if like else ""


def _names_in(scope: Scope) -> list[str]:
    simple = [name for name, one in KEYWORDS.items() if scope in one.scopes]
    return sorted([*simple, *(_COMPLEX if scope is Scope.TRACE else ())])
