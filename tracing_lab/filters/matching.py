"""Turn filter expressions into functions of `TraceFacts`.

AWS X-Ray Developer Guide, "Using filter expressions". Where the guide leaves it open:

- a comparison with something that is not there does not hold, not even ``!=``;
- where there are several values (users, annotations), one that fits is enough, also for ``!=``;
- strings are compared with case, and a value fits only values of its own type;
- ``service()`` means segments and inferred segments, not the client in front of the root;
- a group that does not exist, or one that is made of itself, is refused.
"""

import operator as op
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from . import causes
from .comparing import CHECKS, Check, any_value, one_value
from .facts import NodeId, TraceFacts
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

Matcher: TypeAlias = Callable[[TraceFacts], bool]

_REQUEST: Final = {
    "ok": "ok",
    "error": "error",
    "throttle": "throttle",
    "fault": "fault",
    "partial": "partial",
    "responsetime": "response_s",
    "duration": "duration_s",
    "http.status": "status",
    "http.url": "url",
    "http.method": "method",
    "http.useragent": "user_agent",
    "http.clientip": "client_ip",
}
_ON_REQUEST: Final = {name: op.attrgetter(f"request.{member}") for name, member in _REQUEST.items()}


def _text_of_node(position: int) -> Callable[[Any], tuple[str, ...]]:
    def values(facts: Any) -> tuple[str, ...]:
        value = facts.node[position]
        return () if value is None else (value,)

    return values


def _accounts(facts: TraceFacts) -> tuple[str, ...]:
    return tuple(one.node[2] for one in facts.nodes if one.node[2] is not None)


_GETTERS: Final[Mapping[Scope, Mapping[str, Callable[[Any], Any]]]] = MappingProxyType(
    {
        Scope.TRACE: {
            **_ON_REQUEST,
            "inferred": op.attrgetter("inferred"),
            "user": op.attrgetter("users"),
            "availabilityzone": op.attrgetter("zones"),
            "instance.id": op.attrgetter("instances"),
            "resource.arn": op.attrgetter("arns"),
            "account.id": _accounts,
        },
        Scope.SERVICE: {
            **_ON_REQUEST,
            "inferred": op.attrgetter("inferred"),
            "root": op.attrgetter("root"),
            "name": _text_of_node(0),
            "type": _text_of_node(1),
            "account.id": _text_of_node(2),
        },
        Scope.EDGE: _ON_REQUEST,
        **causes.GETTERS,
    }
)
"""Where each keyword's value is in the facts, by the place it stands in."""


def no_groups(_name: str) -> None:
    """Know no group."""


def matcher(expression: Expression, *, groups: Groups = no_groups) -> Matcher:
    """Give the function that tells whether a trace fits an expression.

    Parameters
    ----------
    expression
        What `parse` gave.
    groups
        Gives the expression of a group by its name or ARN, None for an unknown group.

    Raises
    ------
    FilterSyntaxError
        If a group is unknown or refers to itself.
    """
    return _Compiler(groups).compiled(expression, Scope.TRACE)


