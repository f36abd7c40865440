"""Distributions and their bands."""

import math

import numpy as np
import pytest

from tracing_lab.stats import ecdf, ecdf_margin


def test_equal_values_are_one_step_and_missing_ones_none() -> None:
    table = ecdf([3.0, 1.0, math.nan, 3.0, 2.0])
    assert table["value"].tolist() == [1.0, 2.0, 3.0]
    assert table["share"].tolist() == [0.25, 0.5, 1.0]


def test_the_band_stays_between_none_and_all() -> None:
    table = ecdf(range(20))
    margin = math.sqrt(math.log(40) / 40)
    assert table["share_low"].iloc[[0, -1]].tolist() == pytest.approx([0, 1 - margin])
    assert table["share_high"].iloc[[0, -1]].tolist() == pytest.approx([0.05 + margin, 1])


def test_nothing_has_a_distribution_without_rows() -> None:
    assert ecdf([]).columns.tolist() == ["value", "share", "share_low", "share_high"]
    assert ecdf([]).empty


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95])
def test_a_confidence_beyond_0_and_1_is_rejected(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        ecdf_margin(10, confidence=confidence)


@pytest.mark.parametrize("count", [10, 50])
def test_the_band_covers_the_whole_distribution_as_often_as_it_says(count: int) -> None:
    samples = np.sort(np.random.default_rng(5).uniform(size=(4000, count)), axis=1)
    above = np.arange(1, count + 1) / count - samples
    below = samples - np.arange(count) / count
    furthest = np.maximum(above, below).max(axis=1)  # of the uniform distribution
    covered = (furthest <= ecdf_margin(count, confidence=0.9)).mean()
    assert 0.9 <= covered <= 0.97
