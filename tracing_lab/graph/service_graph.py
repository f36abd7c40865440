"""Service graphs, from span frames and from X-Ray's own responses."""

from collections.abc import Mapping
from typing import Any

import networkx as nx
import pandas as pd

from .model import Graph, node_key
from .sources import Edges, Nodes, statistics_from_response, statistics_from_spans


def service_graph_from_spans(spans: pd.DataFrame) -> Graph:
    """Return the service graph of traces, as X-Ray draws it.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    graph
        Nodes and edges with the attributes that `tracing_lab.graph` describes.

    Examples
    --------
    >>> from tracing_lab.spans import spans_from_traces
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> spans = spans_from_traces([{"Id": "1-0000000a-1", "Segments": [{"Document": document}]}])
    >>> list(service_graph_from_spans(spans).edges(data="requests"))
    [('shop [client]', 'shop', 1)]
    """
    return _graph(*statistics_from_spans(spans))


def service_graph_from_document(response: Mapping[str, Any]) -> Graph:
    """Return the same graph from X-Ray's own response, to compare the two.

    This function works offline: `tracing_lab.xray.fetch_service_graph` fetches the response and
    makes the graph in one call.

    Parameters
    ----------
    response
        What GetServiceGraph or GetTraceGraph returned, all pages joined.

    Returns
    -------
    graph
        Nodes and edges with the attributes that `tracing_lab.graph` describes.

    Raises
    ------
    TraceDataError
        If the response has no ``Services``, or an edge leads to a service that it does not have.
    """
    return _graph(*statistics_from_response(response))


def _graph(nodes: Nodes, edges: Edges) -> Graph:
    graph: Graph = nx.DiGraph()
    for (name, kind), statistics in nodes.items():
        graph.add_node(node_key(name, kind), name=name, kind=kind, **statistics.attributes())
    for (source, target), statistics in edges.items():
        graph.add_edge(node_key(*source), node_key(*target), **statistics.attributes())
    return graph
