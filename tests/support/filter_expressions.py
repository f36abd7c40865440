"""Filter expressions of all kinds, drawn by Hypothesis, and what they mean in plain words."""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tracing_lab.filters import (
    EdgeFacts,
    FilterExpression,
    GroupLookup,
    NodeFacts,
    NodeId,
    TraceFacts,
)
from tracing_lab.filters.getters import KEYWORDS_IN
from tracing_lab.filters.keywords import (
    CAUSE_KINDS,
    CAUSE_SCOPES,
    KEYWORDS,
    OPERATORS,
    KeywordScope,
    KeywordType,
)
from tracing_lab.filters.syntax import (
    And,
    AnnotationCondition,
    EdgeCondition,
    KeywordCondition,
    NodePattern,
    Not,
    Or,
    RootCauseCondition,
    RootCauseShape,
    ServiceCondition,
)

Drawn = st.SearchStrategy[FilterExpression]
Values = dict[KeywordType, st.SearchStrategy[Any]]


def expressions(texts: st.SearchStrategy[str], numbers: st.SearchStrategy[float]) -> Drawn:
    """Draw expressions whose texts and numbers come from some strategies."""
    values = values_of(texts, numbers)
    of_nodes = comparisons(values, KeywordScope.SERVICE)
    of_calls = comparisons(values, KeywordScope.EDGE)
    maybe = st.none() | texts
    nodes = st.builds(NodePattern, maybe, maybe, maybe)
    keys, equality = texts.filter(bool), st.sampled_from(["=", "!="])
    annotations = st.one_of(
        st.builds(AnnotationCondition, keys),
        st.builds(AnnotationCondition, keys, equality, st.one_of(*values.values())),
        st.builds(AnnotationCondition, keys, st.just("<="), numbers),
        st.builds(AnnotationCondition, keys, st.just("ENDSWITH"), texts),
    )
    patterns = st.lists(st.dictionaries(texts, texts | st.booleans()), max_size=2)
    written = patterns.map(lambda value: json.dumps(value, sort_keys=True))
    return joined(
        st.one_of(
            comparisons(values, KeywordScope.TRACE),
            annotations,
            st.builds(ServiceCondition, nodes, st.none() | joined(of_nodes)),
            st.builds(EdgeCondition, nodes, nodes, st.none() | joined(of_calls)),
            root_causes(texts, numbers),
            st.builds(RootCauseShape, equality, written),
        )
    )


def root_causes(texts: st.SearchStrategy[str], numbers: st.SearchStrategy[float]) -> Drawn:
    """Draw conditions on elements of root causes."""
    values = values_of(texts, numbers)
    return st.sampled_from(sorted(CAUSE_SCOPES)).flatmap(
        lambda level: st.builds(
            RootCauseCondition,
            st.sampled_from(CAUSE_KINDS),
            st.just(level),
            joined(comparisons(values, CAUSE_SCOPES[level])),
        )
    )


def comparisons(values: Values, scope: KeywordScope) -> Drawn:
    """Draw keywords that may stand in a place, alone or compared."""
    choices: list[Drawn] = []
    for name in sorted(KEYWORDS_IN[scope]):
        kind = KEYWORDS[name]
        operators = st.sampled_from(OPERATORS[kind])
        choices.append(st.builds(KeywordCondition, st.just(name), operators, values[kind]))
        if kind in {KeywordType.FLAG, KeywordType.TEXT}:
            choices.append(st.just(KeywordCondition(name)))
    return st.one_of(choices)


def values_of(texts: st.SearchStrategy[str], numbers: st.SearchStrategy[float]) -> Values:
    """Return where the values come from that keywords are compared with."""
    return {
        KeywordType.FLAG: st.booleans(),
        KeywordType.NUMBER: numbers,
        KeywordType.TEXT: texts,
        KeywordType.GROUP: texts,
    }


def joined(leaves: Drawn) -> Drawn:
    """Draw expressions and what AND, OR and NOT make of them."""

    def more(inner: Drawn) -> Drawn:
        parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.builds(And, parts) | st.builds(Or, parts) | st.builds(Not, inner)

    return st.recursive(leaves, more, max_leaves=4)


class Element(NamedTuple):
    """Something on the path of a root cause."""

    members: dict[str, Any]
    position: int
    last: bool


