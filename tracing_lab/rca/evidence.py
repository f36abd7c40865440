"""How nodes and edges differ between two windows in what is their own, and how surely.

What follows from something else is left out as far as traces show it: a caller's waiting is not its
work, a failure counts where it began, cold starts are compared with nothing, calls are missing only
if the caller succeeded, and what becomes slower everywhere at once is subtracted from all.
"""

import pandas as pd

from tracing_lab.stats.significance import adjusted

from .model import TESTS, Evidence
from .observations import RequestWindow
from .share_tests import calls, outcomes
from .time_tests import waits, work


def evidence(good: RequestWindow, bad: RequestWindow, *, alpha: float) -> pd.DataFrame:
    """Return the tests of all nodes and edges that both windows have.

    Parameters
    ----------
    good, bad
        The two windows.
    alpha
        Share of false discoveries among significant tests, from which follows what is detectable.

    Returns
    -------
    evidence
        One row per test with the fields of `Evidence`, and ``q``: the p-value corrected for the
        number of tests, by Benjamini and Hochberg's procedure for each kind of test and by
        Bonferroni's for the kinds, so that many times do not hide a few failures.
    """
    each = alpha / max(len(TESTS) * good.requests["node"].nunique(), 1)
    rows = [
        *work(good, bad, alpha=each),
        *waits(good, bad, alpha=each),
        *outcomes(good, bad, alpha=each),
        *calls(good, bad, alpha=each),
    ]
    table = pd.DataFrame(rows, columns=[*Evidence._fields])
    return table.assign(q=_corrected(table))


def _corrected(table: pd.DataFrame) -> "pd.Series[float]":
    """Return corrected p-values; what there is nothing to test of does not count."""
    p = table["p"].astype(float)
    kinds = table["test"].where(p.notna())
    q = p.groupby(kinds).transform(lambda of_kind: adjusted(of_kind.to_numpy()))
    return (q * kinds.nunique()).clip(upper=1.0)
