"""Each kind of personal data and secrets with what recognises it in a text. Pure."""

import re
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from operator import attrgetter
from typing import Final

from .assignments import USERINFO, named_values
from .escapes import Places, unescaped
from .kinds import EMAIL, KEY, TOKEN, Match
from .numbers import addresses, cards, phones

_EMAIL: Final = re.compile(
    r"(?<![\w.+%-])[A-Za-z0-9][\w.+-]*@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}\b"
)
_PEM: Final = "[A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----"
_KEY: Final = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\bAIza[\w-]{35}"
    r"|\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,}"
    rf"|-----BEGIN {_PEM}[^\"'-]*(?:-(?!----)[^\"'-]*)*(?:-----END {_PEM})?"  # or cut off
)
_TOKEN: Final = re.compile(
    r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|\bgh[opsur]_[A-Za-z0-9]{30,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|(?i:\b(?:bearer|basic)) (?P<scheme>[\w.~+/=-]{12,})"
)

_START: Final = attrgetter("start")


def matches(text: str) -> list[Match]:
    """Return the personal data and secrets in a text, in their order; no two overlap.

    Parameters
    ----------
    text
        Any text.

    Examples
    --------
    >>> [match.kind for match in matches("from ada@example.org at 203.0.113.9")]
    ['email', 'ip']
    """
    views: list[tuple[str, Places]] = [(text, range(len(text) + 1)), *unescaped(text)]
    found = [
        Match(match.kind, places[match.start], places[match.end])
        for number, (view, places) in enumerate(views)
        for match in chain(
            _by_form(view) if number or len(views) == 1 else (),  # not from within an escape on
            named_values(view),
        )
    ]
    return _merged(found)


def _by_form(text: str) -> list[Match]:
    """Return what has a kind's form; no two overlap."""
    found: list[Match] = []
    for detect in _DETECTORS:
        for match in detect(text):
            at = bisect(found, match.start, key=_START)
            neighbours = found[max(at - 1, 0) : at + 1]
            if not any(match.start < near.end and near.start < match.end for near in neighbours):
                found.insert(at, match)
    return found


def _merged(found: Iterable[Match]) -> list[Match]:
    """Return matches with those that overlap as one, of the kind of the longest."""
    groups: list[list[Match]] = []
    end = 0
    for match in sorted(found, key=_START):
        if groups and match.start < end:
            groups[-1].append(match)
        else:
            groups.append([match])
        end = max(end, match.end)
    return [_all_of(group) for group in groups]


def _all_of(group: list[Match]) -> Match:
    longest = max(group, key=lambda match: match.end - match.start)
    return Match(longest.kind, group[0].start, max(match.end for match in group))


def _by_pattern(kind: str, pattern: "re.Pattern[str]") -> Callable[[str], Iterator[Match]]:
    def detect(text: str) -> Iterator[Match]:
        for found in pattern.finditer(text):
            yield Match(kind, *found.span())

    return detect


def _tokens(text: str) -> Iterator[Match]:
    for found in _TOKEN.finditer(text):
        yield Match(TOKEN, *found.span("scheme" if found["scheme"] else 0))


def _emails(text: str) -> Iterator[Match]:
    """Yield addresses; the password before a URL's host belongs to none."""
    text = USERINFO.sub(lambda url: " " * len(url[0]), text)
    return _by_pattern(EMAIL, _EMAIL)(text)


_DETECTORS: Final[tuple[Callable[[str], Iterator[Match]], ...]] = (
    _by_pattern(KEY, _KEY),
    _tokens,
    _emails,
    cards,
    addresses,
    phones,
)
"""The more certain ones first, as a part of a text counts once; values of names count whole."""
