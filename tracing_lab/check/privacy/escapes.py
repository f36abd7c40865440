"""Texts as they were before they were escaped for a URL, once or several times. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

_ESCAPE: Final = re.compile("%([0-9A-Fa-f]{2})")
_MOST_ROUNDS: Final = 3  # a URL in a URL in a URL

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
    [('a b%40', [0, 1, 4, 5, 8, 9, 10]), ('a b@', [0, 1, 4, 5, 10])]
    """
    places: Places = range(len(text) + 1)
    for _ in range(_MOST_ROUNDS):
        if not _ESCAPE.search(text):
            return
        text, places = _without_escapes(text, places)
        yield text, places


def _without_escapes(text: str, places: Places) -> tuple[str, list[int]]:
    parts, kept, at = [""], list[int](), 0
    for escape in _ESCAPE.finditer(text):
        parts += [text[at : escape.start()], chr(int(escape[1], 16))]
        kept += places[at : escape.start() + 1]
        at = escape.end()
    return "".join([*parts, text[at:]]), [*kept, *places[at:]]
