"""Computes percentiles of CloudWatch metrics from counts of values. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")

Counts = Mapping[float, float]
"""Value -> count."""


def share_of(statistic: str | None) -> float | None:
    """Return the share of a percentile statistic; None for all others.

    Examples
    --------
    >>> share_of("p95"), share_of("Average"), share_of("tm90")
    (0.95, None, None)
    """
    match = _PERCENTILE.fullmatch(statistic or "")
    return float(match[1]) / 100 if match else None


def percentile(counts: Counts, share: float) -> float | None:
    """Return the smallest value with at least a share of all values at or below it.

    Parameters
    ----------
    counts
        Value -> count.
    share
        For example 0.95.

    Returns
    -------
    value
        None when there are no values, or when some are negative: CloudWatch has no percentiles
        of such metrics.

    Examples
    --------
    >>> percentile({10.0: 18, 20.0: 1, 500.0: 1}, 0.95)
    20.0
    """
    if min(counts, default=0.0) < 0:
        return None
    left = share * sum(counts.values())
    for value in sorted(counts):
        left -= counts[value]
        if left <= 1e-9:  # noqa: PLR2004 - what floats leave of nothing
            return value
    return None


def counts_of(data: Iterable[Any]) -> Counts | None:
    """Return the value counts of moto's metric data.

    Returns
    -------
    counts
        None if only count, sum, minimum and maximum are known of some data: CloudWatch
        returns no percentiles of such statistic sets, unless all their values are the same.
    """
    counts: Counter[float] = Counter()
    for datum in data:
        found = _counts_of_one(datum)
        if found is None:
            return None
        counts.update(found)
    return counts


def _counts_of_one(datum: Any) -> Counts | None:
    if hasattr(datum, "value"):
        return {datum.value: 1}
    values: Counts | None = getattr(datum, "values", None)
    if values is None and datum.min == datum.max:
        return {datum.min: datum.sample_count}
    return values
