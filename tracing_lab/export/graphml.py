"""Service graphs as GraphML."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx

from tracing_lab import files
from tracing_lab.graph import Graph


def graph_to_graphml(graph: Graph, path: str | os.PathLike[str]) -> Path:
    """Write a service graph for graph tools such as Gephi, yEd or Cytoscape.

    Parameters
    ----------
    graph
        A service graph.
    path
        File to write; its folder is made when missing.

    Returns
    -------
    path
        The file written.
    """
    known: Graph = nx.DiGraph()
    for node, data in graph.nodes(data=True):
        known.add_node(node, **_known(data))
    for source, target, data in graph.edges(data=True):
        known.add_edge(source, target, **_known(data))
    return files.write_bytes(path, "\n".join(nx.generate_graphml(known)).encode())


def _known(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are known: GraphML has no missing values."""
    return {name: value for name, value in data.items() if value == value}  # noqa: PLR0124 - NaN
