"""Evaluate filter expressions over the columns of many traces at once.

AWS X-Ray Developer Guide, "Using filter expressions". Where the guide leaves it open:

- a comparison with something that is not there does not hold, not even ``!=``;
- where there are several values (users, annotations), one that fits is enough, also for ``!=``;
- strings are compared with case, and a value fits only values of its own type;
- ``service()`` means segments and inferred segments, not the client in front of the root;
- a group that does not exist, or one that is made of itself, is rejected.

Each part of an expression becomes a function that chooses rows of a table: of traces, or within
braces of requests, calls or elements of root causes.
"""

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeAlias

from .causes import has_shape
from .checks import annotation_check, keyword_check, node_check
from .columns import NODE, SOURCE, TARGET, FactColumns, FactTable
from .facts import TraceFacts
from .keywords import KEYWORDS, KeywordType
from .syntax import (
    And,
    AnnotationCondition,
    EdgeCondition,
    FilterExpression,
    KeywordCondition,
    Not,
    Or,
    RootCauseCondition,
    RootCauseShape,
    ServiceCondition,
)
from .tokens import reject

GroupLookup: TypeAlias = Callable[[str], FilterExpression | None]
"""Returns the expression of the group of a name or ARN; None when there is none."""

Chooser: TypeAlias = Callable[[FactColumns], set[int]]
TraceMatcher: TypeAlias = Callable[[TraceFacts], bool]

_RowFilter: TypeAlias = Callable[[FactColumns, FactTable, Collection[int]], set[int]]
"""Returns those of some rows of a table for which a part of an expression holds."""


def no_groups(_name: str) -> None:
    """Return None: there are no groups."""


def chooser(expression: FilterExpression, *, groups: GroupLookup = no_groups) -> Chooser:
    """Return a function that returns the numbers of the traces that match an expression.

    Parameters
    ----------
    expression
        What `parse` returned.
    groups
        Returns the expression of a group by its name or ARN, None for an unknown group.

    Raises
    ------
    FilterSyntaxError
        If a group is unknown or refers to itself.
    """
    choose = _Compiler(groups).compiled(expression)
    return lambda columns: choose(columns, columns.traces, columns.traces.rows)


def matcher(expression: FilterExpression, *, groups: GroupLookup = no_groups) -> TraceMatcher:
    """Return a function that returns whether a trace matches an expression.

    For many traces, make `FactColumns` of some hundred at a time and use `chooser`.

    Parameters
    ----------
    expression
        What `parse` returned.
    groups
        Returns the expression of a group by its name or ARN, None for an unknown group.

    Raises
    ------
    FilterSyntaxError
        If a group is unknown or refers to itself.
    """
    choose = chooser(expression, groups=groups)
    return lambda facts: bool(choose(FactColumns([facts])))


class _Compiler:
    """Compiles the parts of an expression into functions.

    Parameters
    ----------
    groups
        Returns the expressions of groups.
    around
        The groups whose expression is being compiled.
    """

    def __init__(self, groups: GroupLookup, around: frozenset[str] = frozenset()) -> None:
        self._groups = groups
        self._around = around

    def compiled(self, expression: FilterExpression) -> _RowFilter:
        match expression:
            case And(parts):
                return _all_of([self.compiled(part) for part in parts])
            case Or(parts):
                return _any_of([self.compiled(part) for part in parts])
            case Not(part):
                return _negation(self.compiled(part))
            case KeywordCondition(keyword) if KEYWORDS[keyword] is KeywordType.GROUP:
                return self._group(expression)
            case KeywordCondition():
                return _keyword(expression)
        return self._about_parts(expression)

    def _about_parts(
        self,
        expression: AnnotationCondition
        | ServiceCondition
        | EdgeCondition
        | RootCauseCondition
        | RootCauseShape,
    ) -> _RowFilter:
        match expression:
            case AnnotationCondition():
                return _annotation(expression)
            case ServiceCondition():
                return _service(expression, self._inner(expression.inner))
            case EdgeCondition():
                return _edge(expression, self._inner(expression.inner))
            case RootCauseCondition():
                return _root_cause(expression, self._inner(expression.inner))
            case RootCauseShape():
                return _shapes(expression)

    def _inner(self, inner: FilterExpression | None) -> _RowFilter:
        return _all_of([]) if inner is None else self.compiled(inner)

    def _group(self, group: KeywordCondition) -> _RowFilter:
        name = str(group.value)
        expression = None if name in self._around else self._groups(name)
        if expression is None:
            found = f"{name}, which is part of itself" if name in self._around else name
            reject(group.column, "a group that exists", found)
        inner = _Compiler(self._groups, self._around | {name}).compiled(expression)
        return inner if group.operator == "=" else _negation(inner)


