"""Percentiles and shares of samples, with confidence intervals."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

Sample = npt.NDArray[np.float64]

_RESAMPLES: Final = 4000


def percentile_interval(
    values: Sequence[float] | Sample, q: float, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Return a confidence interval of a percentile, from order statistics.

    No distribution is assumed: how many of ``n`` values fall below the true percentile is
    binomial, so two of the sorted values enclose it with at least the requested confidence. Where
    the sample is too small for a bound, that bound is NaN. The upper
    bound of the 95th percentile takes 72 values, both bounds of the median take six.

    Parameters
    ----------
    values
        The sample; NaN is left out.
    q
        The percentile as a fraction, for example 0.95.
    confidence
        Probability that the interval covers the true percentile; half of the rest on either side.

    Returns
    -------
    low, high
        Bounds, both of them values of the sample or NaN.

    Raises
    ------
    ValueError
        If `q` or `confidence` is not between 0 and 1.

    Examples
    --------
    >>> percentile_interval(range(1, 101), 0.5)
    (40.0, 61.0)
    >>> percentile_interval([3.0, 1.0, 2.0], 0.5)
    (nan, nan)
    """
    _check_fraction("q", q)
    _check_fraction("confidence", confidence)
    sample = np.sort(known(values))
    tail = (1 - confidence) / 2
    below = np.cumsum(_binomial(len(sample), q))  # P(at most k values lie below)
    low = int(np.searchsorted(below, tail, side="right")) - 1
    high = int(np.searchsorted(below, 1 - tail, side="left"))
    return (
        float(sample[low]) if low >= 0 else math.nan,
        float(sample[high]) if high < len(sample) else math.nan,
    )


def quantile(values: Sequence[float] | Sample, q: float) -> float:
    """Return a quantile, linearly interpolated as pandas and numpy do.

    Parameters
    ----------
    values
        The sample; NaN is left out.
    q
        The quantile as a fraction.

    Returns
    -------
    quantile
        NaN for an empty sample.

    Examples
    --------
    >>> quantile([1.0, 2.0, 4.0], 0.5)
    2.0
    """
    sample = known(values)
    return float(np.quantile(sample, q)) if sample.size else math.nan


def difference_interval(
    first: Sample, second: Sample, q: float, *, confidence: float, rng: np.random.Generator
) -> tuple[float, float]:
    """Return a bootstrap interval of how much a percentile changed.

    Parameters
    ----------
    first, second
        Two independent samples without NaN.
    q
        The percentile as a fraction.
    confidence
        Share of the bootstrap differences inside the interval.
    rng
        Source of randomness.

    Returns
    -------
    low, high
        Bounds of second minus first; NaN when a sample is empty.
    """
    if not first.size or not second.size:
        return math.nan, math.nan
    change = _bootstrap(second, q, rng) - _bootstrap(first, q, rng)
    low, high = np.quantile(change, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def share_interval(
    share: "pd.Series[float]", count: "pd.Series[int]", *, confidence: float
) -> tuple["pd.Series[float]", "pd.Series[float]"]:
    """Return confidence intervals of shares, by Wilson's method.

    Unlike the textbook's share plus or minus a margin it stays between 0 and 1, and it is right
    for small counts and for shares of zero: after 10 requests without a failure its upper bound is
    28%.

    Parameters
    ----------
    share
        What part of the count it was.
    count
        How many there were, at least one.
    confidence
        Probability that an interval covers the true share.

    Returns
    -------
    low, high
        Bounds.

    Raises
    ------
    ValueError
        If `confidence` is not between 0 and 1.
    """
    _check_fraction("confidence", confidence)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    spread = (share * (1 - share) / count + z**2 / (4 * count**2)) ** 0.5
    margin = z / (1 + z**2 / count) * spread
    return (middle - margin).mask(share == 0, 0.0), (middle + margin).mask(share == 1, 1.0)


def known(values: Sequence[float] | Sample) -> Sample:
    """Return a sample without NaN.

    Parameters
    ----------
    values
        The sample.

    Returns
    -------
    sample
        The values that are known.
    """
    sample = np.asarray(values, dtype=np.float64)
    return sample[~np.isnan(sample)]


def _check_fraction(name: str, fraction: float) -> None:
    if not 0 < fraction < 1:
        msg = f"{name} is {fraction}; it must lie between 0 and 1."
        raise ValueError(msg)


def _binomial(n: int, p: float) -> Sample:
    """Return the probabilities of 0 to n successes."""
    successes = np.arange(n + 1)
    steps = np.log(np.arange(1, n + 1, dtype=np.float64))
    log_factorial = np.concatenate([[0.0], np.cumsum(steps)])
    choose = log_factorial[n] - log_factorial[successes] - log_factorial[n - successes]
    logs = choose + successes * math.log(p) + (n - successes) * math.log1p(-p)
    return np.asarray(np.exp(logs))


def _bootstrap(sample: Sample, q: float, rng: np.random.Generator) -> Sample:
    """Return the percentile of many resamples, without making them.

    The k-th smallest of n values drawn with replacement sits at a rank that is Beta distributed
    (order statistics of uniform numbers), so one draw replaces n.
    """
    n = len(sample)
    k = min(n, max(1, math.ceil(q * n)))
    ranks = np.minimum((rng.beta(k, n - k + 1, _RESAMPLES) * n).astype(np.int64), n - 1)
    return np.sort(sample)[ranks]
