"""Percentile curves."""

import pandas as pd
import pytest
from figure_texts import words

from tracing_lab import plot


def test_percentile_curves_end_where_the_data_do(shop_spans: pd.DataFrame) -> None:
    ax = plot.plot_percentiles(shop_spans)
    lines = {line.get_label(): line.get_xdata() for line in ax.lines}
    assert lines["payment"].max() == pytest.approx(120)
    assert "95%" in words(ax)
    assert "99.9%" not in words(ax)
