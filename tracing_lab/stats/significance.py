"""Whether chance explains a difference: tests, how large a difference they find, and correction."""

import math
from statistics import NormalDist
from typing import Final

import numpy as np

from .quantiles import Sample

POWER: Final = 0.8
"""Probability with which a detectable difference is found."""

_NORMAL: Final = NormalDist()
_THINNED: Final = 200  # values that stand for a sample when all pairs are compared


def rank_test(first: Sample, second: Sample) -> tuple[float, float]:
    """Return the effect and the p-value of Mann and Whitney's test of two samples without NaN.

    The effect is the probability that a value of the second sample is larger than one of the first,
    ties counting half (Vargha and Delaney's A): 0.5 is no difference. The p-value comes from the
    normal approximation with corrections for ties and continuity, which is close from about eight
    values each and too large, so on the safe side, for fewer (Hollander, Wolfe and Chicken,
    Nonparametric Statistical Methods, 2014, section 4.1). Both are NaN if a sample is empty.

    Examples
    --------
    >>> effect, p = rank_test(np.arange(10.0), np.arange(10.0) + 5)
    >>> round(effect, 3), round(p, 4)
    (0.875, 0.0051)
    """
    n, m = len(first), len(second)
    if not n or not m:
        return math.nan, math.nan
    _, places, counts = np.unique(
        np.concatenate([first, second]), return_inverse=True, return_counts=True
    )
    ties = counts.astype(np.float64)
    ranks = np.cumsum(ties) - (ties - 1) / 2
    larger = float(ranks[places[n:]].sum()) - m * (m + 1) / 2
    corrected = n + m + 1 - float((ties**3 - ties).sum()) / ((n + m) * (n + m - 1))
    variance = n * m / 12 * corrected
    distance = max(abs(larger - n * m / 2) - 0.5, 0.0)
    return larger / (n * m), math.erfc(distance / math.sqrt(2 * variance)) if variance > 0 else 1.0


def share_test(hits_first: int, first: int, hits_second: int, second: int) -> float:
    """Return the p-value of Fisher's exact test: whether two shares differ; two-sided.

    Examples
    --------
    >>> round(share_test(1, 10, 8, 10), 4)
    0.0055
    """
    weights, at = _hypergeometric(hits_first, first, hits_second, second)
    as_rare = weights <= weights[at] * (1 + 1e-7)
    return min(1.0, float(weights[as_rare].sum() / weights.sum()))


def share_rise_test(hits_first: int, first: int, hits_second: int, second: int) -> float:
    """Return the p-value of Fisher's exact test: whether the second share is larger; one-sided.

    Examples
    --------
    Of four hits, all are among 40 rather than 80 with a probability of 91,390 in 8,214,570:

    >>> round(share_rise_test(0, 80, 4, 40), 6), share_rise_test(4, 40, 0, 80)
    (0.011125, 1.0)
    """
    weights, at = _hypergeometric(hits_first, first, hits_second, second)
    return min(1.0, float(weights[: at + 1].sum() / weights.sum()))


def _hypergeometric(
    hits_first: int, first: int, hits_second: int, second: int
) -> tuple[Sample, int]:
    """Return weights of how many of all hits may be in the first sample, and where it is now."""
    hits, least = hits_first + hits_second, max(0, hits_first + hits_second - second)
    k = np.arange(least, min(hits, first), dtype=np.float64)
    ratios = (hits - k) * (first - k) / ((k + 1) * (second - hits + k + 1))
    logs = np.concatenate([[0.0], np.cumsum(np.log(ratios))])  # by neighbours
    return np.exp(logs - logs.max()), hits_first - least


