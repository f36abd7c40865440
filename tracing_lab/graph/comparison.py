"""Where two service graphs differ."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from .model import Graph
from .statistics import COUNTS

_DIFFERENCE: Final = ("what", "item", "attribute", "first", "second")


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
