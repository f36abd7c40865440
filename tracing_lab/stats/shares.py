"""Shares, such as failure rates, with confidence intervals."""

import math
from statistics import NormalDist
from typing import Any, Final

import pandas as pd

from .quantiles import check_fraction

RATE: Final = "_rate"


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

    Raises
    ------
    ValueError
        If `confidence` is not between 0 and 1.
    """
    middle, margin = _wilson(share, count, confidence)
    return (middle - margin).mask(share == 0, 0.0), (middle + margin).mask(share == 1, 1.0)


def share_bounds(hits: float, count: float, *, confidence: float) -> tuple[float, float, float]:
    """Return a share and the bounds of its interval, see `share_interval`; NaN for no count.

    Examples
    --------
    >>> [round(value, 3) for value in share_bounds(2, 10, confidence=0.95)]
    [0.2, 0.057, 0.51]
    """
    if not count:
        return math.nan, math.nan, math.nan
    middle, margin = _wilson(hits / count, count, confidence)
    return (
        hits / count,
        middle - margin if hits else 0.0,
        middle + margin if hits < count else 1.0,
    )


def difference_bounds(
    first: tuple[float, float, float], second: tuple[float, float, float]
) -> tuple[float, float]:
    """Return the bounds of second minus first, by Newcombe's method.

    Each share comes with its bounds by Wilson's method, as `share_bounds` returns them (Newcombe,
    Statistics in Medicine 17, 1998, 873-890, method 10).

    Examples
    --------
    >>> low, high = difference_bounds((0.0, 0.0, 0.278), (0.5, 0.237, 0.763))
    >>> round(low, 2), round(high, 2)
    (0.12, 0.76)
    """
    change = second[0] - first[0]
    low = change - math.hypot(second[0] - second[1], first[2] - first[0])
    return low, change + math.hypot(second[2] - second[0], first[0] - first[1])


def with_share_intervals(
    table: pd.DataFrame, *, count: str = "count", confidence: float
) -> pd.DataFrame:
    """Return a table with a confidence interval next to every rate.

    Parameters
    ----------
    table
        A table; columns whose name ends in ``_rate`` are shares of the column `count`.
    count
        The column with how many there were.
    confidence
        Of the intervals, see `share_interval`.

    Returns
    -------
    table
        The same, with ``error_low`` and ``error_high`` after ``error_rate``.

    Raises
    ------
    ValueError
        If `confidence` is not between 0 and 1.

    Examples
    --------
    >>> table = pd.DataFrame({"count": [10], "error_rate": [0.0]})
    >>> with_share_intervals(table, confidence=0.95).round(3).to_dict("records")
    [{'count': 10, 'error_rate': 0.0, 'error_low': 0.0, 'error_high': 0.278}]
    """
    columns = {}
    for name, values in table.items():
        columns[str(name)] = values
        if str(name).endswith(RATE):
            low, high = share_interval(values, table[count], confidence=confidence)
            stem = str(name).removesuffix(RATE)
            columns |= {f"{stem}_low": low, f"{stem}_high": high}
    return pd.DataFrame(columns, index=table.index)


def _wilson(share: Any, count: Any, confidence: float) -> tuple[Any, Any]:
    """Return the middle of each share's interval, and how far its bounds are from it."""
    check_fraction("confidence", confidence)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    spread = (share * (1 - share) / count + z**2 / (4 * count**2)) ** 0.5
    return middle, z / (1 + z**2 / count) * spread
