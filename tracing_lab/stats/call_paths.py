"""Self time by call path: which calls below which calls took how long."""

import itertools
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.spans.self_time import accounted_parents
from tracing_lab.spans.tree import NO_ROW, Rows, families, levels

_COLUMNS: Final = ("parent", "service", "name", "kind", "depth", "count", "self_s", "total_s")


def call_paths(spans: pd.DataFrame) -> pd.DataFrame:
    """Return where time was spent, by call path.

    A path is the service and the name of a span, below the path of the span it is part of.
    Spans of all traces that have the same path count together. Time is self time, so the total of
    a path is the sum of what it and all below it took themselves, also where calls ran at the
    same time or went on after their caller had ended.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    paths
        One row per path, callers before what they call, numbered from 0: ``parent`` (number of
        the path above, -1 for none), ``service``, ``name``, ``kind``, ``depth``, ``count`` (of
        spans), ``self_s`` and ``total_s`` (seconds in all traces; spans in progress count as 0).

    Examples
    --------
    >>> from tracing_lab.spans import spans_from_traces
    >>> part = {"id": "53995c3f42cd8ad8", "name": "work", "start_time": 10.1, "end_time": 10.4}
    >>> shop = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> document = {**shop, "subsegments": [part]}
    >>> spans = spans_from_traces([{"Id": "1-0000000a-1", "Segments": [{"Document": document}]}])
    >>> call_paths(spans)[["parent", "name", "self_s", "total_s"]].round(3).values.tolist()
    [[-1, 'shop', 0.2, 0.5], [0, 'work', 0.3, 0.3]]
    """
    parents = accounted_parents(spans, families(spans)[0])
    path, first, above, sizes = _numbered(spans, parents)
    on_path = path != NO_ROW
    seconds = np.nan_to_num(spans["self_s"].to_numpy())[on_path]
    own = np.bincount(path[on_path], weights=seconds, minlength=len(first)).astype(np.float64)
    paths = spans[["service", "name", "kind"]].iloc[first].reset_index(drop=True)
    paths["parent"], paths["self_s"] = above, own
    paths["count"] = np.bincount(path[on_path], minlength=len(first))
    paths["depth"] = np.repeat(np.arange(len(sizes)), sizes)
    paths["total_s"] = _totals(own, above, sizes)
    return paths[list(_COLUMNS)]


def _numbered(spans: pd.DataFrame, parents: Rows) -> tuple[Rows, Rows, Rows, list[int]]:
    """Return the numbers of paths, counted level by level.

    Returns
    -------
    path, first, above, sizes
        The path of each span, a span of each path, the path above each path, and how many paths
        each level has.
    """
    keys = spans.groupby(["service", "name"], sort=False, observed=True).ngroup().to_numpy()
    path = np.full(len(spans), NO_ROW, dtype=np.int64)
    sizes: list[int] = []
    firsts, callers = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for level in levels(parents):
        above = np.where(parents[level] == NO_ROW, NO_ROW, path[parents[level]])
        pairs = (above + 1) * (keys.max() + 1) + keys[level]
        _, first, number = np.unique(pairs, return_index=True, return_inverse=True)
        path[level] = number + sum(sizes)
        firsts.append(level[first])
        callers.append(above[first])
        sizes.append(len(first))
    return path, np.concatenate(firsts), np.concatenate(callers), sizes


def _totals(own: npt.NDArray[np.float64], above: Rows, sizes: list[int]) -> npt.NDArray[np.float64]:
    """Add what is below to each path, from the deepest level up."""
    total = own.copy()
    for begin, end in [*itertools.pairwise(np.cumsum(sizes).tolist())][::-1]:
        np.add.at(total, above[begin:end], total[begin:end])
    return total
