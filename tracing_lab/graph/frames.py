"""Service graphs as tables, and back."""

from typing import Final

import networkx as nx
import pandas as pd

from tracing_lab.spans.frames import TEXT

from .model import Graph
from .statistics import BUS_TIMES, COUNTS, RATES, TIMES

_NODE: Final = ("name", "kind", "operation")
_COLUMNS: Final = (*COUNTS, *RATES, *TIMES)


def graph_to_frames(graph: Graph) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a service graph as tables.

    Parameters
    ----------
    graph
        A service graph.

    Returns
    -------
    nodes, edges
        A table of nodes by key, and one of edges by ``source`` and ``target``.
    """
    rows = [data for _, data in graph.nodes(data=True)]
    has_operations = any("operation" in data for data in rows)
    nodes = pd.DataFrame(
        rows,
        index=pd.Index(list(graph.nodes), dtype=TEXT, name="node"),
        columns=[*_NODE[: 2 + has_operations], *_COLUMNS],
    )
    index = pd.MultiIndex.from_tuples(list(graph.edges), names=["source", "target"])
    rows = [data for _, _, data in graph.edges(data=True)]
    return nodes, pd.DataFrame(rows, index=index, columns=[*_COLUMNS, *BUS_TIMES])


def graph_from_frames(nodes: pd.DataFrame, edges: pd.DataFrame) -> Graph:
    """Return the service graph of the tables that `graph_to_frames` returned.

    Parameters
    ----------
    nodes
        A table of nodes by key.
    edges
        A table of edges by ``source`` and ``target``.
    """
    graph: Graph = nx.DiGraph()
    for key, data in zip(nodes.index, nodes.to_dict("records"), strict=True):
        graph.add_node(key, **{str(name): value for name, value in data.items()})
    for (source, target), data in zip(edges.index, edges.to_dict("records"), strict=True):
        graph.add_edge(source, target, **{str(name): value for name, value in data.items()})
    return graph
