"""Tests and intervals of paired differences, without assumptions on what is measured."""

import math
from statistics import NormalDist
from typing import Final

import numpy as np

from .quantiles import Sample, check_fraction, known

_NORMAL: Final = NormalDist()
_PRECISION: Final = 1e-9


def signed_rank_rise_test(differences: Sample) -> float:
    """Return the p-value of Wilcoxon's signed-rank test: whether differences are above zero.

    One-sided, by the normal approximation with corrections for ties and continuity; zeros are left
    out, as Wilcoxon did (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, 2014,
    section 3.1). 1 if nothing differs.

    Examples
    --------
    >>> round(signed_rank_rise_test(np.array([3.0, 1.0, 4.0, 2.0, 6.0, -1.0, 5.0, 2.0])), 3)
    0.012
    """
    values = known(differences)
    values = values[values != 0]
    if not len(values):
        return 1.0
    n = len(values)
    _, places, counts = np.unique(np.abs(values), return_inverse=True, return_counts=True)
    ties = counts.astype(np.float64)
    ranks = (np.cumsum(ties) - (ties - 1) / 2)[places]
    above = float(ranks[values > 0].sum()) - n * (n + 1) / 4
    variance = n * (n + 1) * (2 * n + 1) / 24 - float((ties**3 - ties).sum()) / 48
    return 1 - _NORMAL.cdf((above - 0.5) / math.sqrt(variance))


def mean_rise_test(values: Sample) -> float:
    """Return the p-value of Student's test of one sample: whether its mean is above zero.

    Examples
    --------
    >>> round(mean_rise_test(np.array([1.0, 2.0, 3.0, 2.0])), 4)
    0.0081
    >>> mean_rise_test(np.array([2.0, 2.0])), mean_rise_test(np.array([0.0]))
    (0.0, 1.0)
    """
    sample = known(values)
    if len(sample) < 2:  # noqa: PLR2004 - a spread takes two
        return 1.0
    mean, error = float(sample.mean()), float(sample.std(ddof=1)) / math.sqrt(len(sample))
    if error == 0:
        return 0.0 if mean > 0 else 1.0
    return student_above(mean / error, len(sample) - 1)


def mean_interval(values: Sample, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return Student's interval of a mean; NaN for fewer than two values.

    Parameters
    ----------
    values
        A sample; NaN is left out.
    confidence
        Probability that the interval covers the true mean.

    Raises
    ------
    ValueError
        If `confidence` is not between 0 and 1.

    Examples
    --------
    >>> low, high = mean_interval(np.array([1.0, 2.0, 3.0, 2.0]))
    >>> round(low, 2), round(high, 2)
    (0.7, 3.3)
    """
    check_fraction("confidence", confidence)
    sample = known(values)
    if len(sample) < 2:  # noqa: PLR2004 - a spread takes two
        return math.nan, math.nan
    mean, error = float(sample.mean()), float(sample.std(ddof=1)) / math.sqrt(len(sample))
    far = error * _student_quantile((1 - confidence) / 2, len(sample) - 1)
    return mean - far, mean + far


def student_above(t: float, degrees: int) -> float:
    """Return the probability that Student's t is above a value.

    By the finite sums for whole degrees of freedom (Abramowitz and Stegun, Handbook of Mathematical
    Functions, 1964, 26.7.3 and 26.7.4).

    Examples
    --------
    >>> round(student_above(2.353, 3), 4), round(student_above(1.812, 10), 4)
    (0.05, 0.05)
    >>> round(student_above(-1.0, 1), 4)
    0.75
    """
    angle = math.atan(t / math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    term, total = (cosine, cosine) if odd else (1.0, 1.0)
    for k in range(2 + odd, degrees - 1, 2):
        term *= cosine**2 * (k - 1) / k
        total += term
    if degrees == 1:
        inside = 2 * angle / math.pi
    else:
        inside = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return min(max((1 - inside) / 2, 0.0), 1.0)


def _student_quantile(above: float, degrees: int) -> float:
    """Return the value above which Student's t is with a probability below one half."""
    low, high = 0.0, 1.0
    while student_above(high, degrees) > above:
        high *= 2
    while high - low > _PRECISION * high:
        middle = (low + high) / 2
        low, high = (middle, high) if student_above(middle, degrees) > above else (low, middle)
    return high
