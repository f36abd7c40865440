"""The statistics of a service graph's nodes and edges, from spans and from X-Ray's responses."""

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from tracing_lab.errors import TraceDataError

from .model import CLIENT, Node
from .requests import requests_from_spans
from .statistics import Statistics, statistics_from_document, statistics_of_requests

Nodes = dict[Node, Statistics]
Edges = dict[tuple[Node, Node], Statistics]

_NODE: Final = ["name", "type"]
_EDGE: Final = ["from_name", "from_type", "name", "type"]


def statistics_from_spans(spans: pd.DataFrame) -> tuple[Nodes, Edges]:
    """Return the statistics of each node and edge of a span frame.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    nodes, edges
        Statistics by node and by edge.
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
    return _with_clients(nodes, edges), edges


def statistics_from_response(response: Mapping[str, Any]) -> tuple[Nodes, Edges]:
    """Return the same from a response of GetServiceGraph or GetTraceGraph.

    Parameters
    ----------
    response
        The response; pages must have been joined into one ``Services`` list.

    Returns
    -------
    nodes, edges
        Statistics by node and by edge; nodes that differ only in the account are added up.

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
            target = node_of.get(edge["ReferenceId"])
            if target is None:
                msg = (
                    f"An edge of {source[0]} leads to service number {edge['ReferenceId']}, which "
                    "is not in the response. Join all pages of the response first."
                )
                raise TraceDataError(msg)
            key = (source, target)
            edges[key] = edges.get(key, Statistics()) + statistics_from_document(edge)
    return _with_clients(nodes, edges), edges


def _node(service: Mapping[str, Any]) -> Node:
    return service.get("Name") or "", service.get("Type") or ""


def _with_clients(nodes: Nodes, edges: Edges) -> Nodes:
    """Return nodes with the counts of what clients sent: X-Ray has no statistics of clients."""
    sent: Nodes = {}
    for (source, _), statistics in edges.items():
        if source[1] == CLIENT:
            sent[source] = sent.get(source, Statistics()) + statistics
    return nodes | {node: statistics.without_times() for node, statistics in sent.items()}
