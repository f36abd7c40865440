"""The syntax tree of filter expressions, and its text form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

Value: TypeAlias = str | float | bool

_PLAIN_KEY: Final = re.compile(r"\w+", re.ASCII)
_BARE_KEY: Final = re.compile(r'[^\[\]"\s]+')


@dataclass(frozen=True)
class And:
    """All of its parts are true."""

    parts: "tuple[FilterExpression, ...]"


@dataclass(frozen=True)
class Or:
    """At least one of its parts is true."""

    parts: "tuple[FilterExpression, ...]"


@dataclass(frozen=True)
class Not:
    """Its part is false."""

    part: "FilterExpression"


@dataclass(frozen=True)
class KeywordCondition:
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

    keyword: str
    operator: str | None = None
    value: Value | None = None
    column: int = field(default=1, compare=False, repr=False)


@dataclass(frozen=True)
class AnnotationCondition:
    """An annotation, alone (it is set) or compared."""

    key: str
    operator: str | None = None
    value: Value | None = None


@dataclass(frozen=True)
class NodePattern:
    """The nodes to match; None means any."""

    name: str | None = None
    type: str | None = None
    account_id: str | None = None


@dataclass(frozen=True)
class ServiceCondition:
    """The trace passed a node, with a request that meets `inner`."""

    node: NodePattern = NodePattern()
    inner: "FilterExpression | None" = None


@dataclass(frozen=True)
class EdgeCondition:
    """A node called another, with a call that meets `inner`."""

    source: NodePattern = NodePattern()
    target: NodePattern = NodePattern()
    inner: "FilterExpression | None" = None


@dataclass(frozen=True)
class RootCauseCondition:
    """A root cause has an element that meets `inner`.

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
    inner: "FilterExpression"


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


FilterExpression: TypeAlias = (
    And
    | Or
    | Not
    | KeywordCondition
    | AnnotationCondition
    | ServiceCondition
    | EdgeCondition
    | RootCauseCondition
    | RootCauseShape
)


def walk(expression: FilterExpression) -> Iterator[FilterExpression]:
    """Yield an expression and all in it, parents first.

    Examples
    --------
    >>> [type(part).__name__ for part in walk(Not(KeywordCondition("fault")))]
    ['Not', 'KeywordCondition']
    """
    yield expression
    match expression:
        case And(parts) | Or(parts):
            for part in parts:
                yield from walk(part)
        case Not(part):
            yield from walk(part)
        case ServiceCondition() | EdgeCondition() | RootCauseCondition():
            if expression.inner is not None:
                yield from walk(expression.inner)


def render(expression: FilterExpression) -> str:
    """Return the text of an expression, which parses to the same expression.

    Examples
    --------
    >>> shop = ServiceCondition(NodePattern("shop"), KeywordCondition("duration", ">", 2.0))
    >>> render(Or((KeywordCondition("ok"), shop)))
    'ok OR service("shop") { duration > 2 }'
    """
    match expression:
        case And(parts) | Or(parts):
            word = "AND" if isinstance(expression, And) else "OR"
            return f" {word} ".join(map(_operand, parts))
        case Not(part):
            return f"!{_operand(part)}"
        case KeywordCondition(keyword, operator, value):
            return _comparison(keyword, operator, value)
        case AnnotationCondition(key, operator, value):
            return _comparison(_annotation(key), operator, value)
        case RootCauseShape(operator, json):
            return f"rootcause.json {operator} #{json}"
    return _scoped(expression)


def _scoped(expression: ServiceCondition | EdgeCondition | RootCauseCondition) -> str:
    match expression:
        case ServiceCondition(node):
            written = "" if node == NodePattern() else _node(node)
            head = f"service({written})"
        case EdgeCondition(source, target):
            head = f"edge({_node(source)}, {_node(target)})"
        case RootCauseCondition(kind, level):
            head = f"rootcause.{kind}.{level}"
    return head if expression.inner is None else f"{head} {{ {render(expression.inner)} }}"


def _operand(expression: FilterExpression) -> str:
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
