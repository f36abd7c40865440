"""A histogram of durations that can be added to others, with quantiles of a known error.

Its bins grow by a constant factor, as in DDSketch: any value of a bin is within `RELATIVE_ERROR`
of the bin's own (C. Masson, J. E. Rim, H. K. Lee: DDSketch, PVLDB 12(12), 2019).
"""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

Bins = npt.NDArray[np.int32]
Values = npt.NDArray[np.float64]

RELATIVE_ERROR: Final = 0.01
"""How far a quantile may be from the exact one, as a part of it."""

UNKNOWN_BIN: Final = -(2**31)
"""Bin of durations that are not known, because a span has not ended."""

ZERO_BIN: Final = UNKNOWN_BIN + 1
"""Bin of durations below a nanosecond."""

_SHORTEST_S: Final = 1e-9
_GAMMA: Final = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)


def bins_of(durations_s: Values) -> Bins:
    """Return the bin of each duration.

    Parameters
    ----------
    durations_s
        Seconds, NaN where unknown.

    Examples
    --------
    >>> bins_of(np.array([1.0, 0.0, np.nan])).tolist() == [0, ZERO_BIN, UNKNOWN_BIN]
    True
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        bins = np.ceil(np.log(durations_s) / math.log(_GAMMA))
    bins = np.where(durations_s < _SHORTEST_S, ZERO_BIN, bins)
    return np.where(np.isnan(durations_s), UNKNOWN_BIN, bins).astype(np.int32)


def values_of(bins: Bins) -> Values:
    """Return the duration that represents each bin.

    Parameters
    ----------
    bins
        As `bins_of` returns them.

    Returns
    -------
    durations_s
        Seconds, NaN where unknown.

    Examples
    --------
    >>> bool(abs(values_of(bins_of(np.array([0.25])))[0] / 0.25 - 1) <= RELATIVE_ERROR)
    True
    """
    with np.errstate(over="ignore"):
        values = 2 * np.power(_GAMMA, bins.astype(np.float64)) / (_GAMMA + 1)
    values = np.where(bins == ZERO_BIN, 0.0, values)
    return np.where(bins == UNKNOWN_BIN, np.nan, values)


def values_at_ranks(bins: Bins, counts: npt.NDArray[np.int64], ranks: Values) -> Values:
    """Return the durations at ranks of a sorted sample.

    Parameters
    ----------
    bins
        Bins of known durations.
    counts
        How many durations each has.
    ranks
        Ranks from 0 on, rounded down; NaN for those that the sample does not have.

    Returns
    -------
    durations_s
        One per rank, NaN where there is none.

    Examples
    --------
    >>> bins = bins_of(np.array([1.0, 2.0]))
    >>> values_at_ranks(bins, np.array([9, 1]), np.array([4.5, 9.0, np.nan])).round(1).tolist()
    [1.0, 2.0, nan]
    """
    order = np.argsort(bins)
    ends = np.cumsum(counts[order])
    known = ~np.isnan(ranks) & (len(bins) > 0)
    places = np.searchsorted(ends, np.floor(np.where(known, ranks, 0)), side="right")
    values = np.append(values_of(bins[order]), np.nan)
    return np.where(known, values[np.minimum(places, len(bins))], np.nan)
