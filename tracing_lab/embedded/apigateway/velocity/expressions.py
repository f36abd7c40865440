"""The expressions of templates: each is a node that returns a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .errors import TemplateError
from .evaluation import MAX_ITERATIONS, Variables
from .methods import call_method, item_of, property_of
from .values import are_equal, calculated, checked_length, is_number, is_true


class TemplateExpression(Protocol):
    """A node that has a value."""

    def value(self, scope: Variables) -> Any:
        """Return its value; None is Java's null."""


@dataclass(frozen=True)
class Constant:
    """A number, a text in single quotes, ``true``, ``false`` or ``null``."""

    content: Any

    def value(self, scope: Variables) -> Any:
        """Return the literal."""
        scope.step()
        return self.content


@dataclass(frozen=True)
class Property:
    """``.name`` of a reference."""

    name: str

    def of(self, target: Any, _scope: Variables) -> Any:
        """Return the property of a value."""
        return property_of(target, self.name)


@dataclass(frozen=True)
class MethodCall:
    """``.name(arguments)`` of a reference."""

    name: str
    arguments: Sequence[TemplateExpression]

    def of(self, target: Any, scope: Variables) -> Any:
        """Return what the method of a value returns."""
        arguments = [argument.value(scope) for argument in self.arguments]
        result = call_method(target, self.name, arguments)
        if isinstance(result, str):
            checked_length(len(result))
        return result


@dataclass(frozen=True)
class Index:
    """``[index]`` of a reference."""

    index: TemplateExpression

    def of(self, target: Any, scope: Variables) -> Any:
        """Return an item of a value."""
        return item_of(target, self.index.value(scope))


@dataclass(frozen=True)
class Reference:
    """A variable and the way from it to a value: ``$input.params().header``."""

    root: str
    steps: Sequence[Property | MethodCall | Index] = ()
    source: str = ""
    quiet: bool = False

    def value(self, scope: Variables) -> Any:
        """Return the value; None if there is none."""
        scope.step()
        found = scope.variables.get(self.root)
        for step in self.steps:
            if found is None:
                return None
            found = step.of(found, scope)
        return found

    def assign(self, value: Any, scope: Variables) -> None:
        """Set the variable, or the property or item of its value; null sets nothing."""
        if value is None:
            return
        if not self.steps:
            scope.variables[self.root] = value
            return
        *way, last = self.steps
        owner = Reference(self.root, way).value(scope)
        if isinstance(last, Property):
            key: Any = last.name
        elif isinstance(last, Index):
            key = last.index.value(scope)
        else:
            msg = f"{self.source} cannot be set: it is a call"
            raise TemplateError(msg)
        if isinstance(owner, dict):
            owner[key] = value
        elif isinstance(owner, list):
            call_method(owner, "set", [key, value])


@dataclass(frozen=True)
class Items:
    """A list: ``[1, $a]``."""

    items: Sequence[TemplateExpression]

    def value(self, scope: Variables) -> Any:
        """Return a new list."""
        scope.step()
        return [item.value(scope) for item in self.items]


@dataclass(frozen=True)
class Range:
    """The whole numbers between two, both included: ``[1..3]``; they may descend."""

    first: TemplateExpression
    last: TemplateExpression

    def value(self, scope: Variables) -> Any:
        """Return a new list; null if a limit is no number."""
        scope.step()
        first, last = self.first.value(scope), self.last.value(scope)
        if not (is_number(first) and is_number(last)):
            return None
        if abs(last - first) >= MAX_ITERATIONS:
            msg = f"a range has more than {MAX_ITERATIONS} numbers"
            raise TemplateError(msg)
        step = 1 if first <= last else -1
        return list(range(int(first), int(last) + step, step))


@dataclass(frozen=True)
class MapLiteral:
    """A map: ``{"a": 1}``."""

    pairs: Sequence[tuple[TemplateExpression, TemplateExpression]]

    def value(self, scope: Variables) -> Any:
        """Return a new map; TemplateError for a key that is none."""
        scope.step()
        return {_key(key.value(scope)): value.value(scope) for key, value in self.pairs}


def _key(value: Any) -> Any:
    if isinstance(value, (list, dict)):
        msg = "a list or map cannot be a key"
        raise TemplateError(msg)
    return value


@dataclass(frozen=True)
class Inversion:
    """``!condition``."""

    operand: TemplateExpression

    def value(self, scope: Variables) -> Any:
        """Return whether the condition does not hold."""
        scope.step()
        return not is_true(self.operand.value(scope))


@dataclass(frozen=True)
class Negative:
    """``-number``."""

    operand: TemplateExpression

    def value(self, scope: Variables) -> Any:
        """Return the negative number; null for what is none."""
        scope.step()
        return calculated("-", 0, self.operand.value(scope))


@dataclass(frozen=True)
class Binary:
    """Two operands and the operator between them."""

    operator: str
    left: TemplateExpression
    right: TemplateExpression

    def value(self, scope: Variables) -> Any:
        """Return the result; ``&&`` and ``||`` evaluate the right one only if needed."""
        scope.step()
        left = self.left.value(scope)
        if self.operator in ("&&", "||"):
            decided = is_true(left) == (self.operator == "||")
            return is_true(left) if decided else is_true(self.right.value(scope))
        right = self.right.value(scope)
        if self.operator in _EQUALITY:
            return are_equal(left, right) == _EQUALITY[self.operator]
        if self.operator in _ORDER:
            return is_number(left) and is_number(right) and _ordered(self.operator, left, right)
        result = calculated(self.operator, left, right)
        if isinstance(result, str):
            checked_length(len(result))
        return result


_EQUALITY: Mapping[str, bool] = {"==": True, "!=": False}
_ORDER = frozenset({"<", "<=", ">", ">="})


def _ordered(operator: str, left: Any, right: Any) -> bool:
    if operator.endswith("=") and left == right:
        return True
    return bool(left < right if operator.startswith("<") else left > right)
