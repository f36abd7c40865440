"""Where each keyword is allowed, and where its value is in the facts."""

import difflib
import operator as op
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from . import causes
from .facts import TraceFacts
from .keywords import KEYWORDS, KeywordScope, KeywordType

Getter: TypeAlias = Callable[[Any], Any]

_REQUEST: Final = {
    "ok": "ok",
    "error": "error",
    "throttle": "throttle",
    "fault": "fault",
    "partial": "partial",
    "responsetime": "response_s",
    "duration": "duration_s",
    "http.status": "status",
    "http.url": "url",
    "http.method": "method",
    "http.useragent": "user_agent",
    "http.clientip": "client_ip",
}
_NOT_OF_CALLS: Final = ("http.useragent", "http.clientip")
_ON_REQUEST: Final = {name: op.attrgetter(f"request.{member}") for name, member in _REQUEST.items()}


def _text_of_node(position: int) -> Callable[[Any], tuple[str, ...]]:
    def values(facts: Any) -> tuple[str, ...]:
        value = facts.node[position]
        return () if value is None else (value,)

    return values


def _accounts(facts: TraceFacts) -> tuple[str, ...]:
    return tuple(node.node[2] for node in facts.nodes if node.node[2] is not None)


GETTERS: Final[Mapping[KeywordScope, Mapping[str, Getter]]] = MappingProxyType(
    {
        KeywordScope.TRACE: {
            **_ON_REQUEST,
            "inferred": op.attrgetter("inferred"),
            "user": op.attrgetter("users"),
            "availabilityzone": op.attrgetter("zones"),
            "instance.id": op.attrgetter("instances"),
            "resource.arn": op.attrgetter("arns"),
            "account.id": _accounts,
        },
        KeywordScope.SERVICE: {
            **_ON_REQUEST,
            "inferred": op.attrgetter("inferred"),
            "root": op.attrgetter("root"),
            "name": _text_of_node(0),
            "type": _text_of_node(1),
            "account.id": _text_of_node(2),
        },
        KeywordScope.EDGE: {
            name: get for name, get in _ON_REQUEST.items() if name not in _NOT_OF_CALLS
        },
        **causes.GETTERS,
    }
)
"""Where each keyword's value is in the facts, by the place it stands in."""

KEYWORDS_IN: Final[Mapping[KeywordScope, frozenset[str]]] = MappingProxyType(
    {scope: frozenset(getters) for scope, getters in GETTERS.items()}
    | {
        KeywordScope.TRACE: frozenset(GETTERS[KeywordScope.TRACE])
        | {name for name, kind in KEYWORDS.items() if kind is KeywordType.GROUP}
    }
)
"""The keywords that may stand in each place."""

_COMPLEX: Final = ("annotation.key", "edge()", "id()", "rootcause.json", "service()")
"""What else may begin a condition of a whole expression."""

_LIKENESS: Final = 0.7
"""A word less like a keyword than this is not taken for a misspelling."""


def names_in(scope: KeywordScope) -> list[str]:
    """Return the names that may begin a condition in a scope, for an error."""
    return sorted([*KEYWORDS_IN[scope], *(_COMPLEX if scope is KeywordScope.TRACE else ())])


def likely(word: str, scope: KeywordScope) -> str:
    """Return the name that a misspelled word is most like; empty if there is none.

    Examples
    --------
    >>> likely("servis", KeywordScope.TRACE)
    'service()'
    """
    plain = {name.removesuffix("()"): name for name in names_in(scope)}
    like = difflib.get_close_matches(word, plain, 1, _LIKENESS)
    return plain[like[0]] if like else ""
