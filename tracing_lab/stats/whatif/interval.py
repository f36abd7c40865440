"""Between which bounds a percentile of further requests will lie, most likely."""

from typing import Final

import numpy as np

from tracing_lab.spans.tree import Rows

from .retiming import Seconds

_REPLICATES: Final = 4000
_TAIL_FROM: Final = 0.9
"""What lies beyond this percentile says how far the largest of further requests may go."""


def prediction_interval(
    times_s: Seconds,
    q: float,
    *,
    requests: int,
    drift: float,
    confidence: float,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Return an interval for a percentile of requests to come.

    It has three uncertainties: that of the traces, that of as many further requests, and that a
    system is not the same at any time. The first two are
    draws from a distribution whose quantiles are order statistics, so their ranks are Beta
    distributed, and no sample has to be drawn (see `tracing_lab.stats.quantiles`). The largest
    tenth is smoothed, because a sample's largest values say little of the largest to come.

    Parameters
    ----------
    times_s
        How long requests take: a row per trace, a column per equally likely case.
    q
        The percentile as a fraction.
    requests
        How many requests there will be.
    drift
        By how much medians differ from one window to another without any change, as a share: the
        standard deviation of their ratio. The slowest differ by up to twice as much.
    confidence
        Of the interval.
    rng
        Source of randomness.

    Returns
    -------
    low, high
        Bounds in seconds.

    Examples
    --------
    >>> same = np.full((50, 1), 0.25)
    >>> bounds = {"requests": 50, "drift": 0.0, "confidence": 0.9, "rng": np.random.default_rng(1)}
    >>> prediction_interval(same, 0.5, **bounds)
    (0.25, 0.25)
    """
    ordered = np.sort(times_s, axis=0)
    count, cases = ordered.shape
    rank = 1 + q * (requests - 1)
    further = rng.beta(rank, requests + 1 - rank, _REPLICATES)
    known = np.clip(further, 1e-9, 1 - 1e-9) * (count + 1)
    share = rng.beta(known, count + 1 - known)
    case = rng.integers(cases, size=_REPLICATES)
    values = _quantiles(ordered, share, case, rng) * rng.lognormal(
        0.0, drift * (1 + abs(2 * q - 1)), _REPLICATES
    )
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _quantiles(ordered: Seconds, share: Seconds, case: Rows, rng: np.random.Generator) -> Seconds:
    """Return quantiles of columns; beyond the largest value, an exponential tail follows."""
    count = len(ordered)
    place = np.clip(share * (count + 1) - 1, 0, count - 1)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, count - 1)
    inside = ordered[below, case] + (place - below) * (ordered[above, case] - ordered[below, case])
    begin = np.quantile(ordered, _TAIL_FROM, axis=0)
    beyond = ordered >= begin
    excess = np.where(beyond, ordered - begin, 0.0).sum(axis=0) / beyond.sum(axis=0)
    further = -np.log(np.maximum(1 - share, 1e-12) * (count + 1))
    few = beyond.sum(axis=0)[case]  # of which a mean is known no better than that of so many draws
    mean = excess[case] * few / rng.gamma(few)
    values: Seconds = inside + mean * np.maximum(further, 0.0)
    return values
