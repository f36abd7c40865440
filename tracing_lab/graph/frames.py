"""Service graphs as tables, and back."""

import networkx as nx
import pandas as pd

from tracing_lab.frames import TEXT

from .model import Graph
from .statistics import COUNTS, TIMES


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
    nodes = pd.DataFrame(
        [data for _, data in graph.nodes(data=True)],
        index=pd.Index(list(graph.nodes), dtype=TEXT, name="node"),
        columns=["name", "kind", *COUNTS, *TIMES],
    )
    index = pd.MultiIndex.from_tuples(list(graph.edges), names=["source", "target"])
    rows = [data for _, _, data in graph.edges(data=True)]
    return nodes, pd.DataFrame(rows, index=index, columns=[*COUNTS, *TIMES])


def graph_from_frames(nodes: pd.DataFrame, edges: pd.DataFrame) -> Graph:
    """Return the service graph of the tables that `graph_to_frames` returned.

    Parameters
    ----------
    nodes
        A table of nodes by key.
    edges
        A table of edges by ``source`` and ``target``.

    Returns
    -------
    graph
        The service graph.
    """
    graph: Graph = nx.DiGraph()
    for key, data in zip(nodes.index, nodes.to_dict("records"), strict=True):
        graph.add_node(key, **{str(name): value for name, value in data.items()})
    for (source, target), data in zip(edges.index, edges.to_dict("records"), strict=True):
        graph.add_edge(source, target, **{str(name): value for name, value in data.items()})
    return graph
