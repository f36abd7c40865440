"""Intervals have the percentiles of further requests as often as they say."""

import numpy as np
import pytest

from tracing_lab.stats.whatif.interval import prediction_interval


@pytest.mark.parametrize("q", [0.5, 0.99])
@pytest.mark.parametrize("count", [40, 300])
def test_nine_of_ten_percentiles_to_come_are_inside(q: float, count: int) -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(300):
        seen, to_come = rng.lognormal(0, 0.4, (2, count))
        low, high = prediction_interval(
            seen[:, np.newaxis], q, requests=count, drift=0.0, confidence=0.9, rng=rng
        )
        inside += low <= np.quantile(to_come, q) <= high
    assert 0.84 <= inside / 300 <= 0.98


def test_cases_widen_an_interval() -> None:
    rng = np.random.default_rng(1)
    seen = rng.normal(1, 0.01, (200, 1))
    cases = np.concatenate([seen, seen + 1], axis=1)
    low, high = prediction_interval(cases, 0.5, requests=200, drift=0.0, confidence=0.9, rng=rng)
    assert low < 1.1
    assert high > 1.9


def test_drift_widens_an_interval_in_proportion() -> None:
    same, rng = np.full((200, 1), 2.0), np.random.default_rng(1)
    low, high = prediction_interval(same, 0.5, requests=200, drift=0.05, confidence=0.9, rng=rng)
    assert np.log([low / 2, high / 2]) == pytest.approx([-0.0822, 0.0822], abs=0.006)
