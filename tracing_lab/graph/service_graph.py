"""Service graphs, from span frames and from X-Ray's own responses."""

from collections.abc import Mapping
from math import nan
from typing import Any

import networkx as nx
import pandas as pd

from tracing_lab.errors import TraceDataError
from tracing_lab.xray_model.nodes import CLIENT

from .model import Graph, Node
from .queue_edges import queue_edges
from .requests import caller_columns, node_columns, requests_from_spans
from .statistics import Statistics, statistics_from_document, statistics_of_requests

Nodes = dict[Node, Statistics]
Edges = dict[tuple[Node, Node], Statistics]


def service_graph_from_spans(
    spans: pd.DataFrame,
    *,
    operations: "pd.Series[str] | None" = None,
    links: pd.DataFrame | None = None,
) -> Graph:
    """Return the service graph of traces, as X-Ray draws it.

    Parameters
    ----------
    spans
        A span frame.
    operations
        What segments were asked to do, from `spans.operations_from_traces`: a node then is a
        service with one operation, which is in its attribute ``operation``. X-Ray has no such
        graph.
    links
        From `spans.links_from_traces`: edges lead from queues to the functions that read them,
        as in X-Ray's graph. They count no requests; their time on the bus is the messages' age.
        They are left out of a graph of operations.

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
    served, calls = requests_from_spans(spans, operations)
    keys = node_columns(served)
    nodes: Nodes = {
        Node(*map(str, key)): statistics_of_requests(rows) for key, rows in served.groupby(keys)
    }
    edges: Edges = {
        (Node(*map(str, key[: len(keys)])), Node(*map(str, key[len(keys) :]))): (
            statistics_of_requests(rows)
        )
        for key, rows in calls.groupby([*caller_columns(calls), *keys])
    }
    if links is not None and operations is None:
        known = queue_edges(spans, links)
        edges |= {edge: found for edge, found in known.items() if nodes.keys() >= set(edge)}
    window_s = (spans["end"].max() - spans["start"].min()).total_seconds()
    return graph_from_statistics(
        nodes, edges, window_s=window_s, has_operations=operations is not None
    )


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
    return graph_from_statistics(nodes, edges, window_s=_window_s(response))


def _window_s(response: Mapping[str, Any]) -> float:
    """Return how long a response's time range is: the requested one, or that of its services."""
    ranges = [response] if response.get("StartTime") else response["Services"]
    first = min(
        (_seconds(document["StartTime"]) for document in ranges if document.get("StartTime")),
        default=nan,
    )
    return (
        max(
            (_seconds(document["EndTime"]) for document in ranges if document.get("EndTime")),
            default=nan,
        )
        - first
    )


def _seconds(time: Any) -> float:
    """Return a time in seconds, of a response that boto3, the aws tool or HTTP returned."""
    return float(time) if isinstance(time, int | float) else pd.Timestamp(time).timestamp()


def _target(edge: Mapping[str, Any], source: Node, node_of: Mapping[int, Node]) -> Node:
    number = edge["ReferenceId"]
    if number not in node_of:
        msg = (
            f"An edge of {source[0]} leads to service number {number}, which is not in the "
            "response. Join all pages of the response first."
        )
        raise TraceDataError(msg)
    return node_of[number]


def graph_from_statistics(
    nodes: Nodes, edges: Edges, *, window_s: float, has_operations: bool = False
) -> Graph:
    """Return the service graph of nodes and edges.

    Parameters
    ----------
    nodes
        What each node served, by name and type; those of clients follow from the edges.
    edges
        What each edge carried, by source and target.
    window_s
        Seconds during which the requests were observed, NaN when unknown.
    has_operations
        Whether nodes are those of operations.

    Returns
    -------
    graph
        Nodes and edges with the attributes that `tracing_lab.graph` describes.
    """
    graph: Graph = nx.DiGraph()
    for node, statistics in _with_clients(nodes, edges).items():
        operation = {"operation": node.operation} if has_operations else {}
        attributes = statistics.node_attributes(window_s)
        graph.add_node(node.key, name=node.name, kind=node.kind, **operation, **attributes)
    for (source, target), statistics in edges.items():
        graph.add_edge(source.key, target.key, **statistics.edge_attributes(window_s))
    return graph


def _node(service: Mapping[str, Any]) -> Node:
    return Node(service.get("Name") or "", service.get("Type") or "")


def _with_clients(nodes: Nodes, edges: Edges) -> Nodes:
    """Return nodes with the counts of what clients sent: X-Ray has no statistics of clients."""
    sent: Nodes = {}
    for (source, _), statistics in edges.items():
        if source.kind == CLIENT:
            sent[source] = sent.get(source, Statistics()) + statistics
    return nodes | {node: statistics.without_times() for node, statistics in sent.items()}
