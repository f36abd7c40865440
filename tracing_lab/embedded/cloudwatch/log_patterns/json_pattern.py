"""Filter patterns for JSON messages: ``{ $.status >= 500 && $.path = "/orders*" }``.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html,
"Use filter patterns to match terms in JSON log events":

- A selector has to point to text or a number: ``=`` and ``!=`` both fail for arrays and objects.
- ``IS NULL`` holds for null only, ``NOT EXISTS`` only where there is nothing.
- ``[*]`` and ``.*`` stand for any element.

Not documented, chosen here: ``!=`` fails where there is nothing, too.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from .errors import LogPatternError
from .expressions import PatternToken, Values, parse_condition

_STEP = re.compile(r"""\.?\[['"]([^'"]*)['"]\]|\[(\d+)\]|\.([A-Za-z0-9_-]+)|(\[\*\]|\.\*)""")
_SELECTOR = re.compile(rf"\$(?:{_STEP.pattern})+")
_ANY = object()
_KEYWORDS: dict[tuple[str, str], Callable[[Sequence[Any]], bool]] = {
    ("IS", "NULL"): lambda values: any(value is None for value in values),
    ("IS", "TRUE"): lambda values: any(value is True for value in values),
    ("IS", "FALSE"): lambda values: any(value is False for value in values),
    ("NOT", "EXISTS"): lambda values: not values,
}


def json_matcher(text: str) -> Callable[[str], bool]:
    """Return a function that returns whether a JSON message meets a condition.

    Parameters
    ----------
    text
        The pattern without its braces.

    Raises
    ------
    LogPatternError
        If the pattern is malformed.

    Examples
    --------
    >>> json_matcher("$.users[0].id = 1 && $.gone NOT EXISTS")('{"users": [{"id": 1}]}')
    True
    """
    holds = parse_condition(text, _selected, _KEYWORDS)

    def matches(message: str) -> bool:
        document = _document(message)
        return document is not None and holds(document)

    return matches


def json_selector(text: str) -> Callable[[str], Any]:
    """Return a function that reads the first value that a selector points to; None for nothing.

    Raises
    ------
    LogPatternError
        If it is malformed.

    Examples
    --------
    >>> json_selector("$.a[1]")('{"a": [5, 6]}')
    6
    """
    if not _SELECTOR.fullmatch(text):
        msg = f"Invalid property selector '{text}'"
        raise LogPatternError(msg)
    values = _selected(PatternToken("selector", text))
    return lambda message: next(iter(values(_document(message))), None)


def _document(message: str) -> Any:
    """Return a message parsed as object or array; None for all others."""
    try:
        document = orjson.loads(message)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict | list) else None


def _selected(token: PatternToken) -> Values:
    if token.kind != "selector":
        msg = f"Invalid property selector '{token.text}'; it has to start with $"
        raise LogPatternError(msg)
    steps = [_step(match) for match in _STEP.finditer(token.text)]

    def values(document: Any) -> list[Any]:
        nodes = [document]
        for step in steps:
            nodes = [inner for node in nodes for inner in _children(node, step)]
        return nodes

    return values


def _step(match: "re.Match[str]") -> Any:
    quoted, index, name, _wildcard = match.groups()
    if index is not None:
        return int(index)
    if name is not None or quoted is not None:
        return name if name is not None else quoted
    return _ANY


def _children(node: Any, step: Any) -> list[Any]:
    if isinstance(node, dict):
        return list(node.values()) if step is _ANY else [node[step]] if step in node else []
    if not isinstance(node, list) or isinstance(step, str):
        return []
    return list(node) if step is _ANY else node[step : step + 1]
