"""JSON paths: what they select, and what is refused."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, strategies as st

from tracing_lab.embedded.apigateway.velocity.errors import TemplateError
from tracing_lab.embedded.apigateway.velocity.json_path import json_path

STORE = {
    "books": [
        {"title": "A", "price": 8, "tags": ["x", "y"]},
        {"title": "B", "price": 12, "isbn": "7"},
        {"title": "C", "price": 20},
    ],
    "with space": {"ü": 1},
    "none": None,
}


@pytest.mark.parametrize(
    "path, expected",
    [
        ("$", STORE),
        ("$.books[0].title", "A"),
        ("$['books'][1]['title']", "B"),
        ("$.books[-1].price", 20),
        ("$['with space'].ü", 1),
        ("$.missing.deeper", None),
        ("$.none", None),
        ("$.books[9]", None),
        ("$.books[*].price", [8, 12, 20]),
        ("$.books[0,2].title", ["A", "C"]),
        ("$.books[1:].title", ["B", "C"]),
        ("$.books[:-1].title", ["A", "B"]),
        ("$.books[0]['title','price']", {"title": "A", "price": 8}),
        ("$..title", ["A", "B", "C"]),
        ("$..tags[0]", ["x"]),
        ("$.books[?(@.isbn)].title", ["B"]),
        ("$.books[?(@.price < 15)].title", ["A", "B"]),
        ("$.books[?(@.title == 'C')].price", [20]),
        ("$.books.length()", 3),
        ("$.*.ü", [1]),
    ],
)
def test_a_path_selects(path: str, expected: Any) -> None:
    assert json_path(path).find(STORE) == expected


@pytest.mark.parametrize(
    "path", ["", "a", "$.", "$a", "$[", "$.a[", "$.a.max()", "$.a[?(1)]", "$" + ".a" * 999]
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(TemplateError):
        json_path(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=1), inner),
    max_leaves=10,
)
STEPS = st.lists(
    st.sampled_from(
        [".a", ".b", "[0]", "[-1]", "[*]", ".*", "..a", "['a']", "[0:2]", "[?(@.a > 1)]",
         ".length()", "[", "..", "..[0]"]
    ),
    max_size=5,
)  # fmt: skip


@given(STEPS, JSON)
def test_no_path_fails_with_anything_but_a_template_error(steps: list[str], document: Any) -> None:
    with suppress(TemplateError):
        json_path("$" + "".join(steps)).find(document)


@given(st.recursive(st.integers(), lambda inner: st.dictionaries(st.sampled_from("ab"), inner)))
def test_a_definite_path_is_what_indexing_is(document: Any) -> None:
    expected = document.get("a") if isinstance(document, dict) else None
    assert json_path("$.a").find(document) == expected
