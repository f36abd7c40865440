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
    """The value of a field; none for events without that field."""

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
class LikePredicate:
    """Whether a string contains another one, or a match of a regular expression."""

    operand: "Expression"
    pattern: "str | re.Pattern[str]"


@dataclass(frozen=True)
class InPredicate:
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


Expression = Literal | Field | Negation | Operation | LikePredicate | InPredicate | Call


@dataclass(frozen=True)
class NamedExpression:
    """An expression and the name of its result: its alias, or how it is written."""

    name: str
    expression: Expression


@dataclass(frozen=True)
class FieldsCommand:
    """``fields``: compute columns and add them to those that are shown."""

    columns: tuple[NamedExpression, ...]


@dataclass(frozen=True)
class DisplayCommand:
    """``display``: show these columns and no others."""

    columns: tuple[NamedExpression, ...]


@dataclass(frozen=True)
class FilterCommand:
    """``filter``: keep the events that meet a condition."""

    condition: Expression


@dataclass(frozen=True)
class ParseCommand:
    """``parse``: extract the groups of a pattern from a field."""

    source: Expression
    pattern: "re.Pattern[str]"
    names: tuple[str, ...]


@dataclass(frozen=True)
class StatsCommand:
    """``stats``: aggregate groups of events."""

    aggregates: tuple[NamedExpression, ...]
    groups: tuple[NamedExpression, ...]


@dataclass(frozen=True)
class SortCommand:
    """``sort``: by expressions, each ascending or descending."""

    keys: tuple[tuple[Expression, bool], ...]


@dataclass(frozen=True)
class LimitCommand:
    """``limit``: return the first events only."""

    count: int


@dataclass(frozen=True)
class DedupCommand:
    """``dedup``: keep the first event of each combination of values."""

    columns: tuple[Expression, ...]


Command = (
    FieldsCommand
    | DisplayCommand
    | FilterCommand
    | ParseCommand
    | StatsCommand
    | SortCommand
    | LimitCommand
    | DedupCommand
)


@dataclass(frozen=True)
class Query:
    """A query: a pipeline of commands."""

    commands: tuple[Command, ...]
