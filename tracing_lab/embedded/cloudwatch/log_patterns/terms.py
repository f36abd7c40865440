"""Filter patterns for unstructured messages: terms that occur, one of several, or do not occur.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html,
"Use filter patterns to match terms in unstructured log events":

- A term matches anywhere in a message, within words too, and case counts.
- Terms with other characters than letters, digits and underscores need double quotes.
- ``?`` terms are ignored when there are terms without ``?`` as well ("You can't combine the
  question mark with other filter patterns").
- A regular expression stands alone.
"""

import re
from collections.abc import Callable

from .errors import LogPatternError
from .regex import regex_search

_TERM = re.compile(r'\s*([?-]?)\s*("(?:\\.|[^"\\])*"|[^\s"]*)')
_PLAIN = re.compile(r"\w+")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def terms_matcher(text: str) -> Callable[[str], bool]:
    """Return a function that returns whether a message has the terms of a pattern.

    Raises
    ------
    LogPatternError
        If a term is malformed.

    Examples
    --------
    >>> terms_matcher('ERROR "two words" -Exiting')("ERRORS: two words")
    True
    """
    if text.startswith("%"):
        return _regex_matcher(text)
    found: dict[str, list[str]] = {"": [], "?": [], "-": []}
    for sign, term in _terms(text):
        found[sign].append(term)
    required, excluded = found[""], found["-"]
    optional = [] if required or excluded else found["?"]

    def matches(message: str) -> bool:
        return (
            all(term in message for term in required)
            and not any(term in message for term in excluded)
            and (not optional or any(term in message for term in optional))
        )

    return matches


def unquoted(quoted: str) -> str:
    r"""Return the text of a quoted term.

    Examples
    --------
    >>> unquoted(r'"a \"b\""')
    'a "b"'
    """
    return _ESCAPED.sub(r"\1", quoted[1:-1])


def _regex_matcher(text: str) -> Callable[[str], bool]:
    if text.count("%") != 2 or not text.endswith("%"):  # noqa: PLR2004 - one at either end
        msg = f"A regular expression must be the only term, between two '%', in '{text}'"
        raise LogPatternError(msg)
    return regex_search(text)


def _terms(text: str) -> list[tuple[str, str]]:
    """Return sign and text of each term."""
    terms, position = [], 0
    while position < len(text):
        match = _TERM.match(text, position)
        if match is None or match.end() == position or not match[2]:
            _reject(text[position:].strip())
        else:
            terms.append((match[1], _text(match[2])))
            position = match.end()
            if position < len(text) and not text[position].isspace():
                _reject(text[match.start(2) :].split(maxsplit=1)[0])
    return terms


def _text(term: str) -> str:
    text = unquoted(term) if term.startswith('"') else term
    if not text or (text is term and not _PLAIN.fullmatch(term)):
        _reject(term)
    return text


def _reject(term: str) -> None:
    msg = f"Invalid character(s) in term '{term}'"
    raise LogPatternError(msg)
