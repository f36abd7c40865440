"""Where the value of each keyword is in the facts."""

import operator as op
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from . import causes
from .facts import TraceFacts
from .keywords import Scope

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
_ON_REQUEST: Final = {name: op.attrgetter(f"request.{member}") for name, member in _REQUEST.items()}


def _text_of_node(position: int) -> Callable[[Any], tuple[str, ...]]:
    def values(facts: Any) -> tuple[str, ...]:
        value = facts.node[position]
        return () if value is None else (value,)

    return values


def _accounts(facts: TraceFacts) -> tuple[str, ...]:
    return tuple(one.node[2] for one in facts.nodes if one.node[2] is not None)


GETTERS: Final[Mapping[Scope, Mapping[str, Getter]]] = MappingProxyType(
    {
        Scope.TRACE: {
            **_ON_REQUEST,
            "inferred": op.attrgetter("inferred"),
            "user": op.attrgetter("users"),
            "availabilityzone": op.attrgetter("zones"),
            "instance.id": op.attrgetter("instances"),
            "resource.arn": op.attrgetter("arns"),
            "account.id": _accounts,
        },
        Scope.SERVICE: {
            **_ON_REQUEST,
            "inferred": op.attrgetter("inferred"),
            "root": op.attrgetter("root"),
            "name": _text_of_node(0),
            "type": _text_of_node(1),
            "account.id": _text_of_node(2),
        },
        Scope.EDGE: _ON_REQUEST,
        **causes.GETTERS,
    }
)
"""Where each keyword's value is in the facts, by the place it stands in."""
