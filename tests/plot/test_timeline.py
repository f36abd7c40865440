"""The timeline."""

import pandas as pd
from figure_texts import words

from tracing_lab import plot


def test_the_timeline_has_a_mark_per_trace(shop_spans: pd.DataFrame) -> None:
    ax = plot.plot_timeline(shop_spans)
    assert sum(len(dots.get_offsets()) for dots in ax.collections) == 120
    assert "after a cold start" in words(ax)
