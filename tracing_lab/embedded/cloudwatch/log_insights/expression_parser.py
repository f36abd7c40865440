"""Parses expressions: conditions, arithmetic, and calls of functions.

``not`` binds closer than ``and``, that closer than ``or``; arithmetic as usual, ``^`` closest.
"""

import re
from collections.abc import Callable, Collection

from tracing_lab.embedded.cloudwatch.log_patterns.terms import unquoted

from .aggregates import AGGREGATES
from .errors import MalformedQueryError
from .functions import FUNCTIONS
from .scanner import InsightsToken, Scanner
from .syntax import (
    Call,
    Expression,
    Field,
    InPredicate,
    LikePredicate,
    Literal,
    NamedExpression,
    Negation,
    Operation,
)
from .values import COMPARISONS

_MAX_DEPTH = 50
_MAX_OPERATORS = 250  # in one expression; they are computed recursively
_PERIOD = re.compile(r"(\d+)([a-z]+)")
_UNITS_MS = {
    "ms": 1,
    "msec": 1,
    "s": 1000,
    "sec": 1000,
    "m": 60_000,
    "min": 60_000,
    "h": 3_600_000,
    "hr": 3_600_000,
    "d": 86_400_000,
    "w": 604_800_000,
}
EVERY = Literal("*")
"""The argument of ``count(*)``."""


