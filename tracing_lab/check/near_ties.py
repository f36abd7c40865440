"""Right answers that name the largest of several measured values, where two may be as large."""

from typing import Any

import pandas as pd

NOISE = 0.02
"""Share of the largest value within which another one counts as just as large."""


def largest(values: "pd.Series[Any]", *, within: float = NOISE) -> list[str]:
    """Return the labels of the largest value and of those that are nearly as large.

    Which of them comes out on top depends on rounding, on the order of ties and on noise, so that
    a learner who names another one has made no mistake.

    Parameters
    ----------
    values
        A number per name.
    within
        Share of the largest value within which another one counts as just as large.

    Returns
    -------
    list[str]
        The names, the largest value's first; none for an empty series. As the truth of a `Name`,
        any of them is right.

    Examples
    --------
    >>> largest(pd.Series({"order": 99.0, "payment": 100.0, "inventory": 97.0}))
    ['payment', 'order']
    """
    ranked = values.dropna().sort_values(ascending=False, kind="stable")
    if ranked.empty:
        return []
    least = ranked.iloc[0] - within * abs(ranked.iloc[0])
    return [str(name) for name in ranked.index[ranked >= least]]
