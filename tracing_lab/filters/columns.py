"""The facts of many traces as columns: small in memory, and fast to look through.

A table has a row for each trace, node or edge, and a column for each keyword. A column with few
different values keeps them once, with a byte for each row; times are kept as plain doubles.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

from .comparing import Check
from .facts import Causes, TraceFacts
from .getters import GETTERS, Getter
from .keywords import Scope

Rows: TypeAlias = AbstractSet[int]

_MAX_CODES: Final = 256
NODE: Final = "node"
SOURCE, TARGET = "source", "target"
CAUSES: Final = "causes"


class CauseFacts(NamedTuple):
    """The root causes of a trace."""

    fault_causes: Causes
    error_causes: Causes
    response_time_causes: Causes


@dataclass(frozen=True, slots=True)
class CodedColumn:
    """A column of few different values: a code in each row, and the value of each code."""

    codes: bytes
    values: tuple[Any, ...]

    def chosen(self, rows: Iterable[int], holds: Check) -> set[int]:
        """Give the rows whose value something holds for."""
        fitting = {code for code, value in enumerate(self.values) if holds(value)}
        if len(fitting) in (0, len(self.values)):
            return set(rows) if fitting else set()
        codes = self.codes
        return {row for row in rows if codes[row] in fitting}


@dataclass(frozen=True, slots=True)
class PlainColumn:
    """A column of many different values."""

    values: Sequence[Any]

    def chosen(self, rows: Iterable[int], holds: Check) -> set[int]:
        """Give the rows whose value something holds for."""
        values = self.values
        return {row for row in rows if holds(values[row])}


Column: TypeAlias = CodedColumn | PlainColumn


@dataclass(frozen=True, slots=True)
class Table:
    """Columns by keyword, and the trace that each row belongs to."""

    traces: Sequence[int]
    columns: Mapping[str, Column]

    @property
    def rows(self) -> range:
        """All rows."""
        return range(len(self.traces))


@dataclass(frozen=True, slots=True)
class Postings:
    """The traces that have an annotation, rising, and its values in each."""

    traces: "array[int]"
    values: list[tuple[Any, ...]]


class FactColumns:
    """The facts of some traces, which are numbered in their order.

    Parameters
    ----------
    facts
        The facts.
    """

    def __init__(self, facts: Sequence[TraceFacts]) -> None:
        self.size = len(facts)
        columns = _columns(facts, GETTERS[Scope.TRACE])
        columns[CAUSES] = _equal_causes(facts)
        self.traces = Table(range(len(facts)), columns)
        nodes = [(number, one) for number, trace in enumerate(facts) for one in trace.nodes]
        edges = [(number, one) for number, trace in enumerate(facts) for one in trace.edges]
        self.nodes = _table(nodes, GETTERS[Scope.SERVICE], (NODE,))
        self.edges = _table(edges, GETTERS[Scope.EDGE], (SOURCE, TARGET))
        self.annotations = _postings(facts)


def column(values: Sequence[Any]) -> Column:
    """Make a column.

    Parameters
    ----------
    values
        The value of each row. Values that are equal are taken for the same.

    Examples
    --------
    >>> column([200, 404, 200]).chosen({0, 1, 2}, lambda status: status == 200)
    {0, 2}
    """
    codes = {value: code for code, value in enumerate(dict.fromkeys(values))}
    if len(codes) <= _MAX_CODES:
        return CodedColumn(bytes(map(codes.__getitem__, values)), tuple(codes))
    if all(type(value) is float for value in values):
        return PlainColumn(array("d", values))
    return PlainColumn(values)


def _columns(rows: Sequence[Any], getters: Mapping[str, Getter]) -> dict[str, Column]:
    return {name: column(list(map(get, rows))) for name, get in getters.items()}


def _table(
    rows: Sequence[tuple[int, Any]], getters: Mapping[str, Getter], ids: Iterable[str]
) -> Table:
    facts = [one for _, one in rows]
    named: dict[str, Callable[[Any], Any]] = {name: _member(name) for name in ids}
    return Table(array("I", [number for number, _ in rows]), _columns(facts, {**getters, **named}))


def _member(name: str) -> Getter:
    return lambda facts: getattr(facts, name)


def _equal_causes(facts: Sequence[TraceFacts]) -> Column:
    """Make the column of the root causes; equal ones are kept once."""
    kept: dict[str, CauseFacts] = {}
    found = [
        CauseFacts(one.fault_causes, one.error_causes, one.response_time_causes) for one in facts
    ]
    keys = [repr(one) if any(one) else "" for one in found]
    for key, causes in zip(keys, found, strict=True):
        kept.setdefault(key, causes)
    coded = column(keys)
    if isinstance(coded, CodedColumn):
        return CodedColumn(coded.codes, tuple(kept[key] for key in coded.values))
    return PlainColumn([kept[key] for key in keys])


def _postings(facts: Sequence[TraceFacts]) -> dict[str, Postings]:
    postings: dict[str, Postings] = {}
    for number, one in enumerate(facts):
        for key, values in one.annotations.items():
            posting = postings.setdefault(key, Postings(array("I"), []))
            posting.traces.append(number)
            posting.values.append(values)
    return postings