class ExpressionParser:
    """Parses expressions from a scanner."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._depth = 0
        self._operators = 0
        self._aggregates = False

    def condition(self) -> Expression:
        """Parse an expression without aggregates.

        Raises
        ------
        MalformedQueryError
            If there is none.
        """
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._scanner.reject(self._scanner.peek(), ("fewer parentheses",))
        left = self._conjunction()
        while self._scanner.accept("or"):
            left = self._operation("or", left, self._conjunction())
        self._depth -= 1
        self._operators = self._operators if self._depth else 0
        return left

    def column(self, *, aliases: bool = True, aggregates: bool = False) -> NamedExpression:
        """Parse an expression and its alias, if it has one.

        Parameters
        ----------
        aliases
            Whether it may have one.
        aggregates
            Whether it may be made of aggregates.

        Raises
        ------
        MalformedQueryError
            If there is none.
        """
        start = self._scanner.peek().start
        self._aggregates = aggregates
        expression = self.condition()
        self._aggregates = False
        written = self._scanner.text[start : self._scanner.end_of_last]
        if aliases and self._scanner.accept("as"):
            return NamedExpression(self.name(), expression)
        return NamedExpression(
            expression.name if isinstance(expression, Field) else written, expression
        )

    def name(self) -> str:
        """Parse the name of a field.

        Raises
        ------
        MalformedQueryError
            If there is none.
        """
        return self._scanner.expect_kind("name", "quoted_name", what="a field name").text

    def _conjunction(self) -> Expression:
        left = self._negation()
        while self._scanner.accept("and"):
            left = self._operation("and", left, self._negation())
        return left

    def _negation(self) -> Expression:
        negations = 0
        while self._scanner.accept("not"):
            negations += 1
        condition = self._comparison()
        return Negation(condition) if negations % 2 else condition

    def _comparison(self) -> Expression:
        left = self._sum()
        operator = self._scanner.accept(*COMPARISONS, "=~", "like", "in", "not")
        if operator is None:
            return left
        if operator in COMPARISONS:
            return self._operation(operator, left, self._sum())
        if operator == "not":
            inner = self._membership(self._scanner.expect("like", "in"), left)
            return Negation(inner)
        return self._membership(operator, left)

    def _membership(self, operator: str, left: Expression) -> Expression:
        if operator == "in":
            return InPredicate(left, self._choices())
        regex = self._scanner.regex()
        if regex is not None:
            return LikePredicate(left, regex)
        quoted = self._scanner.expect_kind("text", what="text or /regular expression/")
        return LikePredicate(left, unquoted(quoted.text))

    def _choices(self) -> tuple[Expression, ...]:
        self._scanner.expect("[")
        choices = [self._sum()]
        while self._scanner.accept(","):
            choices.append(self._sum())
        self._scanner.expect("]")
        return tuple(choices)

    def _sum(self) -> Expression:
        return self._left_to_right({"+", "-"}, self._product)

    def _product(self) -> Expression:
        return self._left_to_right({"*", "/", "%"}, self._power)

    def _left_to_right(
        self, operators: Collection[str], part: Callable[[], Expression]
    ) -> Expression:
        left = part()
        while operator := self._scanner.accept(*operators):
            left = self._operation(operator, left, part())
        return left

    def _operation(self, operator: str, left: Expression, right: Expression) -> Expression:
        self._count_operator()
        return Operation(operator, left, right)

    def _count_operator(self) -> None:
        self._operators += 1
        if self._operators > _MAX_OPERATORS:
            self._scanner.reject(self._scanner.peek(), (f"at most {_MAX_OPERATORS} operators",))

    def _power(self) -> Expression:
        if self._scanner.accept("-"):
            self._count_operator()
            return Operation("-", Literal(0), self._power())
        base = self._operand()
        if not self._scanner.accept("^"):
            return base
        self._count_operator()
        return Operation("^", base, self._power())

    def _operand(self) -> Expression:
        if self._scanner.accept("("):
            inner = self.condition()
            self._scanner.expect(")")
            return inner
        kinds = ("name", "quoted_name", "number", "period", "text")
        token = self._scanner.expect_kind(*kinds, what="an expression")
        if token.kind == "name" and self._scanner.accept("("):
            return self._call(token)
        if token.kind in {"name", "quoted_name"}:
            return _field(token)
        return Literal(_literal(token))

    def _call(self, token: InsightsToken) -> Expression:
        name = token.text.lower()
        if name in AGGREGATES:
            return self._aggregate(token, name)
        outer, self._aggregates = self._aggregates, self._aggregates and name != "bin"
        arguments = self._arguments()
        self._aggregates = outer
        if name == "bin":
            name, arguments = "datefloor", [Field("@timestamp"), *arguments]
        if name not in FUNCTIONS:
            self._unsupported(token, f"the function '{token.text}' is not supported here")
        function = FUNCTIONS[name]
        if not function.least <= len(arguments) <= function.most:
            self._unsupported(token, f"the function '{token.text}' has a wrong number of arguments")
        return Call(name, tuple(arguments), token.start, self._scanner.end_of_last)

    def _aggregate(self, token: InsightsToken, name: str) -> Expression:
        if not self._aggregates:
            self._unsupported(token, f"the aggregate function '{token.text}' cannot stand here")
        aggregate, self._aggregates = AGGREGATES[name], False
        if not aggregate.needs_field and self._scanner.accept("*"):
            self._scanner.expect(")")
            arguments: list[Expression] = [EVERY]
        else:
            arguments = self._arguments() or ([] if aggregate.needs_field else [EVERY])
        self._aggregates = True
        if len(arguments) != 1 + aggregate.parameters or not all(
            isinstance(argument, Literal) and isinstance(argument.value, int | float)
            for argument in arguments[1:]
        ):
            self._unsupported(token, f"the function '{token.text}' has wrong arguments")
        return Call(name, tuple(arguments), token.start, self._scanner.end_of_last)

    def _arguments(self) -> list[Expression]:
        if self._scanner.accept(")"):
            return []
        arguments = [self.condition()]
        while self._scanner.accept(","):
            arguments.append(self.condition())
        self._scanner.expect(")")
        return arguments

    def _unsupported(self, token: InsightsToken, message: str) -> None:
        raise MalformedQueryError(message, start=token.start, end=token.end)


def _field(token: InsightsToken) -> Expression:
    if token.kind == "name" and token.text.lower() in {"true", "false"}:
        return Literal(token.text.lower() == "true")
    return Field(token.text)


def _literal(token: InsightsToken) -> str | float:
    if token.kind == "text":
        return unquoted(token.text)
    if token.kind == "number":
        return int(token.text) if token.text.isdigit() else float(token.text)
    count, unit = _PERIOD.fullmatch(token.text).groups()  # type: ignore[union-attr] # by its kind
    return int(count) * _UNITS_MS[unit]
