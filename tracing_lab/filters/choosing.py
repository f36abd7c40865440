"""Turn filter expressions into functions that choose from the columns of many traces.

They mean what `matching` says: the values in the columns come from the same getters and go through
the same checks. Only the joining of parts differs, which is done with sets of rows.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeAlias

from .columns import CAUSES, NODE, SOURCE, TARGET, FactColumns, Table
from .compiling import Compiler, Groups, no_groups
from .keywords import Scope
from .matching import MatcherCompiler, annotation_check, node_check, value_check
from .syntax import (
    Annotation,
    Expression,
    NodePattern,
    RootCause,
    RootCauseShape,
    Test,
)

Rows: TypeAlias = Collection[int]
Choose: TypeAlias = Callable[[FactColumns, Table, Rows], set[int]]
"""Gives those of some rows of a table that something holds for."""

Chooser: TypeAlias = Callable[[FactColumns], set[int]]


def chooser(expression: Expression, *, groups: Groups = no_groups) -> Chooser:
    """Give the function that tells which traces fit an expression, by their numbers.

    Parameters
    ----------
    expression
        What `parse` gave.
    groups
        Gives the expression of a group by its name or ARN, None for an unknown group.

    Raises
    ------
    FilterSyntaxError
        If a group is unknown or refers to itself.
    """
    choose = _ChooserCompiler(groups).compiled(expression, Scope.TRACE)
    return lambda columns: choose(columns, columns.traces, columns.traces.rows)


class _ChooserCompiler(Compiler[Choose]):
    """Makes functions that choose rows of the table that the scope describes."""

    def all_of(self, parts: Sequence[Choose]) -> Choose:
        def choose(columns: FactColumns, table: Table, rows: Rows) -> set[int]:
            left = rows
            for part in parts:
                left = part(columns, table, left) if left else set()
            return set(left)

        return choose

    def any_of(self, parts: Sequence[Choose]) -> Choose:
        def choose(columns: FactColumns, table: Table, rows: Rows) -> set[int]:
            found: set[int] = set()
            for part in parts:
                found |= part(columns, table, set(rows) - found if found else rows)
            return found

        return choose

    def negation(self, part: Choose) -> Choose:
        return lambda columns, table, rows: set(rows) - part(columns, table, rows)

    def test(self, test: Test, scope: Scope) -> Choose:  # noqa: ARG002 - tables know their keywords
        name, holds = test.keyword, value_check(test, _itself)
        return lambda _, table, rows: table.columns[name].chosen(rows, holds)

    def annotation(self, annotation: Annotation) -> Choose:
        key, holds = annotation.key, annotation_check(annotation)

        def choose(columns: FactColumns, _: Table, rows: Rows) -> set[int]:
            posted = columns.annotations.get(key)
            if posted is None:
                return set()
            pairs = zip(posted.traces, posted.values, strict=True)
            return {trace for trace, values in pairs if holds(values)}.intersection(rows)

        return choose

    def service(self, node: NodePattern, inner: Choose | None) -> Choose:
        is_meant = node_check(node)

        def choose(columns: FactColumns, _: Table, rows: Rows) -> set[int]:
            nodes = columns.nodes
            found = nodes.columns[NODE].chosen(nodes.rows, is_meant)
            return _traces(columns, nodes, found, inner).intersection(rows)

        return choose

    def edge(self, source: NodePattern, target: NodePattern, inner: Choose | None) -> Choose:
        is_source, is_target = node_check(source), node_check(target)

        def choose(columns: FactColumns, _: Table, rows: Rows) -> set[int]:
            edges = columns.edges
            found = edges.columns[TARGET].chosen(edges.rows, is_target)
            found = edges.columns[SOURCE].chosen(found, is_source)
            return _traces(columns, edges, found, inner).intersection(rows)

        return choose

    def root_cause(self, cause: RootCause) -> Choose:
        return self._of_causes(cause)

    def shape(self, shape: RootCauseShape) -> Choose:
        return self._of_causes(shape)

    def _of_causes(self, part: RootCause | RootCauseShape) -> Choose:
        """Root causes are few and alike, so each of them is matched like the facts of a trace."""
        holds = MatcherCompiler(self._groups).compiled(part, Scope.TRACE)
        return lambda _, table, rows: table.columns[CAUSES].chosen(rows, holds)


def _traces(columns: FactColumns, table: Table, rows: set[int], inner: Choose | None) -> set[int]:
    """Give the traces of rows that something holds for."""
    found = rows if inner is None else inner(columns, table, rows)
    return set(map(table.traces.__getitem__, found))


def _itself(value: Any) -> Any:
    return value