def _all_of(parts: Sequence[_RowFilter]) -> _RowFilter:
    def choose(columns: FactColumns, table: FactTable, rows: Collection[int]) -> set[int]:
        for part in parts:
            rows = part(columns, table, rows) if rows else ()
        return set(rows)

    return choose


def _any_of(parts: Sequence[_RowFilter]) -> _RowFilter:
    def choose(columns: FactColumns, table: FactTable, rows: Collection[int]) -> set[int]:
        found: set[int] = set()
        for part in parts:
            found |= part(columns, table, set(rows) - found if found else rows)
        return found

    return choose


def _negation(part: _RowFilter) -> _RowFilter:
    return lambda columns, table, rows: set(rows) - part(columns, table, rows)


def _keyword(condition: KeywordCondition) -> _RowFilter:
    name, holds = condition.keyword, keyword_check(condition)
    return lambda _, table, rows: table.columns[name].chosen(rows, holds)


def _annotation(annotation: AnnotationCondition) -> _RowFilter:
    key, holds = annotation.key, annotation_check(annotation)

    def choose(columns: FactColumns, _: FactTable, rows: Collection[int]) -> set[int]:
        posted = columns.annotations.get(key)
        if posted is None:
            return set()
        pairs = zip(posted.traces, posted.values, strict=True)
        return {trace for trace, values in pairs if holds(values)}.intersection(rows)

    return choose


def _service(service: ServiceCondition, inner: _RowFilter) -> _RowFilter:
    is_meant = node_check(service.node)

    def choose(columns: FactColumns, _: FactTable, rows: Collection[int]) -> set[int]:
        nodes = columns.nodes
        found = inner(columns, nodes, nodes.columns[NODE].chosen(nodes.rows, is_meant))
        return nodes.traces_of(found).intersection(rows)

    return choose


def _edge(edge: EdgeCondition, inner: _RowFilter) -> _RowFilter:
    is_source, is_target = node_check(edge.source), node_check(edge.target)

    def choose(columns: FactColumns, _: FactTable, rows: Collection[int]) -> set[int]:
        edges = columns.edges
        found = edges.columns[TARGET].chosen(edges.rows, is_target)
        found = inner(columns, edges, edges.columns[SOURCE].chosen(found, is_source))
        return edges.traces_of(found).intersection(rows)

    return choose


def _root_cause(cause: RootCauseCondition, inner: _RowFilter) -> _RowFilter:
    def choose(columns: FactColumns, _: FactTable, rows: Collection[int]) -> set[int]:
        causes = columns.causes[cause.kind]
        elements = causes.elements(cause.level)
        return causes.chosen(rows, elements.traces_of(inner(columns, elements, elements.rows)))

    return choose


def _shapes(shape: RootCauseShape) -> _RowFilter:
    has_all = _all_of([_has_shape(pattern) for pattern in json.loads(shape.json)])
    return has_all if shape.operator == "=" else _negation(has_all)


def _has_shape(pattern: Any) -> _RowFilter:
    def choose(columns: FactColumns, _: FactTable, rows: Collection[int]) -> set[int]:
        found: set[int] = set()
        for causes in columns.causes.values():
            values = enumerate(causes.values)
            fitting = {number for number, value in values if has_shape(value, pattern)}
            found |= causes.chosen(rows, fitting)
        return found

    return choose
