"""Tests of differences, in numbers of textbooks."""

import itertools
import math

import numpy as np
import pytest

from tracing_lab.stats.shares import difference_bounds, share_bounds
from tracing_lab.stats.significance import (
    adjusted,
    detectable_share,
    detectable_shift,
    needed_without,
    rank_test,
    share_rise_test,
    share_test,
)


def test_ranks_of_samples_apart() -> None:
    effect, p = rank_test(np.array([1.0, 2, 3, 4]), np.array([5.0, 6, 7, 8]))
    assert effect == 1
    # (8 - 0.5) / sqrt(12) = 2.165 standard errors
    assert p == pytest.approx(0.0304, abs=1e-4)


def test_ties_count_half() -> None:
    assert rank_test(np.ones(5), np.ones(7)) == (0.5, 1.0)
    effect, _ = rank_test(np.array([1.0, 2]), np.array([2.0, 3]))
    assert effect == (1 + 1 + 0.5 + 1) / 4


def test_without_values_there_is_no_test() -> None:
    empty = np.empty(0)
    assert all(map(math.isnan, rank_test(empty, np.ones(3))))
    assert math.isnan(detectable_shift(empty, np.ones(3), alpha=0.05))


@pytest.mark.parametrize("hits, of", [(1, 40), (2, 40), (5, 40), (3, 3)])
@pytest.mark.parametrize("alpha", [0.05, 0.004])
def test_the_trials_needed_are_the_fewest(hits: int, of: int, alpha: float) -> None:
    needed = needed_without(hits, of, alpha=alpha)
    assert share_rise_test(0, needed, hits, of) <= alpha
    assert needed == 1 or share_rise_test(0, needed - 1, hits, of) > alpha


@pytest.mark.parametrize("sizes", [(4, 4), (3, 7), (6, 6)])
def test_few_values_are_on_the_safe_side(sizes: tuple[int, int]) -> None:
    # all ways in which the ranks can fall are equally likely
    n, total = sizes[0], sum(sizes)
    p_values = []
    for chosen in itertools.combinations(range(total), n):
        second = [rank for rank in range(total) if rank not in chosen]
        p_values.append(rank_test(np.array(chosen, float), np.array(second, float))[1])
    for alpha in (0.05, 0.01):
        assert np.mean(np.array(p_values) <= alpha) <= alpha


def test_fishers_tea() -> None:
    # the lady tasting tea: three of four cups right, 34/70 from both sides
    assert share_test(3, 4, 1, 4) == pytest.approx(34 / 70)
    assert share_test(4, 4, 0, 4) == pytest.approx(2 / 70)
    assert share_test(0, 4, 0, 4) == share_test(4, 4, 4, 4) == 1


def test_large_counts_have_a_p_value_too() -> None:
    assert share_test(500_000, 1_000_000, 500_100, 1_000_000) == pytest.approx(0.888, abs=2e-3)
    assert share_test(0, 1_000_000, 1_000, 1_000_000) < 1e-200


def test_corrected_p_values_are_benjamini_and_hochbergs() -> None:
    # the example of their paper: the first four of fifteen are rejected at 5 %
    paper = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240]
    paper += [0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    assert (adjusted(np.array(paper)) <= 0.05).tolist() == [True] * 4 + [False] * 11
    assert adjusted(np.array([math.nan])).tolist() == pytest.approx([math.nan], nan_ok=True)


def test_a_detectable_shift_is_found_in_four_of_five_cases() -> None:
    rng = np.random.default_rng(3)
    samples = rng.exponential(size=(600, 2, 60))
    shift = detectable_shift(*rng.exponential(size=(2, 2000))[:, :60], alpha=0.05)
    found = [rank_test(first, second + shift)[1] <= 0.05 for first, second in samples]
    assert 0.6 < np.mean(found) < 0.95


def test_few_values_find_no_shift() -> None:
    assert math.isnan(detectable_shift(np.ones(2), np.ones(2), alpha=0.05))
    assert math.isnan(detectable_share(0.5, 2, 2, alpha=0.05))


def test_a_detectable_share_is_found_in_four_of_five_cases() -> None:
    rng = np.random.default_rng(4)
    rise = detectable_share(0.05, 200, 200, alpha=0.05)
    pairs = zip(rng.binomial(200, 0.05, 500), rng.binomial(200, 0.05 + rise, 500), strict=True)
    found = [share_test(int(first), 200, int(second), 200) <= 0.05 for first, second in pairs]
    assert 0.65 < np.mean(found) < 0.9


def test_the_difference_of_shares_has_newcombes_interval() -> None:
    # the paper's first example: 56/70 and 48/80
    shares = [share_bounds(*pair, confidence=0.95) for pair in ((48, 80), (56, 70))]
    assert difference_bounds(*shares) == pytest.approx((0.0524, 0.3339), abs=1e-4)
