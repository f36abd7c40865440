"""Compile a filter pattern of any kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .errors import LogPatternError
from .json_pattern import json_matcher
from .space_pattern import space_extractor
from .terms import terms_matcher

MAX_LENGTH = 1024
"""Longest filter pattern, in characters (API reference of FilterLogEvents)."""


@dataclass(frozen=True)
class LogPattern:
    """A compiled filter pattern.

    Parameters
    ----------
    matches
        Returns whether a message matches.
    extracted
        Returns the named fields of a message that matches; empty unless the pattern is
        space-delimited.
    """

    matches: Callable[[str], bool]
    extracted: Callable[[str], Mapping[str, str]]


def compile_log_pattern(text: str) -> LogPattern:
    """Compile a filter pattern.

    Parameters
    ----------
    text
        The pattern; an empty one matches every message.

    Raises
    ------
    LogPatternError
        If the pattern is malformed.

    Examples
    --------
    >>> compile_log_pattern('{ $.level = "ERROR" }').matches('{"level": "ERROR"}')
    True
    >>> compile_log_pattern("?WARN ?ERROR").matches("INFO all is well")
    False
    >>> compile_log_pattern("[level, ..., ms > 9]").extracted("WARN it took 12")
    {'$level': 'WARN', '$2': 'it', '$3': 'took', '$ms': '12'}
    """
    if len(text) > MAX_LENGTH:
        msg = f"It has {len(text)} characters; {MAX_LENGTH} are allowed"
        raise LogPatternError(msg)
    stripped = text.strip()
    _check_closed(stripped)
    if stripped.startswith("["):
        extract = space_extractor(stripped[1:-1])
        return LogPattern(
            lambda message: extract(message) is not None, lambda message: extract(message) or {}
        )
    if stripped.startswith("{"):
        return LogPattern(json_matcher(stripped[1:-1]), lambda _message: {})
    return LogPattern(terms_matcher(stripped), lambda _message: {})


def _check_closed(text: str) -> None:
    for opening, closing in ("{}", "[]"):
        if text.startswith(opening) and not (len(text) > 1 and text.endswith(closing)):
            msg = f"If a filter pattern starts with '{opening}' it must end with '{closing}'"
            raise LogPatternError(msg)
