"""Service graphs as GraphML."""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import networkx as nx

from tracing_lab import files
from tracing_lab.graph import Graph

_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def graph_to_graphml(graph: Graph, path: str | os.PathLike[str]) -> Path:
    """Write a service graph for graph tools such as Gephi, yEd or Cytoscape.

    GraphML has no lists, so histograms are JSON texts in it; what is unknown is left out,
    and characters that XML does not have are replaced.

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
        known.add_node(_xml(node), **_known(data))
    for source, target, data in graph.edges(data=True):
        known.add_edge(_xml(source), _xml(target), **_known(data))
    return files.write_bytes(path, "\n".join(nx.generate_graphml(known)).encode())


def _known(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that are known: GraphML has neither missing values nor lists."""
    known = {name: value for name, value in data.items() if value == value}  # noqa: PLR0124 - NaN
    texts = {name: _xml(value) for name, value in known.items() if isinstance(value, str)}
    return known | texts | {"histogram": json.dumps(data["histogram"])}


def _xml(text: str) -> str:
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)