def adjusted(p_values: Sample) -> Sample:
    """Return p-values corrected for their number, by Benjamini and Hochberg's procedure.

    Of the differences with a corrected p-value of at most 5 %, at most 5 % are expected to be due
    to chance; where there is no difference at all, any is found with a probability of at most 5 %
    (Journal of the Royal Statistical Society B 57, 1995, 289-300). NaN stays, and does not count.

    Examples
    --------
    >>> adjusted(np.array([0.01, 0.5, np.nan, 0.02])).round(3).tolist()
    [0.03, 0.5, nan, 0.03]
    """
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested])]
    raised = p_values[order] * len(order) / np.arange(1, len(order) + 1)
    corrected = np.full(len(p_values), math.nan)
    corrected[order] = np.minimum.accumulate(raised[::-1])[::-1].clip(max=1.0)
    return corrected


def stepped_down(p_values: Sample) -> Sample:
    """Return p-values corrected for their number, by Holm's procedure.

    The probability that any true null hypothesis is rejected stays below the level (Scandinavian
    Journal of Statistics 6, 1979, 65-70). NaN stays, and does not count.

    Examples
    --------
    >>> stepped_down(np.array([0.01, 0.5, np.nan, 0.02])).round(3).tolist()
    [0.03, 0.5, nan, 0.04]
    """
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested])]
    raised = p_values[order] * np.arange(len(order), 0, -1)
    corrected = np.full(len(p_values), math.nan)
    corrected[order] = np.maximum.accumulate(raised).clip(max=1.0)
    return corrected


def detectable_shift(first: Sample, second: Sample, *, alpha: float) -> float:
    """Return the smallest shift that `rank_test` finds with a probability of `POWER`.

    The effect that is found follows from the sizes of the samples (Noether, Journal of the American
    Statistical Association 82, 1987, 645-647); the shift that has this effect, from the differences
    of all pairs of values. NaN if the samples are too small to find any.

    Examples
    --------
    >>> sample = np.random.default_rng(0).normal(size=100)
    >>> 0.3 < detectable_shift(sample, sample, alpha=0.05) < 0.5
    True
    """
    n, m = len(first), len(second)
    if not n or not m:
        return math.nan
    found = _standard_errors(alpha) * math.sqrt((n + m + 1) / (12 * n * m)) + 0.5
    if found >= 1:
        return math.nan
    values = np.concatenate([first - np.median(first), second - np.median(second)])
    thinned = np.quantile(values, (np.arange(_THINNED) + 0.5) / _THINNED)
    return float(np.quantile(np.subtract.outer(thinned, thinned), found))


def detectable_share(share: float, first: int, second: int, *, alpha: float) -> float:
    """Return the smallest rise of a share that is found with a probability of `POWER`.

    By the arcsine transformation (Cohen, Statistical Power Analysis, 1988, chapter 6). NaN where
    even a share of 1 is not found.

    Examples
    --------
    >>> round(detectable_share(0.0, 100, 100, alpha=0.05), 3)
    0.039
    """
    if not first or not second:
        return math.nan
    angle = math.asin(math.sqrt(share))
    raised = angle + _standard_errors(alpha) * math.sqrt(1 / first + 1 / second) / 2
    return math.sin(raised) ** 2 - share if raised <= math.pi / 2 else math.nan


def needed_without(hits: int, of: int, *, alpha: float) -> int:
    """Return how many trials without a hit make some hits of some others significant.

    That is the size of the first sample, without a hit, from which on `share_rise_test` is below
    the level.

    Examples
    --------
    Of 2 hits, both are among 40 rather than 216 with a probability below 1 in 40:

    >>> needed_without(2, 40, alpha=0.025)
    211
    >>> share_rise_test(0, 211, 2, 40) <= 0.025 < share_rise_test(0, 210, 2, 40)
    True
    """
    low, high = 0, 1
    while share_rise_test(0, high, hits, of) > alpha:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        enough = share_rise_test(0, middle, hits, of) <= alpha
        low, high = (low, middle) if enough else (middle, high)
    return high


def _standard_errors(alpha: float) -> float:
    return _NORMAL.inv_cdf(1 - alpha / 2) + _NORMAL.inv_cdf(POWER)