class PlainReading:
    """Evaluates the parts of an expression one by one, for one trace."""

    def __init__(self, trace: TraceFacts, groups: GroupLookup) -> None:
        self.trace = trace
        self.groups = groups

    def holds(  # noqa: PLR0911 - a line for each kind
        self, expression: FilterExpression, thing: Any = None
    ) -> bool:
        thing = self.trace if thing is None else thing
        match expression:
            case And(parts):
                return all(self.holds(part, thing) for part in parts)
            case Or(parts):
                return any(self.holds(part, thing) for part in parts)
            case Not(part):
                return not self.holds(part, thing)
            case KeywordCondition("group.name" | "group.arn", operator, value):
                group = self.groups(str(value))
                assert group is not None
                return self.holds(group) is (operator == "=")
            case KeywordCondition(keyword, operator, value):
                return any_fits(values_in(thing, keyword), operator, value)
            case AnnotationCondition(key, operator, value):
                found = self.trace.annotations.get(key, ())
                same = [one for one in found if operator is None or kind(one) is kind(value)]
                return any_fits(same, operator, value) if operator else bool(same)
        return self.holds_of_parts(expression)

    def holds_of_parts(self, expression: Any) -> bool:
        match expression:
            case ServiceCondition(node, inner):
                return any(
                    means(node, one.node) and (inner is None or self.holds(inner, one))
                    for one in self.trace.nodes
                )
            case EdgeCondition(source, target, inner):
                return any(
                    means(source, one.source)
                    and means(target, one.target)
                    and (inner is None or self.holds(inner, one))
                    for one in self.trace.edges
                )
            case RootCauseCondition(cause_kind, level, inner):
                return any(
                    self.holds(inner, element)
                    for cause in self.causes()[cause_kind]
                    for element in path(cause, level)
                )
            case RootCauseShape(operator, text):
                causes = [one for some in self.causes().values() for one in some]
                shapes = json.loads(text)
                found = all(any(covers(one, shape) for one in causes) for shape in shapes)
                return found is (operator == "=")
        raise AssertionError(expression)

    def causes(self) -> dict[str, Any]:
        trace = self.trace
        found = trace.fault_causes, trace.error_causes, trace.response_time_causes
        return dict(zip(CAUSE_KINDS, found, strict=True))


def covers(value: Any, shape: Any) -> bool:
    """Return whether a value has all that a shape has; lists must have as many items."""
    if isinstance(shape, dict):
        return all(name in value and covers(value[name], shape[name]) for name in shape)
    if isinstance(shape, list):
        return len(value) == len(shape) and all(map(covers, value, shape))
    return bool(value == shape)


def path(cause: dict[str, Any], level: str) -> list[Element]:
    """Return the elements of a level."""
    services = cause["Services"]
    entities = [entity for service in services for entity in service["EntityPath"]]
    exceptions = [one for entity in entities for one in entity.get("Exceptions", ())]
    chosen = {"service": services, "entity": entities, "exception": exceptions}[level]
    return [Element(one, n, one is chosen[-1]) for n, one in enumerate(chosen)]


def values_in(thing: Any, keyword: str) -> list[Any]:  # noqa: PLR0911 - a line for each kind
    """Return the values of a keyword, none where there is nothing."""
    match thing, keyword:
        case Element(), "first":
            return [thing.position == 0]
        case Element(), "index":
            return [thing.position]
        case Element(), "last":
            return [thing.last]
        case Element(), "remote" | "inferred":
            return [bool(thing.members.get(keyword.capitalize()))]
        case Element(), _:
            name = "AccountId" if keyword == "account.id" else keyword.capitalize()
            return [thing.members[name]] if name in thing.members else []
        case NodeFacts(), "name" | "type" | "account.id":
            part = thing.node[["name", "type", "account.id"].index(keyword)]
            return [] if part is None else [part]
        case TraceFacts(), "account.id":
            return [account for one in thing.nodes if (account := one.node[2]) is not None]
        case TraceFacts(), "user" | "availabilityzone" | "instance.id" | "resource.arn":
            plural = {"user": "users", "availabilityzone": "zones", "instance.id": "instances"}
            return list(getattr(thing, plural.get(keyword, "arns")))
        case _, "inferred" | "root":
            return [getattr(thing, keyword)]
    return of_request(thing, keyword)


def of_request(thing: TraceFacts | NodeFacts | EdgeFacts, keyword: str) -> list[Any]:
    """Return the values of a keyword in how a request went."""
    times = {"responsetime": "response_s", "duration": "duration_s"}
    texts = {"http.useragent": "user_agent", "http.clientip": "client_ip"}
    name = (times | texts).get(keyword, keyword.removeprefix("http."))
    value = getattr(thing.request, name)
    return list(value) if isinstance(value, tuple) else [] if value is None else [value]


def any_fits(found: list[Any], operator: str | None, value: Any) -> bool:
    """Return whether one of some values compares as wanted; alone, a flag must be true."""
    compare: Callable[[Any], bool] = {
        None: lambda one: one is not False,
        "=": lambda one: one == value,
        "!=": lambda one: one != value,
        "<": lambda one: one < value,
        "<=": lambda one: one <= value,
        ">": lambda one: one > value,
        ">=": lambda one: one >= value,
        "CONTAINS": lambda one: value in one,
        "BEGINSWITH": lambda one: one[: len(value)] == value,
        "ENDSWITH": lambda one: one[len(one) - len(value) :] == value and len(value) <= len(one),
    }[operator]
    return any(compare(one) for one in found)


def kind(value: object) -> type:
    """Return what a value of an annotation is compared as."""
    return type(value) if isinstance(value, bool | str) else float


def means(pattern: NodePattern, node: NodeId) -> bool:
    """Return whether a pattern means a node."""
    wanted = pattern.name, pattern.type, pattern.account_id
    return all(one in (None, has) for one, has in zip(wanted, node, strict=True))
