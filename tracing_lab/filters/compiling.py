"""Walk the tree of a filter expression and make something of it that can be evaluated.

What the parts become is up to those who derive from `Compiler`: functions of the facts of one trace
(`matching`) or of the columns of many (`choosing`).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

from .keywords import KEYWORDS, Scope, Type
from .syntax import (
    And,
    Annotation,
    Edge,
    Expression,
    NodePattern,
    Not,
    Or,
    RootCause,
    RootCauseShape,
    Service,
    Test,
)
from .tokens import refuse

Groups: TypeAlias = Callable[[str], Expression | None]
"""Gives the expression of the group of a name or ARN; None when there is none."""

Result = TypeVar("Result")


def no_groups(_name: str) -> None:
    """Know no group."""


class Compiler(ABC, Generic[Result]):
    """Compiles expressions.

    Parameters
    ----------
    groups
        Gives the expressions of groups.
    around
        The groups whose expression is being read.
    """

    def __init__(self, groups: Groups, around: frozenset[str] = frozenset()) -> None:
        self._groups = groups
        self._around = around

    def compiled(self, expression: Expression, scope: Scope) -> Result:
        """Give what becomes of an expression at a place.

        Raises
        ------
        FilterSyntaxError
            If a group is unknown or refers to itself.
        """
        match expression:
            case And(parts) | Or(parts):
                join = self.all_of if isinstance(expression, And) else self.any_of
                return join([self.compiled(part, scope) for part in parts])
            case Not(part):
                return self.negation(self.compiled(part, scope))
            case Test():
                is_group = KEYWORDS[expression.keyword].type is Type.GROUP
                return self._group(expression) if is_group else self.test(expression, scope)
            case Annotation():
                return self.annotation(expression)
        return self._scoped(expression)

    @abstractmethod
    def all_of(self, parts: Sequence[Result]) -> Result:
        """Join parts that must all hold; none holds always."""

    @abstractmethod
    def any_of(self, parts: Sequence[Result]) -> Result:
        """Join parts of which one must hold."""

    @abstractmethod
    def negation(self, part: Result) -> Result:
        """Negate a part."""

    @abstractmethod
    def test(self, test: Test, scope: Scope) -> Result:
        """Give what tests a keyword other than a group."""

    @abstractmethod
    def annotation(self, annotation: Annotation) -> Result:
        """Give what tests an annotation."""

    @abstractmethod
    def service(self, node: NodePattern, inner: Result | None) -> Result:
        """Give what looks for a request that a node served."""

    @abstractmethod
    def edge(self, source: NodePattern, target: NodePattern, inner: Result | None) -> Result:
        """Give what looks for a call between nodes."""

    @abstractmethod
    def root_cause(self, cause: RootCause) -> Result:
        """Give what looks for an element of a root cause."""

    @abstractmethod
    def shape(self, shape: RootCauseShape) -> Result:
        """Give what tests the structure of root causes."""

    def _scoped(self, expression: Service | Edge | RootCause | RootCauseShape) -> Result:
        match expression:
            case Service(node, inner):
                return self.service(node, self._inner(inner, Scope.SERVICE))
            case Edge(source, target, inner):
                return self.edge(source, target, self._inner(inner, Scope.EDGE))
            case RootCause():
                return self.root_cause(expression)
            case RootCauseShape():
                return self.shape(expression)

    def _inner(self, inner: Expression | None, scope: Scope) -> Result | None:
        return None if inner is None else self.compiled(inner, scope)

    def _group(self, test: Test) -> Result:
        name = str(test.value)
        expression = None if name in self._around else self._groups(name)
        if expression is None:
            found = f"{name}, which is part of itself" if name in self._around else name
            refuse(test.column, "a group that exists", found)
        inner = type(self)(self._groups, self._around | {name}).compiled(expression, Scope.TRACE)
        return inner if test.operator == "=" else self.negation(inner)
