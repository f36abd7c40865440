"""A prediction beside what is now and what came."""

import numpy as np
import pandas as pd
import pytest
from figure_texts import assert_legible, words

from tracing_lab import plot
from tracing_lab.stats.whatif import Prediction, Scaled, predict


@pytest.fixture
def prediction(shop_spans: pd.DataFrame) -> Prediction:
    return predict(shop_spans, Scaled("-order-", 3), of="chain")


def test_now_and_predicted_are_curves_and_intervals_are_bars(prediction: Prediction) -> None:
    ax = plot.plot_prediction(prediction)
    assert_legible(ax)
    assert ax.get_legend_handles_labels()[1] == ["now", "predicted"]
    now, predicted, median, p99 = ax.lines
    assert np.asarray(now.get_xdata()).max() == pytest.approx(prediction.now_s.max())
    assert np.asarray(predicted.get_xdata()).max() == pytest.approx(prediction.predicted_s.max())
    bounds = prediction.table[["low_s", "high_s"]].to_numpy()
    assert np.asarray(median.get_xdata()) == pytest.approx(bounds[0])
    assert np.asarray(p99.get_xdata()) == pytest.approx(bounds[1])
    assert "time until all has ended" in words(ax)


def test_what_was_observed_is_a_third_curve(prediction: Prediction) -> None:
    ax = plot.plot_prediction(prediction, [0.1, float("nan"), 0.3], dark=True)
    assert_legible(ax)
    assert ax.get_legend_handles_labels()[1] == ["now", "predicted", "observed"]
    assert np.asarray(ax.lines[2].get_xdata()) == pytest.approx([0.1, 0.1, 0.3])
