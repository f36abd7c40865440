"""Why a cause is named, or none is."""

from typing import Final

import pandas as pd

from tracing_lab.stats.significance import needed_without

from .model import FAILURES, OWN_TIME, THROTTLES, WAIT
from .observations import RequestWindow
from .words import milliseconds, percent, sureness

_FEW_TRACES: Final = 20
_WORTH_SAYING: Final = 0.05


def why(likely: pd.DataFrame) -> str:
    """Return the evidence of the causes that are named.

    Parameters
    ----------
    likely
        Rows of the ranking.
    """
    pairs = zip(likely["name"], likely["evidence"], strict=True)
    return "Evidence: " + ". ".join(f"{name}: {words}" for name, words in pairs) + "."


def why_not(
    tests: pd.DataFrame,
    causes: pd.DataFrame,
    windows: tuple[RequestWindow, RequestWindow],
    *,
    alpha: float,
) -> str:
    """Return why no cause is named, and what would have been noticed.

    Parameters
    ----------
    tests
        All evidence.
    causes
        The ranking.
    windows
        The good and the bad window.
    alpha
        Share of false discoveries.
    """
    good, bad = windows
    shared = {*good.requests["node"]} & {*bad.requests["node"]}
    if not shared:
        return "The windows have no node in common; compare two windows of the same system."
    needed = _needed(tests, causes, bad, alpha=alpha)
    known = _noticed(tests), _waits(tests, good), _few(good.traces, bad.traces)
    parts = [_best(causes), needed, *known]
    return " ".join(filter(None, parts))


def _best(causes: pd.DataFrame) -> str:
    if causes.empty or causes["probability"].iloc[0] < _WORTH_SAYING:
        return "No node or edge got worse of itself, beyond chance."
    best = causes.iloc[0]
    sure = f"probability {sureness(best['probability'])}, corrected p-value {best['q']:.2g}"
    return f"Most suspicious is {best['name']}: {best['evidence']}; {sure}."


def _needed(tests: pd.DataFrame, causes: pd.DataFrame, bad: RequestWindow, *, alpha: float) -> str:
    """Return how long a good window would show that a few failures or throttles are no chance."""
    if causes.empty:
        return ""
    name = causes["name"].iloc[0]
    rare = tests[(tests["name"] == name) & tests["test"].isin([FAILURES, THROTTLES])]
    rare = rare[(rare["good"] == 0) & (rare["bad"] > 0) & (rare["q"] < 1)]
    if rare.empty:
        return ""
    row = rare.loc[rare["p"].idxmin()]
    of = int(bad.requests["trace"][bad.requests["node"] == name].nunique())
    hits = round(row["bad"] * of)
    traces = needed_without(hits, of, alpha=alpha * row["p"] / row["q"])
    return (
        f"That {hits} of {of} would be significant beside a good window of {traces:,} traces with "
        "none."
    )


def _noticed(tests: pd.DataFrame) -> str:
    """Return the least changes that would have been noticed in four of five cases, at any node."""
    largest = tests.groupby("test")["detectable"].max().dropna()
    parts = []
    if OWN_TIME in largest.index:
        parts.append(f"{milliseconds(largest[OWN_TIME])} more self time")
    if FAILURES in largest.index:
        parts.append(f"{percent(largest[FAILURES])} more failures or throttled requests")
    return f"At any node, {' or '.join(parts)} would probably have been noticed." if parts else ""


def _waits(tests: pd.DataFrame, good: RequestWindow) -> str:
    if (tests["test"] == WAIT).any() or not good.requests["wait_s"].notna().any():
        return ""
    return "Waits were not compared, since the bad window has more cold starts."


def _few(good: int, bad: int) -> str:
    if min(good, bad) >= _FEW_TRACES:
        return ""
    return f"With {good} and {bad} traces little can be known; {_FEW_TRACES} each are the least."
