"""Which spans of a large trace have a row."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from tracing_lab import plot
from tracing_lab.graph import one_trace
from tracing_lab.plot.waterfall.collapsing import chosen_rows
from tracing_lab.plot.waterfall.rows import COLLAPSED, rows_from_trace
from tracing_lab.spans import spans_from_traces

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def many(make_trace: Make) -> pd.DataFrame:
    """Return a root with 30 children that take 1 to 30 ms, of which the shortest failed."""
    rows: list[tuple[Any, ...]] = [("root", None, 0, 1)]
    rows += [
        (f"s{n}", "root", 0, n / 1000, {"fault": True} if n == 1 else {}) for n in range(1, 31)
    ]
    return one_trace(spans_from_traces([make_trace(*rows, trace_id="t")]), "t")


def test_the_longest_and_failed_spans_have_a_row_and_the_others_share_one(
    many: pd.DataFrame,
) -> None:
    rows = rows_from_trace(many, most=16)
    assert [row.name for row in rows] == [
        "root", "s1", "s25", "s26", "s27", "s28", "s29", "s30", "23 more spans",
    ]  # fmt: skip
    assert (rows[-1].look, rows[-1].depth, rows[-1].note) == (COLLAPSED, 1, "up to 24 ms")
    assert rows[-1].end_s == pytest.approx(0.024)
    assert len(rows[-1].collapsed) == 23


def test_a_small_trace_has_a_row_for_each_span(many: pd.DataFrame) -> None:
    rows = rows_from_trace(many, most=31)
    assert len(rows) == 31
    assert not any(row.collapsed for row in rows)


def test_a_trace_without_a_known_root_has_its_collapsed_row_at_the_end(make_trace: Make) -> None:
    rows = [(f"s{n}", None, 0, n / 1000, {"error": True}) for n in range(1, 31)]
    spans = spans_from_traces([make_trace(*rows, trace_id="t")])
    last = rows_from_trace(one_trace(spans, "t"), most=10)[-1]
    assert (last.name, last.depth, last.status) == ("25 more spans", 0, "error")
    assert last.note == "up to 26 ms, 25 errors"


def test_the_title_says_how_many_spans_are_collapsed(make_trace: Make) -> None:
    rows = [("root", None, 0, 1), *((f"s{n}", "root", 0, n / 1000) for n in range(1, 1000))]
    spans = spans_from_traces([make_trace(*rows, trace_id="t")])
    ax = plot.plot_waterfall(spans, "t")
    assert "1.00 s in 1,000 spans, 900 of them collapsed" in {text.get_text() for text in ax.texts}


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=60), st.integers(4, 20))
def test_each_span_is_drawn_or_collapsed_below_a_drawn_one(numbers: list[int], most: int) -> None:
    count = len(numbers)
    parents = np.array([number % (row + 1) - 1 for row, number in enumerate(numbers)])
    trace = pd.DataFrame(
        {
            "duration_s": [float(number) if number % 5 else np.nan for number in numbers],
            "status": ["fault" if number % 7 == 0 else "ok" for number in numbers],
        }
    )
    chosen = chosen_rows(trace, parents, most=most)
    hidden = [row for rows in chosen.collapsed.values() for row in rows.tolist()]
    shown = set(chosen.shown.tolist())
    assert sorted([*shown, *hidden]) == list(range(count))
    assert len(shown) + len(chosen.collapsed) <= most + 1  # one for those without a root
    assert all(parents[row] in {-1, *shown} for row in shown)
    for owner, rows in chosen.collapsed.items():
        for row in rows.tolist():
            above = parents[row]
            while above not in {-1, *shown}:
                above = parents[above]
            assert above == owner
