"""The keywords of filter expressions: types, operators and scopes.

AWS X-Ray Developer Guide, "Using filter expressions".
"""

from collections.abc import Mapping
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final


class KeywordScope(StrEnum):
    """The scope of an expression; the value is its name in errors."""

    TRACE = "a filter expression"
    SERVICE = "service() { }"
    EDGE = "edge() { }"
    CAUSE_SERVICE = "rootcause.*.service { }"
    CAUSE_ENTITY = "rootcause.*.entity { }"
    CAUSE_EXCEPTION = "rootcause.*.exception { }"


class KeywordType(Enum):
    """The type of a keyword's values."""

    FLAG = "flag"
    NUMBER = "number"
    TEXT = "text"
    GROUP = "group"


CAUSE_SCOPES: Final[Mapping[str, KeywordScope]] = MappingProxyType(
    {
        "service": KeywordScope.CAUSE_SERVICE,
        "entity": KeywordScope.CAUSE_ENTITY,
        "exception": KeywordScope.CAUSE_EXCEPTION,
    }
)
CAUSE_KINDS: Final = ("fault", "error", "responsetime")

_FLAGS = "ok error throttle fault partial inferred root first last remote"
_NUMBERS = "responsetime duration http.status index coverage"
_TEXTS = """
    http.url http.method http.useragent http.clientip user availabilityzone instance.id resource.arn
    account.id name type message
"""
_GROUPS = "group.name group.arn"

KEYWORDS: Final[Mapping[str, KeywordType]] = MappingProxyType(
    {
        **dict.fromkeys(_FLAGS.split(), KeywordType.FLAG),
        **dict.fromkeys(_NUMBERS.split(), KeywordType.NUMBER),
        **dict.fromkeys(_TEXTS.split(), KeywordType.TEXT),
        **dict.fromkeys(_GROUPS.split(), KeywordType.GROUP),
    }
)
"""The type of each keyword. Where each may stand: `getters`."""

ALIASES: Final[Mapping[str, str]] = MappingProxyType({"groupname": "group.name"})
"""Other spellings; the console writes this one."""

EQUALITY: Final = ("=", "!=")
TEXT_OPERATORS: Final = ("CONTAINS", "BEGINSWITH", "ENDSWITH")
ORDER_OPERATORS: Final = ("<", "<=", ">", ">=")

OPERATORS: Final[Mapping[KeywordType, tuple[str, ...]]] = MappingProxyType(
    {
        KeywordType.FLAG: EQUALITY,
        KeywordType.NUMBER: EQUALITY + ORDER_OPERATORS,
        KeywordType.TEXT: EQUALITY + TEXT_OPERATORS,
        KeywordType.GROUP: EQUALITY,
    }
)
"""Operators that each type can be compared with."""

STANDALONE: Final = frozenset({KeywordType.FLAG, KeywordType.TEXT})
"""Types that may stand alone: a flag holds, a text is there."""
