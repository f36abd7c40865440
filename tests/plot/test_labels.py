"""Names are shortened, and texts fit."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from tracing_lab.plot.labels import hidden_parts, short_names, shortened, text_width


@pytest.mark.parametrize(
    "names,short",
    [
        (["a-b-c-d", "a-b-x-d"], ["c", "x"]),
        (["shop-dev-order", "shop-dev-payment"], ["order", "payment"]),
        (["one-long-name"], ["one-long-name"]),
        (["order-fn", "ship-fn"], ["order-fn", "ship-fn"]),
        (["a-b-c", "a-b-c-d"], ["c", "c-d"]),
        (["x-fn-1-y", "x-fn-2-y"], ["fn-1", "fn-2"]),
    ],
)
def test_names_lose_what_they_share(names: list[str], short: list[str]) -> None:
    assert [*short_names(names).values()] == short


parts = st.lists(st.sampled_from(["a", "b", "cc", "1"]), min_size=1, max_size=5)


@given(st.lists(parts.map("-".join), unique=True))
def test_short_names_stay_different_and_are_never_empty(names: list[str]) -> None:
    short = short_names(names)
    assert all(short.values())
    stripped = {short[name] for name in names if name.count("-") > 1}
    assert len(stripped) == sum(name.count("-") > 1 for name in names)


def test_nothing_hidden_is_not_mentioned() -> None:
    assert hidden_parts({"a": "a"}) == ""


def test_the_width_of_a_text_grows_with_it() -> None:
    widths = [text_width("m" * count, 8) for count in range(4)]
    assert widths[0] == 0
    assert np.all(np.diff(widths) > 0)


def test_cutting_a_long_text_takes_few_measurements() -> None:
    measured: list[str] = []

    def fits(text: str) -> bool:
        measured.append(text)
        return len(text) <= 20

    assert shortened("a" * 500 + "b" * 500, fits) == "aaaaaaaaa…bbbbbbbbbb"
    assert len(measured) < 12
    assert max(map(len, measured)) == 200


@given(st.text(max_size=300), st.integers(0, 300))
def test_a_cut_text_is_the_longest_that_fits(text: str, most: int) -> None:
    cut = shortened(text, lambda line: len(line) <= most)
    if len(text) <= min(most, 200):
        assert cut == text
    else:
        assert len(cut) == max(min(most, 200), 2)
        head, _, tail = cut.rpartition("…")
        assert text.startswith(head)
        assert text.endswith(tail)
