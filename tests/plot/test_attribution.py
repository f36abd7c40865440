"""Bars of what makes slow requests slow."""

from collections.abc import Callable
from typing import Any, get_args

import pandas as pd
import pytest
from figure_texts import assert_legible, words
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from tracing_lab import plot
from tracing_lab.plot.attribution import CAUSE_COLOURS
from tracing_lab.plot.colours import DARK, LIGHT, Colours, contrast
from tracing_lab.spans.path_parts import CAUSES
from tracing_lab.stats import Grouping, tail_attribution

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize("by", get_args(Grouping))
@pytest.mark.parametrize("q", [0.75, 0.95])
def test_bars_sum_to_the_whole_excess(shop_spans: pd.DataFrame, by: Grouping, q: float) -> None:
    ax = plot.plot_attribution(shop_spans, q=q, by=by)
    assert_legible(ax)
    drawn = sum(bar.get_width() for bar in ax.patches)
    assert drawn == pytest.approx(tail_attribution(shop_spans, q=q, by=by)["mean_excess_s"].sum())


def test_bars_have_the_colour_of_their_cause_and_their_names(shop_spans: pd.DataFrame) -> None:
    ax = plot.plot_attribution(shop_spans, q=0.75)
    labels = [text.get_text() for text in ax.get_yticklabels()]
    colours = [to_hex(bar.get_facecolor()).upper() for bar in ax.patches]
    for label, colour in zip(labels, colours, strict=True):
        cause = "bus" if label.startswith("bus to") else "service"
        cause = "cold start" if label.startswith("cold start of") else cause
        assert label == "others" or colour == CAUSE_COLOURS[cause]
    assert "payment" in labels
    assert {"own work", "on the bus"} <= words(ax)


def test_numbers_are_signed_and_intervals_are_drawn_where_they_are_known(
    shop_traces: Callable[..., list[Any]], shop_spans: pd.DataFrame
) -> None:
    ax = plot.plot_attribution(shop_spans, q=0.75)
    assert any(text.startswith(MINUS) and f"({MINUS}" in text for text in words(ax))
    assert len(ax.lines) > 1
    assert len(plot.plot_attribution(shop_spans, q=0.99).lines) == 1  # only zero


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_bars_and_words_stand_out_on_light_and_dark_paper(colours: Colours) -> None:
    assert {*CAUSES} < {*CAUSE_COLOURS}
    assert min(contrast(colour, colours.paper) for colour in CAUSE_COLOURS.values()) >= 2.9
    assert min(contrast(text, colours.paper) for text in (colours.ink, colours.muted)) >= 4.5


def test_dark_figures_are_dark_and_described(shop_spans: pd.DataFrame) -> None:
    ax = plot.plot_attribution(shop_spans, dark=True)
    assert isinstance(ax.figure, Figure)
    assert to_hex(ax.figure.get_facecolor()).upper() == to_hex(ax.get_facecolor()).upper()
    assert to_hex(ax.get_facecolor()).upper() == DARK.paper
    assert "What makes the slowest 5% slow" in ax.figure.alt
