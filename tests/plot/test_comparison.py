"""The comparison figure."""

import numpy as np
from comparisons import window
from figure_texts import assert_legible, words

from tracing_lab import graph, plot, stats
from tracing_lab.plot.colours import LIGHT


def test_a_comparison_has_a_row_per_service_the_change_on_top() -> None:
    ax = plot.plot_comparison(stats.compare(window(1), window(2, slower_ms=30.0)))
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names[0] == "payment"
    assert len(names) == 5
    assert {"What changed: 3 of 5 significant", "<0.001"} <= words(ax)
    assert_legible(ax)


def test_only_what_chance_does_not_explain_is_in_colour() -> None:
    ax = plot.plot_comparison(stats.compare(window(1), window(2, slower_ms=30.0)))
    names = [label.get_text() for label in ax.get_yticklabels()]
    edges = {
        (
            names[round(float(np.asarray(line.get_ydata())[0]))],
            line.get_marker(),
        ): line.get_markeredgecolor()
        for line in ax.get_lines()
        if line.get_marker() in {"o", "D"}
    }
    assert (edges["payment", "D"], edges["order", "o"]) == (LIGHT.calm, LIGHT.calm)
    assert (edges["order", "D"], edges["mail", "o"]) == (LIGHT.muted, LIGHT.muted)


def test_bands_of_few_requests_end_before_the_columns() -> None:
    table = stats.compare(window(1, traces=12), window(2, traces=12))
    ax = plot.plot_comparison(table.assign(latency_detectable_s=10.0))
    renderer = ax.figure.canvas.get_renderer()
    cells = [text for text in ax.texts if text.get_text().endswith(" ms")]
    left = min(text.get_window_extent(renderer).x0 for text in cells)
    assert max(patch.get_window_extent(renderer).x1 for patch in ax.patches) <= left


def test_nodes_and_edges_can_be_drawn_too() -> None:
    table = graph.compare(window(1, traces=30), window(2, traces=30))
    ax = plot.plot_comparison(table)
    assert "order -> payment" in words(ax)
    assert_legible(ax)


def test_nothing_to_compare_gives_empty_axes() -> None:
    empty = window(1, traces=1).iloc[:0]
    ax = plot.plot_comparison(stats.compare(empty, empty))
    assert "What changed: 0 of 0 significant" in words(ax)


def test_a_comparison_is_drawn_into_the_axes_it_is_given() -> None:
    table = stats.compare(window(1, traces=3), window(2, traces=3))
    ax = plot.plot_comparison(table)
    assert plot.plot_comparison(table, ax=ax) is ax
