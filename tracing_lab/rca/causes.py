"""Nodes and edges ranked by how probably they are the cause."""

from typing import Final

import pandas as pd

from .calibration import probabilities
from .model import NODE, WAIT, Evidence, service_of
from .words import in_words

CAUSE_COLUMNS: Final = ("name", "kind", "score", "probability", "evidence", "q", "tests")

_PLAUSIBLE: Final = 0.2
"""P-value up to which a rise is listed."""

_BUSY_IMPACT: Final = 0.03
"""Impact from which a service keeps environments busy, so that its callers wait."""


def candidates(evidence: pd.DataFrame) -> pd.DataFrame:
    """Return each node or edge with a rise, and its strongest evidence.

    Parameters
    ----------
    evidence
        As `tracing_lab.rca.evidence.evidence` returns it.

    Returns
    -------
    candidates
        Indexed by ``kind`` and ``name``: ``impact`` (of the strongest test), ``p`` and ``q`` (the
        smallest), ``tests`` (which show a rise, the largest impact first) and
        ``words``.
    """
    rises = evidence[(evidence["p"] < _PLAUSIBLE) & (evidence["change"] > 0)]
    rises = rises[~_is_explained_wait(rises)]
    rows = rises[[*Evidence._fields]].itertuples(index=False)
    words = [in_words(Evidence(*row)) for row in rows]
    rises = rises.assign(words=pd.Series(words, rises.index, dtype=str))
    rises = rises.sort_values("impact", ascending=False, kind="stable")
    groups = rises.groupby(["kind", "name"], sort=False)
    return pd.DataFrame(
        {
            "impact": groups["impact"].max(),
            "p": groups["p"].min(),
            "q": groups["q"].min(),
            "tests": groups["test"].agg(tuple),
            "words": groups["words"].agg("; ".join),
        }
    )


def ranked(found: pd.DataFrame) -> pd.DataFrame:
    """Return candidates as a ranking.

    Parameters
    ----------
    found
        As `candidates` returns them.

    Returns
    -------
    causes
        One row per node or edge, the most probable first, with `CAUSE_COLUMNS`.
    """
    table = found.assign(probability=probabilities(found)).reset_index()
    table = table.rename(columns={"impact": "score", "words": "evidence"})
    table = table.sort_values(["probability", "score"], ascending=False, kind="stable")
    return table[[*CAUSE_COLUMNS]].reset_index(drop=True)


def _is_explained_wait(rises: pd.DataFrame) -> "pd.Series[bool]":
    """Return which rows are waits for a service that works longer itself, and is free later."""
    services = rises["name"].map(service_of)
    works_longer = (rises["kind"] == NODE) & (rises["impact"] >= _BUSY_IMPACT)
    return (rises["test"] == WAIT) & services.isin(services[works_longer])
