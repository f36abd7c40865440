"""Runs a query over log events.

Events are newest first, as Insights returns them without ``sort``. Commands are generators of rows,
so that only what passes the filters is held in memory.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from .aggregation import aggregate, shown_columns
from .compiling import compile_expression
from .discovery import discovered_fields
from .records import LogRecord
from .syntax import (
    Command,
    DedupCommand,
    DisplayCommand,
    FieldsCommand,
    FilterCommand,
    LimitCommand,
    NamedExpression,
    ParseCommand,
    Query,
    SortCommand,
    StatsCommand,
)
from .values import Row, Value, is_true, sort_key, text_of

DEFAULT_LIMIT = 10_000
"""Most results of a query without ``limit`` (page of the command ``limit``)."""

_DEFAULT_COLUMNS = ("@timestamp", "@message")
_POINTER = "@ptr"
_LOOK_UP_EVERY = 1000
_OF_SINGLE_EVENTS = (FieldsCommand, DisplayCommand, FilterCommand, ParseCommand)

Cells = list[tuple[str, str]]
"""One result: the columns that it has, and their values as strings."""


@dataclass(frozen=True)
class QueryResult:
    """What a query found.

    Parameters
    ----------
    rows
        The results.
    matched
        How many events passed the filters.
    scanned, scanned_bytes
        How many events were read, and the bytes of their messages.
    """

    rows: list[Cells]
    matched: int
    scanned: int
    scanned_bytes: int


class QueryCancelledError(Exception):
    """A query was cancelled while it ran."""


def run_query(
    query: Query,
    records: list[LogRecord],
    *,
    limit: int | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> QueryResult:
    """Run a query.

    Parameters
    ----------
    query
        The query.
    records
        All events of its log groups and time range, in any order.
    limit
        Most results; the default applies to queries without ``limit`` only.
    cancelled
        Returns whether to stop; called now and then.

    Raises
    ------
    QueryCancelledError
        If it was stopped.

    Examples
    --------
    >>> from .parser import parse_query
    >>> records = [LogRecord(n, n, n, f'{{"ms": {n}}}', "s", "1:g") for n in (1, 2, 3)]
    >>> run_query(parse_query("filter ms > 1 | stats max(ms) as worst"), records).rows
    [[('worst', '3')]]
    """
    before, after = _split(query.commands)
    counted = _Counted(_applied(before, _rows(sorted(records, reverse=True), cancelled)))
    rows = _applied(after, iter(counted))
    limited = any(isinstance(command, LimitCommand) for command in query.commands)
    most = limit if limit is not None else None if limited else DEFAULT_LIMIT
    columns = _columns(query)
    results = [_cells(row, columns) for row in islice(rows, most)]
    for _ in counted:  # events beyond the limit have matched, too
        pass
    size = sum(len(record.message.encode()) for record in records)
    return QueryResult(results, counted.matched, len(records), size)


class _Counted:
    """An iterator of rows that counts them."""

    def __init__(self, rows: Iterator[Row]) -> None:
        self.matched = 0
        self._rows = rows

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            self.matched += 1
            yield row


def _split(commands: Sequence[Command]) -> tuple[Sequence[Command], Sequence[Command]]:
    """Split commands behind the last filter of single events."""
    alone = itertools.takewhile(lambda command: isinstance(command, _OF_SINGLE_EVENTS), commands)
    filters = [
        number
        for number, command in enumerate(alone, start=1)
        if isinstance(command, FilterCommand)
    ]
    last = max(filters, default=0)
    return commands[:last], commands[last:]


def _applied(commands: Sequence[Command], rows: Iterator[Row]) -> Iterator[Row]:
    for command in commands:
        rows = _APPLY[type(command)](command, rows)
    return rows


def _rows(records: list[LogRecord], cancelled: Callable[[], bool]) -> Iterator[Row]:
    for number, record in enumerate(records):
        if number % _LOOK_UP_EVERY == 0 and cancelled():
            raise QueryCancelledError
        yield discovered_fields(record)


def _columns(query: Query) -> list[str]:
    """Return the columns that a query shows, without duplicates."""
    chosen: list[str] = []
    parsed: list[str] = []
    pointer = [_POINTER]
    for command in query.commands:
        if isinstance(command, FieldsCommand):
            chosen += [column.name for column in command.columns]
        elif isinstance(command, DisplayCommand):
            chosen, parsed = [column.name for column in command.columns], []
        elif isinstance(command, ParseCommand):
            parsed += command.names
        elif isinstance(command, StatsCommand):
            chosen, parsed, pointer = shown_columns(command), [], []
    return list(dict.fromkeys([*(chosen or _DEFAULT_COLUMNS), *parsed, *pointer]))


def _cells(row: Row, columns: list[str]) -> Cells:
    return [(name, text_of(row[name])) for name in columns if row.get(name) is not None]


def _with_columns(columns: tuple[NamedExpression, ...], rows: Iterable[Row]) -> Iterator[Row]:
    computed = [(column.name, compile_expression(column.expression)) for column in columns]
    for row in rows:
        for name, compute in computed:
            row[name] = compute(row)
        yield row


def _filter(command: FilterCommand, rows: Iterable[Row]) -> Iterator[Row]:
    holds = compile_expression(command.condition)
    return (row for row in rows if is_true(holds(row)))


def _parse(command: ParseCommand, rows: Iterable[Row]) -> Iterator[Row]:
    source = compile_expression(command.source)
    for row in rows:
        match = command.pattern.search(text_of(source(row)))
        if match is not None:
            row.update(zip(command.names, match.groups(), strict=True))
        yield row


def _sort(command: SortCommand, rows: Iterable[Row]) -> Iterator[Row]:
    ordered = list(rows)
    for expression, descending in reversed(command.keys):
        value = compile_expression(expression)
        ordered.sort(key=lambda row, value=value: sort_key(value(row)), reverse=descending)  # type: ignore[misc] # mypy cannot infer a lambda with a default
    return iter(ordered)


def _dedup(command: DedupCommand, rows: Iterable[Row]) -> Iterator[Row]:
    """Keep the first row of each combination; missing values are not duplicates of each other."""
    keys = [compile_expression(expression) for expression in command.columns]
    seen: set[tuple[Value, ...]] = set()
    for row in rows:
        key = tuple(compute(row) for compute in keys)
        if None in key or key not in seen:
            seen.add(key)
            yield row


_APPLY: dict[type[Command], Callable[..., Iterator[Row]]] = {
    FieldsCommand: lambda command, rows: _with_columns(command.columns, rows),
    DisplayCommand: lambda command, rows: _with_columns(command.columns, rows),
    FilterCommand: _filter,
    ParseCommand: _parse,
    StatsCommand: aggregate,
    SortCommand: _sort,
    LimitCommand: lambda command, rows: islice(rows, command.count),
    DedupCommand: _dedup,
}
