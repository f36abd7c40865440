"""Filter patterns for fields between spaces: ``[ip, ..., status = 4*, bytes > 1000]``.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html,
"Use filter patterns to match terms in space-delimited log events":

- What is between square brackets or double quotes in a message is one field.
- A message matches if it has as many fields as the pattern; ``...`` stands for any number.
- Fields without a name are numbered: the second is ``$2``.

Not documented, chosen here: a condition is about the field at its own position only.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import LogPatternError
from .expressions import Condition, PatternToken, Values, parse_condition

_PART = re.compile(r'(?:"(?:\\.|[^"\\])*"|%[^%]*%|[^,"%])*')
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_FIELD = re.compile(r'\[([^\]]*)\](?=\s|$)|"((?:\\.|[^"\\])*)"(?=\s|$)|(\S+)')
_REST = "..."


@dataclass(frozen=True)
class _Column:
    name: str | None = None
    holds: Condition = lambda _value: True


def space_extractor(text: str) -> Callable[[str], Mapping[str, str] | None]:
    """Return a function that extracts the fields of a message; None where it does not match.

    Parameters
    ----------
    text
        The pattern without its brackets.

    Raises
    ------
    LogPatternError
        If the pattern is malformed.

    Examples
    --------
    >>> space_extractor("ip, ..., status = 4*")('127.0.0.1 - [a b] "GET /" 404')
    {'$ip': '127.0.0.1', '$2': '-', '$3': 'a b', '$4': 'GET /', '$status': '404'}
    """
    parts = _parts(text)
    if parts.count(_REST) > 1:
        msg = "A space-delimited pattern can have one ellipsis (...)"
        raise LogPatternError(msg)
    rest = parts.index(_REST) if _REST in parts else None
    columns = [_column(part) for part in parts if part != _REST]
    _check_names(columns)

    def extract(message: str) -> dict[str, str] | None:
        fields = [next(filter(None, match), "") for match in _FIELD.findall(message)]
        placed = _placed(columns, len(fields), rest)
        if placed is None:
            return None
        if not all(column.holds(field) for column, field in zip(placed, fields, strict=True)):
            return None
        return {
            f"${column.name or number}": field
            for number, (column, field) in enumerate(zip(placed, fields, strict=True), start=1)
        }

    return extract


def _placed(columns: Sequence[_Column], count: int, rest: int | None) -> list[_Column] | None:
    """Return the column of each of `count` fields; None if their number does not match."""
    missing = count - len(columns)
    if missing < 0 or (missing and rest is None):
        return None
    rest = rest or 0
    return [*columns[:rest], *[_Column()] * missing, *columns[rest:]]


def _parts(text: str) -> list[str]:
    """Split a pattern at its commas, but not within quotes."""
    parts, position = [], 0
    while True:
        match = _PART.match(text, position)
        end = position if match is None else match.end()
        parts.append(text[position:end].strip())
        if end == len(text):
            return parts
        if text[end] != ",":
            msg = f"Invalid character(s) in term '{text[end:]}'"
            raise LogPatternError(msg)
        position = end + 1


def _column(part: str) -> _Column:
    if not part:
        return _Column()
    if _NAME.fullmatch(part):
        return _Column(part)
    names: set[str] = set()

    def operand(token: PatternToken) -> Values:
        if token.kind != "word" or not _NAME.fullmatch(token.text):
            msg = f"Invalid field name '{token.text}'"
            raise LogPatternError(msg)
        names.add(token.text)
        return _itself

    holds = parse_condition(part, operand, {})
    if len(names) > 1:
        msg = f"The conditions '{part}' are about several fields; separate fields with commas"
        raise LogPatternError(msg)
    return _Column(names.pop(), holds)


def _itself(value: Any) -> Sequence[Any]:
    return (value,)


def _check_names(columns: Sequence[_Column]) -> None:
    names = [column.name for column in columns if column.name is not None]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        msg = f"Several fields are named '{min(twice)}'"
        raise LogPatternError(msg)
