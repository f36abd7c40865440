"""Percentiles of samples, with confidence intervals."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Sample = npt.NDArray[np.float64]

MEDIAN: Final = 0.5

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
    sample = np.sort(known(values))
    low, high = order_bounds(len(sample), q, confidence=confidence)
    return (
        float(sample[low]) if low >= 0 else math.nan,
        float(sample[high]) if high < len(sample) else math.nan,
    )


def order_bounds(count: int, q: float, *, confidence: float = 0.95) -> tuple[int, int]:
    """Return the positions, from 0 on, of the sorted values that bound a percentile.

    Parameters
    ----------
    count
        How many values there are.
    q
        The percentile as a fraction.
    confidence
        See `percentile_interval`.

    Returns
    -------
    low, high
        Positions; -1 and `count` where there is no bound.

    Raises
    ------
    ValueError
        If `q` or `confidence` is not between 0 and 1.

    Examples
    --------
    >>> order_bounds(100, 0.5)
    (39, 60)
    """
    check_fraction("q", q)
    check_fraction("confidence", confidence)
    tail = (1 - confidence) / 2
    first, below = _binomial(count, q)
    low = first + int(np.searchsorted(below, tail, side="right")) - 1
    high = first + int(np.searchsorted(below, 1 - tail, side="left"))
    return low, min(high, count)


def needed_count(q: float, *, confidence: float = 0.95) -> int:
    """Return the number of values needed to bound a percentile from both sides.

    Parameters
    ----------
    q
        The percentile as a fraction.
    confidence
        See `percentile_interval`.

    Returns
    -------
    count
        With fewer values, at least one bound of `percentile_interval` is NaN.

    Raises
    ------
    ValueError
        If `q` or `confidence` is not between 0 and 1.

    Examples
    --------
    >>> [needed_count(q) for q in (0.5, 0.95, 0.99)]
    [6, 72, 368]
    """
    check_fraction("q", q)
    check_fraction("confidence", confidence)
    return math.ceil(math.log((1 - confidence) / 2) / math.log(max(q, 1 - q)))


def or_unknown(text: str, bound: float, q: float, *, confidence: float = 0.95) -> str:
    """Return a percentile as text, or the number of values that it needs.

    Parameters
    ----------
    text
        The percentile, written in some way; nothing where there is no value at all.
    bound
        The upper bound of its interval.
    q
        The percentile as a fraction.
    confidence
        Of the interval.

    Returns
    -------
    text
        For tables that people read; frames keep the numbers. The median is always written: it is
        the middle of the values, also of few, while a high percentile may lie beyond them all.

    Examples
    --------
    >>> or_unknown("120 ms", 0.2, 0.99), or_unknown("120 ms", float("nan"), 0.99)
    ('120 ms', 'unknown (needs 368)')
    """
    if not text or not math.isnan(bound) or q <= MEDIAN:
        return text
    return f"unknown (needs {needed_count(q, confidence=confidence):,})"


def percentile_columns(
    values: Sequence[float] | Sample, quantiles: Mapping[str, float], *, confidence: float = 0.95
) -> dict[str, float]:
    """Return percentiles of durations with their intervals, as columns of a table.

    Parameters
    ----------
    values
        Durations in seconds; NaN is left out.
    quantiles
        Name to percentile as a fraction, for example ``{"p50": 0.5}``.
    confidence
        See `percentile_interval`.

    Returns
    -------
    columns
        For each name ``{name}_s``, ``{name}_low_s`` and ``{name}_high_s``; NaN where unknown.

    Examples
    --------
    >>> percentile_columns(range(1, 101), {"p50": 0.5})
    {'p50_s': 50.5, 'p50_low_s': 40.0, 'p50_high_s': 61.0}
    """
    sample = np.sort(known(values))
    padded = np.concatenate([[math.nan], sample, [math.nan]])
    columns = {}
    for name, q in quantiles.items():
        low, high = order_bounds(len(sample), q, confidence=confidence)
        columns[f"{name}_s"] = quantile(sample, q)
        columns[f"{name}_low_s"] = float(padded[low + 1])
        columns[f"{name}_high_s"] = float(padded[high + 1])
    return columns


def quantile(values: Sequence[float] | Sample, q: float) -> float:
    """Return a quantile, interpolated as pandas and numpy do; NaN for an empty sample.

    Parameters
    ----------
    values
        The sample; NaN is left out.
    q
        The quantile as a fraction.

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


def known(values: Sequence[float] | Sample) -> Sample:
    """Return a sample without NaN.

    Parameters
    ----------
    values
        The sample.
    """
    sample = np.asarray(values, dtype=np.float64)
    return sample[~np.isnan(sample)]


def check_fraction(name: str, fraction: float) -> None:
    """Raise a ValueError if a number is not between 0 and 1.

    Parameters
    ----------
    name
        Of the parameter.
    fraction
        The number.

    Raises
    ------
    ValueError
        If it is 0, 1 or beyond.
    """
    if not 0 < fraction < 1:
        msg = f"{name} is {fraction}; it must be between 0 and 1."
        raise ValueError(msg)


def _binomial(n: int, p: float) -> tuple[int, Sample]:
    """Return the binomial distribution's first relevant value, and cumulative probabilities.

    What lies further from the mean than twelve standard deviations is nothing at all, so that a
    million values cost a thousand steps; neighbours' ratios need no factorials.
    """
    spread = 12 * math.sqrt(n * p * (1 - p)) + 12
    first, last = max(0, math.floor(n * p - spread)), min(n, math.ceil(n * p + spread))
    successes = np.arange(first, last)
    ratios = (n - successes) / (successes + 1) * (p / (1 - p))
    logs = np.concatenate([[0.0], np.cumsum(np.log(ratios))])
    weights = np.exp(logs - logs.max())
    return first, np.cumsum(weights) / weights.sum()


def _bootstrap(sample: Sample, q: float, rng: np.random.Generator) -> Sample:
    """Return the percentile of many resamples, without making them.

    The k-th smallest of n values drawn with replacement sits at a rank that is Beta distributed
    (order statistics of uniform numbers), so one draw replaces n.
    """
    n = len(sample)
    k = min(n, max(1, math.ceil(q * n)))
    ranks = np.minimum((rng.beta(k, n - k + 1, _RESAMPLES) * n).astype(np.int64), n - 1)
    return np.sort(sample)[ranks]
