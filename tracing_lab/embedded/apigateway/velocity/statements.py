"""The statements of templates: each is a node that writes text or sets variables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import TemplateError
from .evaluation import MAX_ITERATIONS, BreakLoop, Output, Variables
from .expressions import Reference, TemplateExpression
from .values import HostObject, is_true, text_of

_LOOP = "foreach"
_OLD_COUNT = "velocityCount"


class Statement(Protocol):
    """A node of a template."""

    def write(self, scope: Variables, output: Output) -> None:
        """Write the node's text."""


Block = Sequence[Statement]


def write_all(block: Block, scope: Variables, output: Output) -> None:
    """Write the text of all statements of a block."""
    for statement in block:
        statement.write(scope, output)


@dataclass(frozen=True)
class PlainText:
    """Text that stays as it is."""

    text: str

    def write(self, scope: Variables, output: Output) -> None:
        """Write the text."""
        scope.step()
        output.write(self.text)


@dataclass(frozen=True)
class Shown:
    """A reference in text, replaced by its value.

    One without a value stays as it is written, unless it is quiet, ``$!x``, or of one of API
    Gateway's own variables, of which it is empty. The latter is an assumption of ours.
    """

    reference: Reference

    def write(self, scope: Variables, output: Output) -> None:
        """Write the value."""
        value = self.reference.value(scope)
        if isinstance(value, HostObject):
            value = None
        if value is not None:
            output.write(text_of(value))
        elif not (self.reference.quiet or self.reference.root in scope.environment):
            output.write(self.reference.source)


@dataclass(frozen=True)
class Assignment:
    """``#set($x = expression)``."""

    target: Reference
    expression: TemplateExpression

    def write(self, scope: Variables, output: Output) -> None:  # noqa: ARG002 - as all statements
        """Set the variable."""
        self.target.assign(self.expression.value(scope), scope)


@dataclass(frozen=True)
class Condition:
    """``#if``, with its branches; ``#else`` has the condition ``true``."""

    branches: Sequence[tuple[TemplateExpression, Block]]

    def write(self, scope: Variables, output: Output) -> None:
        """Write the first branch whose condition holds."""
        for condition, block in self.branches:
            if is_true(condition.value(scope)):
                write_all(block, scope, output)
                return


@dataclass(frozen=True)
class Loop:
    """``#foreach($item in expression)``."""

    variable: str
    expression: TemplateExpression
    block: Block

    def write(self, scope: Variables, output: Output) -> None:
        """Write the block for each item; maps have their values as items."""
        items = _items(self.expression.value(scope))
        names = (self.variable, _LOOP, _OLD_COUNT)
        outer = {name: scope.variables.get(name) for name in names}
        try:
            for index, item in enumerate(items):
                scope.step()
                scope.variables[self.variable] = item
                scope.variables[_LOOP] = _state(index, len(items), outer[_LOOP])
                scope.variables[_OLD_COUNT] = index + 1
                write_all(self.block, scope, output)
        except BreakLoop:
            pass  # the loop has ended
        finally:
            scope.variables.update(outer)


@dataclass(frozen=True)
class Break:
    """``#break``."""

    def write(self, scope: Variables, output: Output) -> None:  # noqa: ARG002 - as all statements
        """End the innermost loop."""
        raise BreakLoop


def _items(value: Any) -> list[Any]:
    items = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(items, list):
        return []
    if len(items) > MAX_ITERATIONS:
        msg = f"#foreach iterates over {len(items)} items, API Gateway allows {MAX_ITERATIONS}"
        raise TemplateError(msg)
    return list(items)


def _state(index: int, length: int, parent: Any) -> dict[str, Any]:
    return {
        "index": index,
        "count": index + 1,
        "first": index == 0,
        "last": index == length - 1,
        "hasNext": index < length - 1,
        "parent": parent,
    }
