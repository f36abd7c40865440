"""The syntax tree of filter expressions, and how one is written down."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Value: TypeAlias = str | float | bool

_PLAIN_KEY: Final = re.compile(r"\w+", re.ASCII)
_BARE_KEY: Final = re.compile(r'[^\[\]"\s]+')


@dataclass(frozen=True)
class And:
    """All of its parts hold."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Or:
    """One of its parts holds."""

    parts: "tuple[Expression, ...]"


@dataclass(frozen=True)
class Not:
    """Its part does not hold."""

    part: "Expression"


@dataclass(frozen=True)
class Test:
    """A keyword, alone or compared.

    Parameters
    ----------
    keyword
        In lower case, for example ``http.status``.
    operator
        As written, in upper case; None when the keyword stands alone.
    value
        What the keyword is compared with; None when it stands alone.
    column
        Where it was read, counted from 1; does not count in comparisons.
    """

    __test__ = False  # nothing for pytest

    keyword: str
    operator: str | None = None
    value: Value | None = None
    column: int = field(default=1, compare=False, repr=False)


@dataclass(frozen=True)
class Annotation:
    """An annotation, alone (it is set) or compared."""

    key: str
    operator: str | None = None
    value: Value | None = None


@dataclass(frozen=True)
class NodePattern:
    """Which nodes are meant; None means any."""

    name: str | None = None
    type: str | None = None
    account_id: str | None = None


@dataclass(frozen=True)
class Service:
    """The trace passed a node, with a request that `inner` holds for."""

    node: NodePattern = NodePattern()
    inner: "Expression | None" = None


@dataclass(frozen=True)
class Edge:
    """A node called another, with a call that `inner` holds for."""

    source: NodePattern = NodePattern()
    target: NodePattern = NodePattern()
    inner: "Expression | None" = None


@dataclass(frozen=True)
class RootCause:
    """A root cause has an element that `inner` holds for.

    Parameters
    ----------
    kind
        ``fault``, ``error`` or ``responsetime``.
    level
        ``service``, ``entity`` or ``exception``.
    inner
        What holds for the element.
    """

    kind: str
    level: str
    inner: "Expression"


@dataclass(frozen=True)
class RootCauseShape:
    """Root causes have a structure.

    Parameters
    ----------
    operator
        ``=`` or ``!=``.
    json
        A JSON array of objects, members sorted.
    """

    operator: str
    json: str


Expression: TypeAlias = (
    And | Or | Not | Test | Annotation | Service | Edge | RootCause | RootCauseShape
)


def walk(expression: Expression) -> Iterator[Expression]:
    """Give an expression and all in it, parents first.

    Examples
    --------
    >>> [type(part).__name__ for part in walk(Not(Service(inner=Test("fault"))))]
    ['Not', 'Service', 'Test']
    """
    yield expression
    match expression:
        case And(parts) | Or(parts):
            for part in parts:
                yield from walk(part)
        case Not(part):
            yield from walk(part)
        case Service() | Edge() | RootCause():
            if expression.inner is not None:
                yield from walk(expression.inner)


def render(expression: Expression) -> str:
    """Write an expression down so that parsing gives it back.

    Examples
    --------
    >>> render(Or((Test("ok"), Service(NodePattern("shop"), Test("responsetime", ">", 2.0)))))
    'ok OR service("shop") { responsetime > 2 }'
    """
    match expression:
        case And(parts) | Or(parts):
            word = "AND" if isinstance(expression, And) else "OR"
            return f" {word} ".join(map(_operand, parts))
        case Not(part):
            return f"!{_operand(part)}"
        case Test(keyword, operator, value):
            return _comparison(keyword, operator, value)
        case Annotation(key, operator, value):
            return _comparison(_annotation(key), operator, value)
        case RootCauseShape(operator, json):
            return f"rootcause.json {operator} #{json}"
    return _scoped(expression)


def _scoped(expression: Service | Edge | RootCause) -> str:
    match expression:
        case Service(node):
            written = "" if node == NodePattern() else _node(node)
            head = f"service({written})"
        case Edge(source, target):
            head = f"edge({_node(source)}, {_node(target)})"
        case RootCause(kind, level):
            head = f"rootcause.{kind}.{level}"
    return head if expression.inner is None else f"{head} {{ {render(expression.inner)} }}"


def _operand(expression: Expression) -> str:
    written = render(expression)
    return f"({written})" if isinstance(expression, And | Or) else written


def _comparison(keyword: str, operator: str | None, value: Value | None) -> str:
    if operator is None or value is None:
        return keyword
    return f"{keyword} {operator} {_value(value)}"


def _value(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _quoted(value) if isinstance(value, str) else repr(float(value)).removesuffix(".0")


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _annotation(key: str) -> str:
    if _PLAIN_KEY.fullmatch(key):
        return f"annotation.{key}"
    return f"annotation[{key if _BARE_KEY.fullmatch(key) else _quoted(key)}]"


def _node(node: NodePattern) -> str:
    if node == NodePattern(name=node.name) and node.name is not None:
        return _quoted(node.name)
    members = (("name", node.name), ("type", node.type), ("account.id", node.account_id))
    written = (f"{name}: {_quoted(value)}" for name, value in members if value is not None)
    return f"id({', '.join(written)})"
