"""Quantiles of a sketch are within its error of the exact ones."""

import numpy as np
from hypothesis import given, strategies as st

from tracing_lab.scale import RELATIVE_ERROR
from tracing_lab.scale.sketch import (
    UNKNOWN_BIN,
    ZERO_BIN,
    bins_of,
    values_at_ranks,
    values_of,
)

DURATIONS = st.lists(st.floats(1e-6, 1e5), min_size=1, max_size=60)


@given(DURATIONS, st.floats(0, 1))
def test_a_value_at_a_rank_is_within_the_error(durations: list[float], q: float) -> None:
    bins, counts = np.unique(bins_of(np.array(durations)), return_counts=True)
    rank = np.floor(q * (len(durations) - 1))
    exact = sorted(durations)[int(rank)]
    (value,) = values_at_ranks(bins, counts, np.array([rank]))
    assert abs(value - exact) <= exact * (RELATIVE_ERROR + 1e-9)


def test_what_has_no_logarithm_has_a_bin_of_its_own() -> None:
    bins = bins_of(np.array([0.0, np.nan, 1e-12]))
    assert bins.tolist() == [ZERO_BIN, UNKNOWN_BIN, ZERO_BIN]
    assert values_of(bins)[[0, 2]].tolist() == [0.0, 0.0]
    assert np.isnan(values_of(bins)[1])


def test_ranks_that_a_sample_does_not_have_have_no_value() -> None:
    none = np.empty(0, dtype=np.int32)
    assert np.isnan(values_at_ranks(none, np.empty(0, dtype=np.int64), np.array([0.0]))).all()
    assert np.isnan(
        values_at_ranks(bins_of(np.ones(1)), np.ones(1, dtype=np.int64), np.array([np.nan]))
    ).all()
