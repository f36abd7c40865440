"""The bootstrap of what slow requests spend beyond typical ones."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

_RESAMPLES: Final = 200
_MOST_TYPICAL: Final = 500
"""Typical requests drawn for a resample; the mean of more would hardly vary less."""


class Ranks(NamedTuple):
    """Positions of requests, sorted from fast to slow.

    Attributes
    ----------
    total
        How many there are.
    typical, above_typical
        The first typical one, and the first after these.
    slow
        The first slow one; the others follow.
    """

    total: int
    typical: int
    above_typical: int
    slow: int


def excess_interval(
    times_s: Numbers, ranks: Ranks, *, confidence: float, rng: np.random.Generator
) -> tuple[Numbers, Numbers]:
    """Return bootstrap intervals of the mean excess of slow requests over typical ones.

    Parameters
    ----------
    times_s
        A row per request from fast to slow, a column per group.
    ranks
        Which are slow and which typical.
    confidence
        Share of the resamples inside an interval.
    rng
        Source of randomness.

    Returns
    -------
    low, high
        Bounds by group.
    """
    excess = np.array([_excess(times_s, ranks, rng) for _ in range(_RESAMPLES)])
    tail = (1 - confidence) / 2
    low, high = np.quantile(excess, [tail, 1 - tail], axis=0)
    return low, high


def _excess(times_s: Numbers, ranks: Ranks, rng: np.random.Generator) -> Numbers:
    """Return the mean excess in one resample, without making it.

    The requests of a resample, sorted, are uniform order statistics of the sample; between two of
    them the others lie uniformly. So those above the threshold and those around the median suffice.
    """
    middle = ranks.total // 2
    below = _next(0.0, 0, ranks.typical, ranks.total, rng)
    median = _next(below, ranks.typical, middle, ranks.total, rng)
    above = _next(median, middle, ranks.above_typical, ranks.total, rng)
    threshold = _next(above, ranks.above_typical, ranks.slow, ranks.total, rng)
    slow = rng.uniform(threshold, 1.0, ranks.total - ranks.slow)
    few = min(ranks.above_typical - ranks.typical, _MOST_TYPICAL)
    typical = times_s[_rows(rng.uniform(below, above, few), ranks.total)].mean(axis=0)
    whole = times_s[_rows(np.array([median]), ranks.total)].sum()
    scale = float(whole / typical.sum()) if typical.sum() else 0.0
    excess: Numbers = times_s[_rows(slow, ranks.total)].mean(axis=0) - scale * typical
    return excess


def _next(value: float, rank: int, later: int, count: int, rng: np.random.Generator) -> float:
    """Return an order statistic of uniform numbers, given an earlier one."""
    if later <= rank:
        return value
    return float(value + (1 - value) * rng.beta(later - rank, count - later + 1))


def _rows(uniform: Numbers, count: int) -> npt.NDArray[np.int64]:
    return np.minimum((uniform * count).astype(np.int64), count - 1)
