"""Compiles expressions into functions of rows."""

import re
from collections.abc import Callable

from .functions import ARITHMETIC, FUNCTIONS
from .syntax import (
    Call,
    Expression,
    Field,
    InPredicate,
    LikePredicate,
    Literal,
    Negation,
    Operation,
)
from .values import COMPARISONS, Row, Value, is_true, number_of, text_of

Compiled = Callable[[Row], Value]


def compile_expression(expression: Expression) -> Compiled:
    """Return a function that computes an expression for a row.

    Parameters
    ----------
    expression
        The expression; aggregates are not among its functions.

    Examples
    --------
    >>> compile_expression(Operation("+", Field("a"), Literal(1)))({"a": "2"})
    3
    """
    match expression:
        case Literal(value):
            return lambda _row: value
        case Field(name):
            return lambda row: row.get(name)
        case Call(name, arguments):
            compute = FUNCTIONS[name].compute
            compiled = [compile_expression(argument) for argument in arguments]
            return lambda row: compute([argument(row) for argument in compiled])
        case Operation(operator, left, right):
            return _operation(operator, compile_expression(left), compile_expression(right))
        case _:
            return _condition(expression)


def _condition(expression: Negation | LikePredicate | InPredicate) -> Compiled:
    operand = compile_expression(expression.operand)
    match expression:
        case Negation():
            return lambda row: not is_true(operand(row))
        case LikePredicate(_, pattern):
            return _like(operand, pattern)
        case InPredicate(_, choices):
            return _in(operand, [compile_expression(choice) for choice in choices])


def _operation(operator: str, left: Compiled, right: Compiled) -> Compiled:
    if operator == "and":
        return lambda row: is_true(left(row)) and is_true(right(row))
    if operator == "or":
        return lambda row: is_true(left(row)) or is_true(right(row))
    if operator in COMPARISONS:
        return _comparison(operator, left, right)
    compute = ARITHMETIC[operator]

    def computed(row: Row) -> Value:
        first, second = number_of(left(row)), number_of(right(row))
        return None if first is None or second is None else compute(first, second)

    return computed


def _comparison(operator: str, left: Compiled, right: Compiled) -> Compiled:
    compare = COMPARISONS[operator]

    def compared(row: Row) -> Value:
        first, second = left(row), right(row)
        return first is not None and second is not None and compare(first, second)

    return compared


def _like(operand: Compiled, pattern: "str | re.Pattern[str]") -> Compiled:
    if isinstance(pattern, str):
        return lambda row: pattern in text_of(operand(row))
    return lambda row: pattern.search(text_of(operand(row))) is not None


def _in(operand: Compiled, choices: list[Compiled]) -> Compiled:
    equal = COMPARISONS["="]

    def contained(row: Row) -> Value:
        value = operand(row)
        found = (choice(row) for choice in choices)
        return value is not None and any(
            choice is not None and equal(value, choice) for choice in found
        )

    return contained
