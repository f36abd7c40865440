"""Parses the expressions and references of templates."""

import re
from collections.abc import Callable, Mapping, Sequence

from .expressions import (
    Binary,
    Constant,
    Index,
    Inversion,
    Items,
    MapLiteral,
    MethodCall,
    Negative,
    Property,
    Range,
    Reference,
    TemplateExpression,
)
from .methods import METHOD_NAMES
from .scanner import TemplateScanner

Check = Callable[[str], object]
"""Raises TemplateError if a method does not accept a text as its first argument."""

Objects = Mapping[str, Mapping[str, Check | None]]
"""The names that the objects of the environment have, by variable."""

Interpolated = Callable[[str], TemplateExpression]
"""Parses the content of a text in double quotes."""

REFERENCE_START = re.compile(r"\$(?P<quiet>!?)(?P<brace>\{?)(?P<root>[A-Za-z_][\w-]*)", re.ASCII)
_NAME = re.compile(r"\.(?P<name>[A-Za-z_][\w-]*)(?P<call>\(?)", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_WORD = re.compile(r"\s*(true|false|null)\b")
_OPERATORS = (
    re.compile(r"\s*(?P<o>\|\||or\b)"),
    re.compile(r"\s*(?P<o>&&|and\b)"),
    re.compile(r"\s*(?P<o>==|!=|eq\b|ne\b)"),
    re.compile(r"\s*(?P<o><=|>=|<|>|le\b|ge\b|lt\b|gt\b)"),
    re.compile(r"\s*(?P<o>[+-])"),
    re.compile(r"\s*(?P<o>[*/%])"),
)
_WORDS = {
    "or": "||",
    "and": "&&",
    "eq": "==",
    "ne": "!=",
    "le": "<=",
    "ge": ">=",
    "lt": "<",
    "gt": ">",
}
_NOT = re.compile(r"\s*(?:!(?!=)|not\b)")
_CONSTANTS = {"true": True, "false": False, "null": None}
_MAX_DIGITS = 300


class OperandParser:
    """Parses expressions from a scanner.

    Parameters
    ----------
    scanner
        Where to read.
    objects
        What the environment's objects have.
    interpolated
        Parses texts in double quotes.
    """

    def __init__(
        self, scanner: TemplateScanner, objects: Objects, interpolated: Interpolated
    ) -> None:
        self._scanner = scanner
        self._objects = objects
        self._interpolated = interpolated

    def expression(self) -> TemplateExpression:
        """Parse an expression."""
        depth = self._scanner.enter()
        parsed = self._binary(0)
        self._scanner.leave(depth)
        return parsed

    def _binary(self, level: int) -> TemplateExpression:
        """Parse operators of a level of precedence, from the weakest on."""
        if level == len(_OPERATORS):
            return self._unary()
        left = self._binary(level + 1)
        while (found := self._scanner.match(_OPERATORS[level])) is not None:
            operator = _WORDS.get(found["o"], found["o"])
            self._scanner.enter()  # the tree grows deeper with each
            left = Binary(operator, left, self._binary(level + 1))
        return left

    def _unary(self) -> TemplateExpression:
        if self._scanner.match(_NOT):
            return Inversion(self._nested_unary())
        if self._scanner.take("-"):
            return Negative(self._nested_unary())
        return self._primary()

    def _nested_unary(self) -> TemplateExpression:
        depth = self._scanner.enter()
        operand = self._unary()
        self._scanner.leave(depth)
        return operand

    def _primary(self) -> TemplateExpression:
        scanner = self._scanner
        scanner.skip_spaces()
        if (start := scanner.match(REFERENCE_START)) is not None:
            return self.reference(start)
        if (number := scanner.match(_NUMBER)) is not None:
            return Constant(self._number(number[0]))
        if (single := scanner.match(_SINGLE)) is not None:
            return Constant(single[1])
        if (double := scanner.match(_DOUBLE)) is not None:
            return self._text(double[1])
        if (word := scanner.match(_WORD)) is not None:
            return Constant(_CONSTANTS[word[1]])
        return self._grouped()

    def _grouped(self) -> TemplateExpression:
        scanner = self._scanner
        if scanner.take("("):
            inner = self.expression()
            scanner.expect(")")
            return inner
        if scanner.take("["):
            return self._list()
        if scanner.take("{"):
            return self._map()
        return scanner.fail("an expression is expected")

    def _number(self, text: str) -> int | float:
        if len(text) > _MAX_DIGITS:
            self._scanner.fail("a number is too long")
        return int(text) if text.isdigit() else float(text)

    def _text(self, content: str) -> TemplateExpression:
        return (
            self._interpolated(content) if "$" in content or "#" in content else Constant(content)
        )

    def _list(self) -> TemplateExpression:
        scanner = self._scanner
        if scanner.take("]"):
            return Items(())
        first = self.expression()
        if scanner.take(".."):
            last = self.expression()
            scanner.expect("]")
            return Range(first, last)
        return Items((first, *self._rest("]")))

    def _rest(self, closing: str) -> Sequence[TemplateExpression]:
        items = []
        while self._scanner.take(","):
            items.append(self.expression())
        self._scanner.expect(closing)
        return items

    def _map(self) -> TemplateExpression:
        scanner, pairs = self._scanner, list[tuple[TemplateExpression, TemplateExpression]]()
        if scanner.take("}"):
            return MapLiteral(())
        while not pairs or scanner.take(","):
            key = self.expression()
            scanner.expect(":")
            pairs.append((key, self.expression()))
        scanner.expect("}")
        return MapLiteral(pairs)

    def reference(self, start: re.Match[str]) -> Reference:
        """Parse the rest of a reference whose start was matched."""
        steps: list[Property | MethodCall | Index] = []
        while (step := self._step(start["root"], is_first=not steps)) is not None:
            steps.append(step)
        if start["brace"] and not self._scanner.take("}", spaces=False):
            self._scanner.fail(f"{start[0]} lacks its closing brace")
        source = self._scanner.text[start.start() : self._scanner.position]
        return Reference(start["root"], steps, source, quiet=bool(start["quiet"]))

    def _step(self, root: str, *, is_first: bool) -> Property | MethodCall | Index | None:
        scanner = self._scanner
        if scanner.take("[", spaces=False):
            index = self.expression()
            scanner.expect("]")
            return Index(index)
        found = scanner.match(_NAME)
        if found is None:
            return None
        name = found["name"]
        own = self._objects.get(root) if is_first else None
        known = METHOD_NAMES if own is None and found["call"] else own
        if known is not None and name not in known:
            what = f"${root}.{name}" if own is not None else f"method {name}()"
            scanner.fail(f"{what} is not simulated")
        if not found["call"]:
            return Property(name)
        arguments = self._arguments()
        _check_text((own or {}).get(name), arguments)
        return MethodCall(name, arguments)

    def _arguments(self) -> Sequence[TemplateExpression]:
        if self._scanner.take(")"):
            return ()
        return (self.expression(), *self._rest(")"))


def _check_text(check: Check | None, arguments: Sequence[TemplateExpression]) -> None:
    first = arguments[0] if arguments else None
    if check is not None and isinstance(first, Constant) and isinstance(first.content, str):
        check(first.content)
