"""How two service graphs differ: in what traces show, or in their counts."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.stats.changes import Window, changes, judged
from tracing_lab.stats.comparison import own_times

from .model import Graph
from .requests import caller_keys, node_keys, requests_from_spans
from .statistics import COUNTS

_WHAT: Final = ("node", "edge")
_DIFFERENCE: Final = ("what", "item", "attribute", "first", "second")


def compare(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    operations: "pd.Series[str] | None" = None,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Return how the service graphs of two sets of traces differ: structure, latency and failures.

    Nodes and edges are tested together, as `stats.compare` tests services. Only nodes have own
    times: an edge shows what its caller waited.

    Parameters
    ----------
    first, second
        Span frames.
    operations
        What the segments of both were asked to do, from `spans.operations_from_traces`, to compare
        operations of services; see `service_graph_from_spans`.
    confidence
        Of the intervals; what is left to 1 is the share of false discoveries.
    seed
        Of the bootstrap.

    Returns
    -------
    comparison
        Indexed by ``what`` (node or edge, nodes first) and ``item``, the best founded difference on
        top: ``change`` (``added``, ``removed``, ``changed`` or ``same``; of what was added or
        removed, ``significant`` says whether chance hardly explains that it was in no trace of the
        other set), and the columns of `stats.compare`.

    Raises
    ------
    ValueError
        If `confidence` is not between 0 and 1.
    """
    parts = {}
    windows = (_windows(spans, operations) for spans in (first, second))
    for what, before, after in zip(_WHAT, *windows, strict=True):
        parts[what] = changes(before, after, ["item"], confidence=confidence, seed=seed)
    table = judged(pd.concat(parts, names=["what"]), confidence=confidence)
    places = np.argsort(table.index.get_level_values("what") != _WHAT[0], kind="stable")
    table = table.iloc[places]
    table.insert(0, "change", _kinds(table))
    return table


def compare_graphs(first: Graph, second: Graph) -> pd.DataFrame:
    """Return where two service graphs differ in nodes, edges or counts.

    Times are left out: X-Ray rounds them.

    Parameters
    ----------
    first, second
        Service graphs.

    Returns
    -------
    differences
        One row per difference with ``what`` (node or edge), ``item``, ``attribute``, and the
        values in ``first`` and ``second``, missing where the item is absent. Empty if they are
        equal.
    """
    rows = [
        *_differences("node", first.nodes, second.nodes),
        *_differences("edge", _edge_data(first), _edge_data(second)),
    ]
    return pd.DataFrame(rows, columns=list(_DIFFERENCE))


def _windows(spans: pd.DataFrame, operations: "pd.Series[str] | None") -> tuple[Window, Window]:
    """Return the requests that nodes served, and those that edges carried."""
    served, calls = requests_from_spans(spans, operations)
    count = spans.index.unique("trace_id").size
    pairs = zip(caller_keys(calls), node_keys(calls), strict=True)
    nodes = served.assign(item=node_keys(served), own_s=own_times(spans).to_numpy()[served.index])
    edges = calls.assign(item=[f"{source} -> {target}" for source, target in pairs], own_s=np.nan)
    return Window(nodes, count), Window(edges, count)


def _kinds(table: pd.DataFrame) -> list[str]:
    kinds = np.where(table["significant"], "changed", "same")
    kinds = np.where(table["traces_first"] == 0, "added", kinds)
    return [str(kind) for kind in np.where(table["traces_second"] == 0, "removed", kinds)]


def _edge_data(graph: Graph) -> dict[str, dict[str, Any]]:
    return {f"{source} -> {target}": data for source, target, data in graph.edges(data=True)}


def _differences(
    what: str, first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for item in {**first, **second}:
        mine, theirs = first.get(item, {}), second.get(item, {})
        rows += [
            (what, item, name, mine.get(name), theirs.get(name))
            for name in COUNTS
            if mine.get(name) != theirs.get(name)
        ]
    return rows
