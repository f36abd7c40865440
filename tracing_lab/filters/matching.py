"""Turn filter expressions into functions of `TraceFacts`.

AWS X-Ray Developer Guide, "Using filter expressions". Where the guide leaves it open:

- a comparison with something that is not there does not hold, not even ``!=``;
- where there are several values (users, annotations), one that fits is enough, also for ``!=``;
- strings are compared with case, and a value fits only values of its own type;
- ``service()`` means segments and inferred segments, not the client in front of the root;
- a group that does not exist, or one that is made of itself, is refused.
"""

import operator as op
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

from . import causes
from .comparing import CHECKS, Check, any_value, one_value
from .compiling import Compiler, Groups, no_groups
from .facts import NodeId, TraceFacts
from .getters import GETTERS, Getter
from .keywords import KEYWORDS, Scope, Type
from .syntax import Annotation, Expression, NodePattern, RootCause, RootCauseShape, Test

Matcher: TypeAlias = Callable[[TraceFacts], bool]

_NO_VALUES: Final = ()


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
    return MatcherCompiler(groups).compiled(expression, Scope.TRACE)


class MatcherCompiler(Compiler[Check]):
    """Makes functions of facts: those of a trace, or of what the scope describes."""

    def all_of(self, parts: Sequence[Check]) -> Check:
        """Join parts that must all hold; none holds always."""
        return _all(parts)

    def any_of(self, parts: Sequence[Check]) -> Check:
        """Join parts of which one must hold."""
        return _any(parts)

    def negation(self, part: Check) -> Check:
        """Negate a part."""
        return _not(part)

    def test(self, test: Test, scope: Scope) -> Check:
        """Give what tests a keyword other than a group."""
        return value_check(test, GETTERS[scope][test.keyword])

    def annotation(self, annotation: Annotation) -> Check:
        """Give what tests an annotation."""
        key, holds = annotation.key, annotation_check(annotation)
        return lambda facts: holds(facts.annotations.get(key, _NO_VALUES))

    def service(self, node: NodePattern, inner: Check | None) -> Check:
        """Give what looks for a request that a node served."""
        name = node.name
        holds = _node_check(replace(node, name=None), "node", inner)
        if name is None:
            return lambda facts: any(map(holds, facts.nodes))
        # most nodes are passed over, so the name is compared without a call
        return lambda facts: any(one.node[0] == name and holds(one) for one in facts.nodes)

    def edge(self, source: NodePattern, target: NodePattern, inner: Check | None) -> Check:
        """Give what looks for a call between nodes."""
        name = target.name
        called = _node_check(replace(target, name=None), "target", inner)
        holds = _node_check(source, "source", called)
        if name is None:
            return lambda facts: any(map(holds, facts.edges))
        return lambda facts: any(one.target[0] == name and holds(one) for one in facts.edges)

    def root_cause(self, cause: RootCause) -> Check:
        """Give what looks for an element of a root cause."""
        inner = self.compiled(cause.inner, causes.SCOPES[cause.level])
        return causes.element_check(cause.kind, cause.level, inner)

    def shape(self, shape: RootCauseShape) -> Check:
        """Give what tests the structure of root causes."""
        return causes.shape_check(shape.json, negated=shape.operator == "!=")


def value_check(test: Test, get: Getter) -> Check:
    """Give what tests the value that a getter gives for a keyword.

    Parameters
    ----------
    test
        The keyword and what it is compared with.
    get
        Gives the value: of a flag a boolean, of a number that or None, of a text all its values.
    """
    kind = KEYWORDS[test.keyword].type
    if kind is Type.FLAG:
        wanted = test.operator is None or test.value == (test.operator == "=")
        return get if wanted else _not(get)
    if test.operator is None:
        return lambda facts: bool(get(facts))
    compare = CHECKS[test.operator]
    if kind is Type.NUMBER:
        return one_value(get, compare, test.value)
    return any_value(get, compare, test.value)


def annotation_check(annotation: Annotation) -> Check:
    """Give what tests the values of an annotation, none where it is not set."""
    if annotation.operator is None:
        return bool
    wanted = annotation.value
    compare = CHECKS[annotation.operator]
    is_number, kind = not isinstance(wanted, bool | str), type(wanted)

    def check(values: tuple[Any, ...]) -> bool:
        for value in values:
            fits = not isinstance(value, bool | str) if is_number else type(value) is kind
            if fits and compare(value, wanted):
                return True
        return False

    return check


def node_check(pattern: NodePattern) -> Callable[[NodeId], bool]:
    """Give what tells whether a node is meant."""
    wanted = (pattern.name, pattern.type, pattern.account_id)
    return lambda node: all(
        one is None or one == has for one, has in zip(wanted, node, strict=True)
    )


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
