"""Which spans of a large trace have a row of a waterfall, and which share one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from tracing_lab.spans.tree import NO_ROW, Flags, Rows, levels
from tracing_lab.xray_model.outcomes import FAILURES

_FAILED_SHARE: Final = 0.25  # of the rows, at most, for spans because they failed
_TRIES: Final = 20  # candidates looked at per row, where they are too deep to have a row


@dataclass(frozen=True)
class Chosen:
    """The rows of a trace that are drawn, and those that are collapsed.

    Parameters
    ----------
    shown
        Row numbers of spans that have a row of their own, rising.
    collapsed
        Row numbers of the others, by the row of the shown span that they are below of; those
        without one are under `NO_ROW`.
    """

    shown: Rows
    collapsed: Mapping[int, Rows]


def chosen_rows(trace: pd.DataFrame, parents: Rows, *, most: int | None) -> Chosen:
    """Choose the spans that have a row: the longest and the first failures, with what is above.

    Parameters
    ----------
    trace
        Rows of one trace.
    parents
        Row number of each span's parent, -1 where there is none.
    most
        How many rows there may be, those of collapsed spans included; all by default.
    """
    if most is None or len(trace) <= most:
        return Chosen(np.arange(len(trace)), {})
    shown = _shown(trace, parents, most // 2)
    owners = _owners(parents, shown)
    hidden = np.flatnonzero(~shown)
    hidden = hidden[np.argsort(owners[hidden], kind="stable")]
    keys, begin = np.unique(owners[hidden], return_index=True)
    groups = np.split(hidden, begin[1:])
    collapsed = dict(zip(keys.tolist(), groups, strict=True))
    return Chosen(np.flatnonzero(shown), collapsed)


def _shown(trace: pd.DataFrame, parents: Rows, most: int) -> Flags:
    durations = trace["duration_s"].fillna(np.inf).to_numpy()  # in progress: it may become long
    longest = np.argsort(-durations, kind="stable")
    failed = np.flatnonzero(trace["status"].isin(FAILURES).to_numpy(dtype=bool))
    shown = np.zeros(len(trace), dtype=bool)
    spent = _show(shown, parents, failed, int(most * _FAILED_SHARE))
    _show(shown, parents, longest, most - spent)
    return shown


def _show(shown: Flags, parents: Rows, candidates: Rows, most: int) -> int:
    """Show candidates with what is above them while there is room; return how many rows it took."""
    spent = 0
    for candidate in candidates[: most * _TRIES].tolist():
        above: list[int] = []
        row = candidate
        while row != NO_ROW and not shown[row] and len(above) <= most - spent:
            above.append(row)
            row = parents[row]
        if len(above) <= most - spent:
            shown[above] = True
            spent += len(above)
    return spent


def _owners(parents: Rows, shown: Flags) -> Rows:
    """Return the shown span that each span is below of."""
    owners = parents.copy()
    for level in [*levels(parents)][1:]:
        above = parents[level]
        owners[level] = np.where(shown[above], above, owners[above])
    return owners
