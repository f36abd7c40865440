"""The values of secret names in a text: ``password=...``, JSON also in quotes, and URLs. Pure."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

from .kinds import TOKEN, Match
from .secret_names import holds_secrets, named_secret, secret_kind

USERINFO: Final = re.compile(
    r"://[^\s/?#@:\"'\[]*:(?!\*+@|\d{1,5}/)(?P<secret>[^\s/?#\"']+|[^\s?#\"'@]{1,200})@"
)
"""A URL's user and password. A password may have a slash, which strictly it may not."""

_NAME: Final = r"(?<![\w-])(?P<name>[\w-]+)(?P<close>\\*[\"'])?\s*(?:=>|:=|[=:])\s*"
_ASSIGNED: Final = re.compile(rf"{_NAME}(?P<open>\\*[\"'])?")
_LISTED: Final = re.compile(rf"{_NAME}[\[{{]")
_PAIR: Final = re.compile(  # {"name": "Authorization", "value": "..."}, as headers are written
    r"[\"'](?:name|key)\\*[\"']\s*:\s*\\*[\"'](?P<name>[\w.-]+)\\*[\"']\s*,"
    r"\s*\\*[\"']value\\*[\"']\s*:\s*(?P<open>\\*[\"'])",
    re.IGNORECASE,
)
_ARN: Final = re.compile(r"(?<![\w-])arn:aws[\w-]*:[^\s\"'&,;=?\\(){}\[\]<>]*")
_QUOTE: Final = re.compile(r"(?<!\\)(?P<escape>\\*)(?P<mark>[\"'])")
_PIECE: Final = re.compile(r"(?<!\\)\\*[\"']|[\[\]{}]")
_COLON: Final = re.compile(r"\s*:")
_PLAIN: Final = re.compile(r"[^\s\"'&,;}]{4,}")
_SCHEME: Final = re.compile(r"(?:bearer|basic|digest|negotiate|token)\s+", re.IGNORECASE)
_BEFORE_SECRET: Final = re.compile(rf"{_SCHEME.pattern}(?=\S{{4}})", re.IGNORECASE)
_AFTER_SCHEME: Final = re.compile(r"(?=\S{12}|[^\s\d]*\d)[^\s\"'&,;}]{4,}")
_AUTHORIZATION: Final = "authorization"

Span = tuple[int, int]


def named_values(text: str) -> Iterator[Match]:
    """Yield the values of secret names, and the passwords of URLs. They may overlap.

    Parameters
    ----------
    text
        Any text.

    Examples
    --------
    >>> text = 'to redis://:s3cret@cache with {"password": "correct horse"}'
    >>> [text[match.start : match.end] for match in named_values(text)]
    ['s3cret', 'correct horse']
    """
    for url in USERINFO.finditer(text):
        yield Match(TOKEN, *url.span("secret"))
    for name, (start, end) in chain(_assigned(text), _paired(text), _listed(text)):
        if kind := secret_kind(name, text[start:end]):
            yield Match(kind, start, end)


def without_scheme(name: str, value: str) -> int:
    """Return where the secret of a value begins: after the scheme if the name is Authorization.

    Parameters
    ----------
    name
        The value's name, or the path to it.
    value
        The value.

    Examples
    --------
    >>> without_scheme("Authorization", "Bearer abcd"), without_scheme("password", "basic training")
    (7, 0)
    """
    scheme = _BEFORE_SECRET.match(value) if _AUTHORIZATION in name.lower() else None
    return scheme.end() if scheme else 0


def _assigned(text: str) -> Iterator[tuple[str, Span]]:
    """Yield names with the value directly after each."""
    text = _ARN.sub(lambda arn: "." * len(arn[0]), text)  # "secret:" in one is the resource's type
    read_to = 0  # what looks like an assignment in a quoted value is a part of it
    for assigned in _ASSIGNED.finditer(text):
        name = assigned["name"]
        if assigned.start() >= read_to and named_secret(name):
            span = _quoted(text, assigned) if assigned["open"] else _plain(text, assigned.end())
            if span:
                read_to = span[1]
                yield name, span


def _paired(text: str) -> Iterator[tuple[str, Span]]:
    """Yield names with the values of pairs that have the name in a member of its own."""
    for pair in _PAIR.finditer(text):
        name, start = pair["name"], pair.end()
        end = _closing(text, start, pair["open"])
        yield name, (start + without_scheme(name, text[start:end]), end)


def _quoted(text: str, assigned: "re.Match[str]") -> Span | None:
    """Return where a value in quotes lies; None if the quote closes something before it."""
    name, start, opening = assigned["name"], assigned.end(), assigned["open"]
    before = text[assigned.start() - 1 : assigned.start()]
    is_prose = before == opening[-1] or text[start : start + 1].isspace()
    if is_prose and not assigned["close"]:
        return None
    end = _closing(text, start, opening)
    return start + without_scheme(name, text[start:end]), end


def _closing(text: str, start: int, opening: str) -> int:
    """Return where a value ends: at its closing quote or, if that was cut off, with the line.

    In JSON that was written into JSON, quotes have one backslash and those within a value three;
    a quote with fewer backslashes ends what is around it.
    """
    escapes = len(opening) - 1
    for quote in _QUOTE.finditer(text, start):
        count = len(quote["escape"])
        is_end = count < escapes or count % (2 * escapes + 2) == escapes
        if quote["mark"] == opening[-1] and is_end:
            return quote.end() - 1 - min(count, escapes)
    line = text.find("\n", start)
    return len(text) if line < 0 else line


def _plain(text: str, start: int) -> Span | None:
    """Return where a value without quotes lies, after its scheme if it has one."""
    scheme = _SCHEME.match(text, start)
    value = _AFTER_SCHEME.match(text, scheme.end()) if scheme else _PLAIN.match(text, start)
    return (value.start(), value.start() + len(value[0].rstrip("\\"))) if value else None


def _listed(text: str) -> Iterator[tuple[str, Span]]:
    """Yield names with the values in quotes in the lists and objects that they hold."""
    read_to = 0
    for assigned in _LISTED.finditer(text) if "[" in text or "{" in text else ():
        if assigned.start() >= read_to and holds_secrets(assigned["name"]):
            spans, read_to = _quoted_inside(text, assigned.end() - 1)
            yield from ((assigned["name"], span) for span in spans)


def _quoted_inside(text: str, start: int) -> tuple[list[Span], int]:
    """Return where the values in quotes lie between brackets, without names; and where it ends."""
    depth, at, spans = 0, start, list[Span]()
    while piece := _PIECE.search(text, at):
        at = piece.end()
        if piece[0][-1] in "[]{}":
            depth += 1 if piece[0] in "[{" else -1
            if depth == 0:
                return spans, at
            continue
        end = _closing(text, at, piece[0])
        at = end + len(piece[0])
        if not _COLON.match(text, at):
            spans.append((piece.end(), end))
    return spans, len(text)
