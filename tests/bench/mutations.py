"""Hypothesis strategies that damage what is well-formed: JSON trees, text and bytes."""

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st

Value = TypeVar("Value")
Piece = TypeVar("Piece", str, bytes)

DEEP = 3000
JUNK: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 0.5, -1e308, 1e308, 2**31, 2**63, 2**64, 10**400),
    *(float("nan"), float("inf"), float("-inf")),
    *("", " ", "\0", "a" * 70_000, "\ud800", "é" * 300, "null", "-1", "1e9", "{}", "[", "\u202e"),
    *([], {}, [[]], [None], [{}], {"": ""}, {"a": {"b": {"c": []}}}, [0] * 2000),
)
"""Values that a careless reader trips over."""


def examples(strategy: st.SearchStrategy[Value], count: int, *, number: int = 0) -> list[Value]:
    """Draw so many different examples.

    Parameters
    ----------
    strategy
        What to draw from.
    count
        How many.
    number
        Another number gives other examples.
    """
    drawn: dict[Value, None] = {}
    while len(drawn) < count:
        number += 1
        drawn |= dict.fromkeys(_draw(strategy, count, number))
    return list(drawn)[:count]


def _draw(strategy: st.SearchStrategy[Value], count: int, number: int) -> list[Value]:
    drawn: list[Value] = []

    @seed(number)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(example: Value) -> None:
        drawn.append(example)

    draw()
    return drawn


@st.composite
def mutated_json(draw: st.DrawFn, seeds: Sequence[Any]) -> bytes:
    """Return damaged JSON of one of some trees; see `damaged_json`."""
    return damaged_json(draw, draw(st.sampled_from(seeds)))


@st.composite
def mutated_text(draw: st.DrawFn, seeds: Sequence[str], tokens: Sequence[str]) -> str:
    """Return one of some texts, damaged; see `damaged`."""
    return damaged(draw, draw(st.sampled_from(seeds)), tokens, _TEXT)


def damaged_json(draw: st.DrawFn, tree: Any) -> bytes:
    """Return JSON with some nodes of a tree replaced, renamed, left out, repeated or nested deeply.

    One in five is then damaged as text, too.
    """
    kind = draw(_KIND)
    if kind == 0:
        return draw(_DEEP)
    text = json.dumps(_damaged_tree(draw, tree)).encode()
    return damaged(draw, text, _JSON_TOKENS, _BYTES) if kind <= _BROKEN else text


_KIND = st.integers(0, 49)
_BROKEN = 9
_DEEP = st.sampled_from([b"[" * DEEP, b'{"a":' * DEEP + b"1" + b"}" * DEEP])
_JSON_TOKENS = (b"{", b"}", b"[", b"]", b'"', b",", b":", b"\\", b"\\u12", b"NaN", b"1e999", b"\0")
_VALUES = st.sampled_from(JUNK) | st.text(max_size=8) | st.integers() | st.floats()
_EDITS = st.sampled_from(("replace", "replace", "replace", "leave out", "rename", "nest"))
_TEXT, _BYTES = st.text(max_size=4), st.binary(max_size=4)
_FEW = st.sampled_from((1, 1, 2, 3))


def _damaged_tree(draw: st.DrawFn, tree: Any) -> Any:
    root = copy.deepcopy(tree)
    for _ in range(draw(_FEW)):
        places = list(_places(root))
        if not places:
            break
        container, key = places[draw(_ANY) % len(places)]
        _edit(draw, container, key)
    return root


def _edit(draw: st.DrawFn, container: Any, key: Any) -> None:
    kind = draw(_EDITS)
    if kind == "replace":
        container[key] = copy.deepcopy(draw(_VALUES))  # a later edit may go into it
    elif kind == "leave out":
        del container[key]
    elif kind == "rename" and isinstance(container, dict):
        container[draw(_TEXT)] = container.pop(key)
    else:
        container[key] = [container[key], copy.deepcopy(container[key])]


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Yield container and key of each node of a JSON tree."""
    waiting = [tree]
    while waiting:
        container = waiting.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            yield container, key
            if isinstance(container[key], dict | list):
                waiting.append(container[key])


def damaged(
    draw: st.DrawFn, whole: Piece, tokens: Sequence[Piece], odd: st.SearchStrategy[Piece]
) -> Piece:
    """Return text or bytes with pieces cut out, repeated, or replaced by tokens and odd ones."""
    for _ in range(draw(_FEW)):
        start = draw(_ANY) % (len(whole) + 1)
        end = min(len(whole), start + draw(_LENGTH))
        token = draw(st.integers(0, len(tokens) + 3))
        if token < len(tokens):
            new = tokens[token]
        else:
            new = draw(odd) if token % 2 else whole[start:end] * 2
        whole = whole[:start] + new + whole[end:]
    return whole


_LENGTH = st.integers(0, 12)
_ANY = st.integers(0, 2**32)  # so wide that no place comes more often than others
