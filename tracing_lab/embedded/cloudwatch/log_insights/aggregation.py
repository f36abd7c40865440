"""The command ``stats``: groups of rows become one row each."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from .aggregates import AGGREGATES, Timed
from .compiling import Compiled, compile_expression
from .expression_parser import EVERY
from .syntax import Call, Expression, Field, Literal, NamedExpression, Operation, StatsCommand
from .values import Row, Value, rounded


@dataclass(frozen=True)
class _Reduction:
    """One aggregate: the value of each row, and the function of a group's values."""

    value: Compiled
    reduce: Callable[[Sequence[Timed]], Value]


def aggregate(command: StatsCommand, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield a row for each group, in the order in which the groups first occur."""
    keys = [(column.name, compile_expression(column.expression)) for column in command.groups]
    reductions: list[_Reduction] = []
    outer = [
        (column.name, compile_expression(_extracted(column.expression, reductions)))
        for column in command.aggregates
    ]
    groups: dict[tuple[Value, ...], list[list[Timed]]] = defaultdict(
        lambda: [[] for _ in reductions]
    )
    for row in rows:
        values = groups[tuple(key(row) for _, key in keys)]
        _collect(row, reductions, values)
    for group, collected in groups.items():
        grouped: Row = dict(zip((name for name, _ in keys), group, strict=True))
        for number, (reduction, timed) in enumerate(zip(reductions, collected, strict=True)):
            grouped[_slot(number)] = reduction.reduce(timed)
        names = {name: grouped[name] for name, _ in keys}
        yield names | {name: rounded(value) for name, value in _results(outer, grouped)}


def _results(outer: Iterable[tuple[str, Compiled]], grouped: Row) -> Iterator[tuple[str, Value]]:
    """Yield the columns of a group, which may be made of earlier ones."""
    row = dict(grouped)
    for name, compute in outer:
        value = compute(row)
        row.setdefault(name, value)
        yield name, value


def shown_columns(command: StatsCommand) -> list[str]:
    """Return the names of the columns of a ``stats``: groups first."""
    columns: tuple[NamedExpression, ...] = (*command.groups, *command.aggregates)
    return [column.name for column in columns]


def _collect(row: Row, reductions: list[_Reduction], values: list[list[Timed]]) -> None:
    time = row.get("@timestamp")
    at = time if isinstance(time, int) else 0
    for reduction, timed in zip(reductions, values, strict=True):
        value = reduction.value(row)
        if value is not None:
            timed.append((at, value))


def _slot(number: int) -> str:
    return f"\0{number}"  # no field has such a name


def _extracted(expression: Expression, reductions: list[_Reduction]) -> Expression:
    """Replace aggregates in an expression by fields, and collect them."""
    match expression:
        case Call(name, arguments) if name in AGGREGATES:
            reductions.append(_reduction(name, arguments))
            return Field(_slot(len(reductions) - 1))
        case Call(_, arguments):
            inner = tuple(_extracted(argument, reductions) for argument in arguments)
            return replace(expression, arguments=inner)
        case Operation(operator, left, right):
            return Operation(operator, _extracted(left, reductions), _extracted(right, reductions))
        case _:
            return expression


def _reduction(name: str, arguments: tuple[Expression, ...]) -> _Reduction:
    field, *parameters = arguments
    value = compile_expression(Literal(1) if field is EVERY else field)
    parameter = 0.0
    for literal in parameters:
        if isinstance(literal, Literal) and isinstance(literal.value, int | float):
            parameter = literal.value
    reduce = AGGREGATES[name].reduce
    return _Reduction(value, lambda timed: reduce(timed, parameter))
