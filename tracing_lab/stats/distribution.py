"""The distribution of a sample, with a confidence band."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from .quantiles import Sample, check_fraction, known


def ecdf(values: Sequence[float] | Sample, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return which share of a sample is at most as large as each of its values.

    The band covers the whole true distribution with at least the requested probability, whatever
    that distribution is, see `ecdf_margin`. A single percentile is known more closely, see
    `percentile_interval`.

    Parameters
    ----------
    values
        The sample; NaN is left out.
    confidence
        Probability that the band covers the true distribution everywhere.

    Returns
    -------
    distribution
        One row per distinct value, rising: ``value``, ``share``, ``share_low``, ``share_high``.

    Raises
    ------
    ValueError
        If `confidence` is not between 0 and 1.

    Examples
    --------
    >>> ecdf([2.0, 1.0, 2.0, 4.0])[["value", "share"]].values.tolist()
    [[1.0, 0.25], [2.0, 0.75], [4.0, 1.0]]
    """
    sample = known(values)
    margin = ecdf_margin(len(sample), confidence=confidence)
    value, count = np.unique(sample, return_counts=True)
    share = np.cumsum(count) / max(len(sample), 1)
    bounds = {"share_low": share - margin, "share_high": share + margin}
    bounds = {name: np.clip(bound, 0, 1) for name, bound in bounds.items()}
    return pd.DataFrame({"value": value, "share": share, **bounds})


def ecdf_margin(count: int, *, confidence: float = 0.95) -> float:
    """Return how far the true distribution may be from that of a sample, anywhere.

    That is the bound of Dvoretzky, Kiefer and Wolfowitz with Massart's constant: P. Massart, The
    Tight Constant in the Dvoretzky-Kiefer-Wolfowitz Inequality, Annals of Probability 18(3), 1990.

    Parameters
    ----------
    count
        How many values there are.
    confidence
        Probability that the distance is at most this.

    Returns
    -------
    margin
        Of the share, at most 1.

    Raises
    ------
    ValueError
        If `confidence` is not between 0 and 1.

    Examples
    --------
    >>> round(ecdf_margin(1000), 3), ecdf_margin(0)
    (0.043, 1.0)
    """
    check_fraction("confidence", confidence)
    if not count:
        return 1.0
    return min(math.sqrt(math.log(2 / (1 - confidence)) / (2 * count)), 1.0)
