"""Split a filter expression into tokens."""

import json
import re
from enum import StrEnum
from typing import Any, Final, NamedTuple, NoReturn

from tracing_lab.errors import FilterSyntaxError

_SPACE: Final = re.compile(r"\s*")
_WORD: Final = re.compile(
    r"annotation\.[\w.:\-]*|[A-Z_][\w.\-]*",  # AWS's own annotations are aws:api_id and the like
    re.ASCII | re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_STRING: Final = re.compile(r'"((?:\\["\\]|[^"])*)"')
_ESCAPED: Final = re.compile(r'\\(["\\])')
_SYMBOL: Final = re.compile(r"!=|<=|>=|[=<>!(){},:]")
_KEY: Final = re.compile(r"\s*([^\[\]\"\s][^\[\]\"]*?)\s*\]")
_QUOTED_KEY_END: Final = re.compile(r"\s*\]")
_MAX_JSON_DEPTH: Final = 50


class TokenKind(StrEnum):
    """What a token is."""

    WORD = "word"
    NUMBER = "number"
    STRING = "string"
    SYMBOL = "symbol"
    KEY = "annotation key"
    JSON = "JSON"
    END = "end"


class FilterToken(NamedTuple):
    """One token.

    Parameters
    ----------
    kind
        What it is.
    text
        How it is written; a word in lower case, as the case of words does not matter.
    column
        Where it begins, counted from 1.
    value
        A word as it was written, a number, the content of a string, an annotation key or JSON.
    """

    kind: TokenKind
    text: str
    column: int
    value: Any = None

    def __str__(self) -> str:
        return "the end" if self.kind is TokenKind.END else self.text


def tokenize(text: str) -> list[FilterToken]:
    """Split a filter expression; the last token is the end.

    Raises
    ------
    FilterSyntaxError
        If a string, key or JSON does not end or a character belongs to nothing.

    Examples
    --------
    >>> [token.text for token in tokenize("OK !partial duration<3")]
    ['ok', '!', 'partial', 'duration', '<', '3', '']
    """
    tokens: list[FilterToken] = []
    position = _after_space(text, 0)
    while position < len(text):
        token, position = _next(text, position, tokens[-1] if tokens else None)
        tokens.append(token)
        position = _after_space(text, position)
    return [*tokens, FilterToken(TokenKind.END, "", len(text) + 1)]


def reject(column: int, expected: str, found: str) -> NoReturn:
    """Raise the error that names the position and what was expected there."""
    raise FilterSyntaxError(column=column, expected=expected, found=found)


def _next(text: str, position: int, before: FilterToken | None) -> tuple[FilterToken, int]:
    """Read the token that begins at a position; return it and its end."""
    column = position + 1
    if match := _WORD.match(text, position):
        written = match[0]
        return FilterToken(TokenKind.WORD, written.lower(), column, written), match.end()
    if match := _NUMBER.match(text, position):
        return _number(match[0], column), match.end()
    if match := _SYMBOL.match(text, position):
        return FilterToken(TokenKind.SYMBOL, match[0], column), match.end()
    if text[position] == '"':
        return _string(text, position)
    if text[position] == "[" and before is not None and before.text == "annotation":
        return _key(text, position)
    if text[position] == "#":
        return _json(text, position)
    reject(column, "a keyword, an operator or a value", f'"{text[position]}"')


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return position if match is None else match.end()


def _number(written: str, column: int) -> FilterToken:
    value = float(written)
    if value in {float("inf"), float("-inf")}:
        reject(column, "a number that a computer can hold", written)
    return FilterToken(TokenKind.NUMBER, written, column, value)


def _string(text: str, position: int) -> tuple[FilterToken, int]:
    match = _STRING.match(text, position)
    if match is None:
        reject(position + 1, 'a string that ends with "', "the end")
    value = _ESCAPED.sub(r"\1", match[1])
    return FilterToken(TokenKind.STRING, match[0], position + 1, value), match.end()


def _key(text: str, position: int) -> tuple[FilterToken, int]:
    """Read ``[key]`` or ``["key"]`` after ``annotation``."""
    match = _KEY.match(text, position + 1)
    if match is not None:
        return FilterToken(TokenKind.KEY, match[0], position + 1, match[1]), match.end()
    start = _after_space(text, position + 1)
    if text[start : start + 1] == '"':
        string, end = _string(text, start)
        closing = _QUOTED_KEY_END.match(text, end)
        if closing is not None and string.value:
            return FilterToken(
                TokenKind.KEY, string.text, position + 1, string.value
            ), closing.end()
    reject(position + 2, "the key of an annotation and ]", text[position + 1 :] or "the end")


def _json(text: str, position: int) -> tuple[FilterToken, int]:
    start = _after_space(text, position + 1)
    try:
        value, end = json.JSONDecoder(parse_constant=_no_constant).raw_decode(text, start)
    except json.JSONDecodeError as error:
        reject(error.pos + 1, "JSON after #", f"something else ({error.msg})")
    except (RecursionError, ValueError):
        value, end = None, start
    if value is None or not _is_shallow(value):
        reject(start + 1, "JSON of usual depth and numbers after #", "something else")
    return FilterToken(TokenKind.JSON, text[position:end], position + 1, value), end


def _is_shallow(value: Any) -> bool:
    """Return whether JSON is nested shallowly enough for recursive functions."""
    level = [value]
    for _ in range(_MAX_JSON_DEPTH):
        inner = (list(value.values()) if isinstance(value, dict) else value for value in level)
        level = [part for value in inner if isinstance(value, list) for part in value]
        if not level:
            return True
    return False


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
