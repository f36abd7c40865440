"""The path from a root cause on the service map."""

from typing import Any

import pandas as pd
import pytest
from faulty_windows import BUS_NODE, MAIL, ORDER, PAYMENT, node, window
from figure_texts import assert_legible, words
from matplotlib.patches import PathPatch

from tracing_lab import plot
from tracing_lab.graph import service_graph_from_spans
from tracing_lab.rca import find_root_cause


def drawn(*, of_both: bool = False, dark: bool = False, **faults: Any) -> Any:
    good, bad = window(1), window(2, **faults)
    spans = bad
    if of_both:
        other = bad.rename(index=lambda trace_id: trace_id.replace("1-", "2-"), level="trace_id")
        spans = pd.concat([good, other])
    graph = service_graph_from_spans(spans)
    return plot.plot_root_cause(find_root_cause(good, bad), graph, dark=dark)


def bands(ax: Any) -> int:
    return sum(isinstance(patch, PathPatch) for patch in ax.patches)


@pytest.mark.parametrize("dark", [False, True])
def test_the_nodes_of_the_path_are_numbered_from_the_cause_on(*, dark: bool) -> None:
    ax = drawn(slower_s={PAYMENT: 0.05}, dark=dark)
    assert {"1", "2", "3"} <= words(ax)
    assert "4" not in words(ax)
    assert bands(ax) == 2
    assert "path from the cause (1) to where it is noticed (3)" in words(ax)
    assert_legible(ax)


def test_the_title_names_the_cause_and_the_evidence() -> None:
    ax = drawn(failing={ORDER: 0.3})
    title = ax.texts[-2].get_text()
    assert title.startswith(f"Root cause: {node(ORDER)}\nfailure rate 0 % -> ")


def test_the_way_may_go_against_the_calls() -> None:
    assert bands(drawn(slower_s={ORDER: 0.05})) == 1


def test_a_cause_without_a_way_is_marked_alone() -> None:
    ax = drawn(failing={PAYMENT: 0.4})
    assert "the cause" in words(ax)
    assert bands(ax) == 0


def test_a_node_that_the_path_passes_twice_has_two_numbers() -> None:
    ax = drawn(lost={PAYMENT: 1.0}, of_both=True)
    assert {"1,3", "2", "4"} <= words(ax)
    assert f"Root cause: {BUS_NODE} -> {node(PAYMENT)}" in ax.texts[-2].get_text()


def test_what_the_map_does_not_have_is_not_marked() -> None:
    ax = drawn(lost={PAYMENT: 1.0})
    assert "1,3" in words(ax)
    assert "2" not in words(ax)


def test_several_causes_are_in_the_title() -> None:
    ax = drawn(slower_s={MAIL: 0.05}, failing={ORDER: 0.3})
    assert ax.texts[-2].get_text().startswith("Root causes: ")


def test_without_a_fault_it_is_the_plain_map() -> None:
    ax = drawn()
    assert bands(ax) == 0
    assert "1" not in words(ax)
    assert any(text.startswith("No fault found. Service map") for text in words(ax))