class _Compiler:
    """Makes closures of expressions; `around` are the groups whose expression is being read."""

    def __init__(self, groups: Groups, around: frozenset[str] = frozenset()) -> None:
        self._groups = groups
        self._around = around

    def compiled(self, expression: Expression, scope: Scope) -> Check:
        match expression:
            case And(parts) | Or(parts):
                join = _all if isinstance(expression, And) else _any
                return join([self.compiled(part, scope) for part in parts])
            case Not(part):
                return _not(self.compiled(part, scope))
            case Test():
                return self._test(expression, scope)
            case Annotation():
                return _annotation(expression)
        return self._scoped(expression)

    def _scoped(self, expression: Service | Edge | RootCause | RootCauseShape) -> Check:
        match expression:
            case RootCauseShape(operator, json):
                return causes.shape_check(json, negated=operator == "!=")
            case Service(node, inner):
                return _service(node, self._inner(inner, Scope.SERVICE))
            case Edge(source, target, inner):
                return _edge(source, target, self._inner(inner, Scope.EDGE))
            case RootCause(kind, level, inner):
                check = self.compiled(inner, causes.SCOPES[level])
                return causes.element_check(kind, level, check)

    def _inner(self, inner: Expression | None, scope: Scope) -> Check | None:
        return None if inner is None else self.compiled(inner, scope)

    def _test(self, test: Test, scope: Scope) -> Check:
        kind = KEYWORDS[test.keyword].type
        if kind is Type.GROUP:
            return self._group(test)
        get = _GETTERS[scope][test.keyword]
        if kind is Type.FLAG:
            wanted = test.operator is None or test.value == (test.operator == "=")
            return get if wanted else _not(get)
        if test.operator is None:
            return lambda facts: bool(get(facts))
        compare = CHECKS[test.operator]
        if kind is Type.NUMBER:
            return one_value(get, compare, test.value)
        return any_value(get, compare, test.value)

    def _group(self, test: Test) -> Check:
        name = str(test.value)
        expression = None if name in self._around else self._groups(name)
        if expression is None:
            found = f"{name}, which is part of itself" if name in self._around else name
            refuse(test.column, "a group that exists", found)
        inner = _Compiler(self._groups, self._around | {name}).compiled(expression, Scope.TRACE)
        return inner if test.operator == "=" else _not(inner)


def _all(checks: Sequence[Check]) -> Check:
    """Join by halves: closures of two are faster than a loop, and stay shallow."""
    if len(checks) < 2:  # noqa: PLR2004 - nothing to join
        return checks[0] if checks else _always
    middle = len(checks) // 2
    first, second = _all(checks[:middle]), _all(checks[middle:])
    return lambda facts: first(facts) and second(facts)


def _any(checks: Sequence[Check]) -> Check:
    if len(checks) < 2:  # noqa: PLR2004 - nothing to join
        return checks[0] if checks else _not(_always)
    middle = len(checks) // 2
    first, second = _any(checks[:middle]), _any(checks[middle:])
    return lambda facts: first(facts) or second(facts)


def _always(_facts: Any) -> bool:
    return True


def _not(check: Check) -> Check:
    return lambda facts: not check(facts)


def _annotation(annotation: Annotation) -> Check:
    key = annotation.key
    if annotation.operator is None:
        return lambda facts: key in facts.annotations
    wanted = annotation.value
    compare = CHECKS[annotation.operator]
    is_number, kind = not isinstance(wanted, bool | str), type(wanted)

    def check(facts: TraceFacts) -> bool:
        for value in facts.annotations.get(key, ()):
            fits = not isinstance(value, bool | str) if is_number else type(value) is kind
            if fits and compare(value, wanted):
                return True
        return False

    return check


def _service(pattern: NodePattern, inner: Check | None) -> Check:
    name = pattern.name
    holds = _node_check(replace(pattern, name=None), "node", inner)
    if name is None:
        return lambda facts: any(map(holds, facts.nodes))
    # most nodes are passed over, so the name is compared without a call
    return lambda facts: any(one.node[0] == name and holds(one) for one in facts.nodes)


def _edge(source: NodePattern, target: NodePattern, inner: Check | None) -> Check:
    name = target.name
    called = _node_check(replace(target, name=None), "target", inner)
    holds = _node_check(source, "source", called)
    if name is None:
        return lambda facts: any(map(holds, facts.edges))
    return lambda facts: any(one.target[0] == name and holds(one) for one in facts.edges)


def _node_check(pattern: NodePattern, member: str, then: Check | None) -> Check:
    """Give what tells whether a node is meant, and whether what comes then holds."""
    wanted = (pattern.name, pattern.type, pattern.account_id)
    checks = [
        _is_equal(op.attrgetter(member), place, value)
        for place, value in enumerate(wanted)
        if value is not None
    ]
    return _all([*checks, *([] if then is None else [then])])


def _is_equal(get: Callable[[Any], NodeId], place: int, value: str) -> Check:
    return lambda facts: get(facts)[place] == value
