r"""Texts without the escapes of URLs and of JSON, however often they were escaped. Pure.

An escape is one character: what stands after ``%3D`` or ``\n`` begins a word of its own, though
the escape ends in a letter or a digit.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

ESCAPE: Final = re.compile(
    r"%(?:25)*(?P<byte>[0-9A-Fa-f]{2})"
    r"|(?<!\\)\\+(?:u(?P<code>[0-9A-Fa-f]{4})|(?P<letter>[nrtbf/]))"
)
"""JSON in JSON has more backslashes. Those before quotes and backslashes are left to who reads it.
A URL in a URL has ``%25`` for each ``%``."""

_LETTERS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "/": "/"}
_MOST_ROUNDS: Final = 3

Places = Sequence[int]


def unescaped(text: str) -> Iterator[tuple[str, Places]]:
    """Yield a text without its escapes, and again while any are left.

    Parameters
    ----------
    text
        Any text.

    Yields
    ------
    plain
        The text with a character for each escape; bytes of UTF-8 are characters of their own.
    places
        Where each character of it begins in ``text``, and at last where the text ends.

    Examples
    --------
    >>> [*unescaped("a%20b%2540")]
    [('a b@', [0, 1, 4, 5, 10])]
    """
    places: Places = range(len(text) + 1)
    for _ in range(_MOST_ROUNDS):
        if not ESCAPE.search(text):
            return
        text, places = _without_escapes(text, places)
        yield text, places


def plain(text: str) -> str:
    """Return a text without its escapes.

    Examples
    --------
    >>> plain("ada%2Bx%2540example.org")
    'ada+x@example.org'
    """
    for less_escaped, _ in unescaped(text):
        text = less_escaped
    return text


def character(escape: "re.Match[str]") -> str:
    """Return what an escape stands for."""
    if escape["letter"]:
        return _LETTERS[escape["letter"]]
    return chr(int(escape["byte"] or escape["code"], 16))


def _without_escapes(text: str, places: Places) -> tuple[str, list[int]]:
    parts, kept, at = [""], list[int](), 0
    for escape in ESCAPE.finditer(text):
        parts += [text[at : escape.start()], character(escape)]
        kept += places[at : escape.start() + 1]
        at = escape.end()
    return "".join([*parts, text[at:]]), [*kept, *places[at:]]
