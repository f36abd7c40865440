"""Service graphs, from span frames and from X-Ray's own responses."""

from collections.abc import Mapping
from typing import Any, Final

import networkx as nx
import pandas as pd

from tracing_lab.errors import TraceDataError

from .model import CLIENT, Graph, Node, node_key
from .requests import requests_from_spans
from .statistics import Statistics, statistics_from_document, statistics_of_requests

Nodes = dict[Node, Statistics]
Edges = dict[tuple[Node, Node], Statistics]

_NODE: Final = ["name", "type"]
_EDGE: Final = ["from_name", "from_type", "name", "type"]


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
    served, calls = requests_from_spans(spans)
    nodes: Nodes = {
        (str(name), str(type_)): statistics_of_requests(rows)
        for (name, type_), rows in served.groupby(_NODE)
    }
    edges: Edges = {
        ((str(key[0]), str(key[1])), (str(key[2]), str(key[3]))): statistics_of_requests(rows)
        for key, rows in calls.groupby(_EDGE)
    }
    return _graph(nodes, edges)


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
    services = response.get("Services")
    if services is None:
        msg = (
            "The response has no Services. Pass what get_service_graph or get_trace_graph returned."
        )
        raise TraceDataError(msg)
    node_of = {service["ReferenceId"]: _node(service) for service in services}
    nodes: Nodes = {}
    edges: Edges = {}
    for service in services:
        source = _node(service)
        nodes[source] = nodes.get(source, Statistics()) + statistics_from_document(service)
        for edge in service.get("Edges") or ():
            key = (source, _target(edge, source, node_of))
            edges[key] = edges.get(key, Statistics()) + statistics_from_document(edge)
    return _graph(nodes, edges)


def _target(edge: Mapping[str, Any], source: Node, node_of: Mapping[int, Node]) -> Node:
    number = edge["ReferenceId"]
    if number not in node_of:
        msg = (
            f"An edge of {source[0]} leads to service number {number}, which is not in the "
            "response. Join all pages of the response first."
        )
        raise TraceDataError(msg)
    return node_of[number]


def _graph(nodes: Nodes, edges: Edges) -> Graph:
    graph: Graph = nx.DiGraph()
    for (name, kind), statistics in _with_clients(nodes, edges).items():
        graph.add_node(node_key(name, kind), name=name, kind=kind, **statistics.attributes())
    for (source, target), statistics in edges.items():
        graph.add_edge(node_key(*source), node_key(*target), **statistics.attributes())
    return graph


def _node(service: Mapping[str, Any]) -> Node:
    return service.get("Name") or "", service.get("Type") or ""


def _with_clients(nodes: Nodes, edges: Edges) -> Nodes:
    """Return nodes with the counts of what clients sent: X-Ray has no statistics of clients."""
    sent: Nodes = {}
    for (source, _), statistics in edges.items():
        if source[1] == CLIENT:
            sent[source] = sent.get(source, Statistics()) + statistics
    return nodes | {node: statistics.without_times() for node, statistics in sent.items()}
