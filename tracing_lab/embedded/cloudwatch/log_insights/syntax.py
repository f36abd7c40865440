"""Parsed queries as plain data."""

import re
from dataclasses import dataclass

from .values import Value


@dataclass(frozen=True)
class Literal:
    """A number, text or time period (in milliseconds)."""

    value: Value


@dataclass(frozen=True)
class Field:
    """The value of a field; nothing where an event has none of that name."""

    name: str


@dataclass(frozen=True)
class Negation:
    """The opposite of a condition."""

    operand: "Expression"


@dataclass(frozen=True)
class Operation:
    """Two expressions with an operator between: comparison, arithmetic, ``and`` or ``or``."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Like:
    """Whether a text contains a text or a match of a regular expression."""

    operand: "Expression"
    pattern: "str | re.Pattern[str]"


@dataclass(frozen=True)
class In:
    """Whether a value is one of several."""

    operand: "Expression"
    choices: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Call:
    """A function of expressions; `start` and `end` are its offsets in the query."""

    name: str
    arguments: "tuple[Expression, ...]"
    start: int = 0
    end: int = 0


Expression = Literal | Field | Negation | Operation | Like | In | Call


@dataclass(frozen=True)
class Column:
    """An expression and the name of its result: its alias, or how it is written."""

    name: str
    expression: Expression


@dataclass(frozen=True)
class Fields:
    """``fields``: compute columns and add them to those that are shown."""

    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Display:
    """``display``: show these columns and no others."""

    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Filter:
    """``filter``: keep the events that meet a condition."""

    condition: Expression


@dataclass(frozen=True)
class Parse:
    """``parse``: extract the groups of a pattern from a field."""

    source: Expression
    pattern: "re.Pattern[str]"
    names: tuple[str, ...]


@dataclass(frozen=True)
class Stats:
    """``stats``: aggregate groups of events."""

    aggregates: tuple[Column, ...]
    groups: tuple[Column, ...]


@dataclass(frozen=True)
class Sort:
    """``sort``: by expressions, each ascending or descending."""

    keys: tuple[tuple[Expression, bool], ...]


@dataclass(frozen=True)
class Limit:
    """``limit``: return the first events only."""

    count: int


@dataclass(frozen=True)
class Dedup:
    """``dedup``: keep the first event of each combination of values."""

    columns: tuple[Expression, ...]


Command = Fields | Display | Filter | Parse | Stats | Sort | Limit | Dedup


@dataclass(frozen=True)
class Query:
    """A query: commands through which events go one after the other."""

    commands: tuple[Command, ...]
