"""Evaluates CloudWatch's metric math for one period: arithmetic and a few functions. Pure.

The result is missing if a value is missing, except in functions over lists and FILL.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence

Value = float | None
Values = Mapping[str, Value]

_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_OVER_LISTS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values),
    "MAX": max,
    "MIN": min,
    "SUM": sum,
}


class UnknownMathError(ValueError):
    """An expression uses something that is not simulated."""


def names_in(expression: str) -> frozenset[str]:
    """Return the ids that an expression refers to.

    Raises
    ------
    UnknownMathError
        It cannot be parsed.

    Examples
    --------
    >>> sorted(names_in("100 * e / SUM([e, r])"))
    ['e', 'r']
    """
    nodes = list(ast.walk(_parsed(expression)))
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
    return frozenset(
        node.id for node in nodes if isinstance(node, ast.Name) and id(node) not in called
    )


def evaluate(expression: str, values: Values) -> Value:
    """Return the value of an expression; None where it is missing, or divided by zero.

    Parameters
    ----------
    expression
        For example ``100 * errors / FILL(requests, 0)``.
    values
        Id -> value of that period; None where there is none.

    Raises
    ------
    UnknownMathError
        It uses something that is not simulated.

    Examples
    --------
    >>> evaluate("100 * e / r", {"e": 1.0, "r": 4.0})
    25.0
    >>> evaluate("SUM([e, r])", {"e": None, "r": 4.0}), evaluate("e / r", {"e": None, "r": 4.0})
    (4.0, None)
    """
    try:
        return _value(_parsed(expression), values)
    except (KeyError, RecursionError) as error:
        msg = f"{expression!r} refers to an unknown id"
        raise UnknownMathError(msg) from error


def _parsed(expression: str) -> ast.expr:
    try:
        return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        msg = f"{expression!r} cannot be parsed"
        raise UnknownMathError(msg) from error


def _value(node: ast.expr, values: Values) -> Value:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            found = _value(operand, values)
            return None if found is None else -found
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _combined(type(sign), _value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id="FILL"), args=[filled, ast.Constant() as other]):
            found = _value(filled, values)
            return _value(other, values) if found is None else found
        case ast.Call(func=ast.Name(id=name), args=[ast.List(elts=parts)]) if name in _OVER_LISTS:
            known = [value for part in parts if (value := _value(part, values)) is not None]
            return _OVER_LISTS[name](known) if known else None
    msg = f"{ast.unparse(node)} is not simulated"
    raise UnknownMathError(msg)


def _combined(sign: type[ast.operator], left: Value, right: Value) -> Value:
    if left is None or right is None or (sign is ast.Div and right == 0):
        return None
    return _OPERATORS[sign](left, right)
