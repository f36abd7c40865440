"""Event patterns against a second, naive implementation that tries every combination."""

import itertools
import json
import re
from typing import Any

from hypothesis import given, strategies as st

from tracing_lab.embedded.eventbridge.patterns.pattern import compile_pattern

TEXTS = ["a", "ab", "b", "B", "a*b", ""]
LEAVES = st.sampled_from([*TEXTS, 0, 1, 1.5, -2, True, False, None])
KEYS = st.sampled_from(["k", "l", "m"])
EVENTS = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3)
        ),
        max_leaves=8,
    ),
    min_size=1,
    max_size=3,
)
TEXT = st.sampled_from(TEXTS)
SOME_TEXT = st.sampled_from([text for text in TEXTS if text])
WILDCARD = st.sampled_from(["*", "a*", "*b", "a*b", "a\\*b", "*a*", "b"])
NUMBER = st.sampled_from([-2, 0, 1, 1.0, 1.5])
EXPRESSIONS = st.one_of(
    LEAVES,
    st.builds(lambda text: {"prefix": text}, TEXT),
    st.builds(lambda text: {"suffix": text}, TEXT),
    st.builds(lambda text: {"prefix": {"equals-ignore-case": text}}, TEXT),
    st.builds(lambda text: {"equals-ignore-case": text}, TEXT),
    st.builds(lambda text: {"wildcard": text}, WILDCARD),
    st.builds(lambda flag: {"exists": flag}, st.booleans()),
    st.builds(
        lambda sign, number: {"numeric": [sign, number]},
        st.sampled_from(["=", "<", "<=", ">", ">="]),
        NUMBER,
    ),
    st.builds(lambda texts: {"anything-but": texts}, st.lists(TEXT, min_size=1, max_size=2)),
    st.builds(lambda numbers: {"anything-but": numbers}, st.lists(NUMBER, min_size=1, max_size=2)),
    st.builds(lambda text: {"anything-but": {"prefix": text}}, SOME_TEXT),
    st.builds(lambda text: {"anything-but": {"suffix": [text]}}, SOME_TEXT),
    st.builds(lambda text: {"anything-but": {"equals-ignore-case": text}}, TEXT),
    st.builds(lambda text: {"anything-but": {"wildcard": text}}, WILDCARD),
)
OBJECTS = st.recursive(
    st.dictionaries(KEYS, st.lists(EXPRESSIONS, min_size=1, max_size=2), min_size=1, max_size=2),
    lambda inner: st.dictionaries(KEYS, inner, min_size=1, max_size=2),
    max_leaves=3,
)
PATTERNS = OBJECTS | st.builds(lambda left, right: {"$or": [left, right]}, OBJECTS, OBJECTS)


def naive_glob(text: Any) -> Any:
    pieces = re.findall(r"\\.|\*|[^\\*]", text)
    return "".join(".*" if p == "*" else re.escape(p[-1]) for p in pieces)


def naive_leaf(expression: Any, leaf: Any) -> bool:
    """Decide one leaf with regular expressions and Python's own comparisons."""
    if not isinstance(expression, dict):
        if isinstance(expression, (int, float)) and not isinstance(expression, bool):
            return naive_numeric(["=", expression], leaf)
        return json.dumps(expression) == json.dumps(leaf)
    [(operator, operand)] = expression.items()
    if operator == "exists":
        return bool(operand)
    if operator == "numeric":
        return naive_numeric(operand, leaf)
    if operator == "anything-but":
        return not any(naive_leaf(value, leaf) for value in naive_unwanted(operand))
    return isinstance(leaf, str) and naive_text(operator, operand, leaf)


def naive_unwanted(operand: Any) -> list[Any]:
    if not isinstance(operand, dict):
        return list(operand)
    [(operator, texts)] = operand.items()
    return [{operator: text} for text in (texts if isinstance(texts, list) else [texts])]


def naive_numeric(comparison: Any, leaf: Any) -> bool:
    sign, bound = comparison
    if isinstance(leaf, bool) or not isinstance(leaf, (int, float)):
        return False
    return (
        sign
        in {-1: ("<", "<="), 0: ("=", "<=", ">="), 1: (">", ">=")}[(leaf > bound) - (leaf < bound)]
    )


def naive_text(operator: str, operand: Any, leaf: str) -> bool:
    flags = re.DOTALL
    if isinstance(operand, dict) or operator == "equals-ignore-case":
        flags |= re.IGNORECASE
    text = operand["equals-ignore-case"] if isinstance(operand, dict) else operand
    body = naive_glob(text) if operator == "wildcard" else re.escape(text)
    body = {"prefix": f"{body}.*", "suffix": f".*{body}"}.get(operator, body)
    return re.fullmatch(body, leaf, flags) is not None


def naive_leaves(node: Any, path: Any = (), place: Any = ()) -> Any:
    if isinstance(node, dict):
        for key, child in node.items():
            yield from naive_leaves(child, (*path, key), place)
    elif isinstance(node, list):
        for index, child in enumerate(node):
            nested = isinstance(child, (dict, list))
            yield from naive_leaves(child, path, (*place, (id(node), index)) if nested else place)
    else:
        yield ".".join(path), node, dict(place)


def naive_rules(pattern: Any, path: Any = ()) -> Any:
    if "$or" in pattern:
        return [rules for part in pattern["$or"] for rules in naive_rules(part, path)]
    rules: list[Any] = [{}]
    for key, value in pattern.items():
        here = (*path, key)
        options = naive_rules(value, here) if isinstance(value, dict) else [{".".join(here): value}]
        rules = [{**one, **two} for one in rules for two in options]
    return rules


def naive_matches(pattern: Any, event: Any) -> Any:
    leaves = list(naive_leaves(event))
    present = {path for path, _leaf, _place in leaves}

    def choices(path: Any, values: Any) -> Any:
        if path not in present:
            return [{}] if any(v == {"exists": False} for v in values) else []
        return [
            place
            for name, leaf, place in leaves
            if name == path and any(naive_leaf(value, leaf) for value in values)
        ]

    def fit(places: Any) -> Any:
        merged: dict[int, int] = {}
        return all(merged.setdefault(a, i) == i for place in places for a, i in place.items())

    return any(
        any(map(fit, itertools.product(*(choices(p, v) for p, v in rules.items()))))
        for rules in naive_rules(pattern)
    )


@given(pattern=PATTERNS, event=EVENTS)
def test_matching_agrees_with_trying_every_combination(pattern: Any, event: Any) -> None:
    assert compile_pattern(pattern).matches(event) == naive_matches(pattern, event)
