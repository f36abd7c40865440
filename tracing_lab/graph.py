"""Service graphs and trace trees as networkx graphs.

A service graph has X-Ray's nodes: one per service name and AWS resource type, so a Lambda
function is two nodes (``AWS::Lambda`` takes the request, ``AWS::Lambda::Function`` runs the
code), what sends no segments of its own is a node too (an event bus, a table), and each entry
has a client. Node keys read ``payment-fn [AWS::Lambda]``; without a type, just the name. Nodes
and edges have

=========== ==================================================================================
``requests``  how many were answered; a client's are those it sent
``errors``    of these, 4xx answers, throttles included
``throttles`` of these again, 429 answers
``faults``    of the requests, 5xx answers
``p50_s``     median response time in seconds; NaN when unknown, as for clients
``p95_s``     95th percentile of the response times
=========== ==================================================================================

and nodes ``name`` and ``kind`` (the type) besides. A node's numbers are what it said of itself, an
edge's are what the caller saw, so they may differ.

The graph is AWS's, see https://docs.aws.amazon.com/xray/latest/devguide/xray-api-gettingdata.html
"""

from collections.abc import Mapping
from typing import Any, Final

import networkx as nx
import pandas as pd

from ._graph_sources import (
    Edges,
    Nodes,
    requests_from_spans,
    tallies_from_document,
    tallies_from_spans,
)
from ._span_schema import TEXT
from ._tally import COUNTS, TIMES
from ._trace_tree import Graph, critical_path, one_trace, trace_tree_from_spans

__all__ = [
    "Graph",
    "compare_graphs",
    "critical_path",
    "graph_from_frames",
    "graph_to_frames",
    "node_key",
    "one_trace",
    "requests_behind",
    "service_graph_from_document",
    "service_graph_from_spans",
    "trace_tree_from_spans",
]

_REQUEST: Final = ["trace_id", "status", "duration_s"]
_DIFFERENCE: Final = ("what", "item", "attribute", "first", "second")


def node_key(name: str, kind: str) -> str:
    """Give the key of a node in a service graph.

    Parameters
    ----------
    name
        Name of the service.
    kind
        AWS resource type, ``client``, ``remote`` or nothing.

    Returns
    -------
    key
        What identifies the node.

    Examples
    --------
    >>> node_key("payment-fn", "AWS::Lambda")
    'payment-fn [AWS::Lambda]'
    """
    return f"{name} [{kind}]" if kind else name


def service_graph_from_spans(spans: pd.DataFrame) -> Graph:
    """Make the service graph of traces, as X-Ray would draw it.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    graph
        Nodes and edges with the attributes that this module describes.

    Examples
    --------
    >>> from tracing_lab.spans import spans_from_traces
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> spans = spans_from_traces([{"Id": "1-0000000a-1", "Segments": [{"Document": document}]}])
    >>> list(service_graph_from_spans(spans).edges(data="requests"))
    [('shop [client]', 'shop', 1)]
    """
    return _graph(*tallies_from_spans(spans))


def service_graph_from_document(response: Mapping[str, Any]) -> Graph:
    """Make the same graph from X-Ray's own answer, to compare the two.

    This module works offline: `tracing_lab.xray.fetch_service_graph` fetches the answer and makes
    the graph in one call.

    Parameters
    ----------
    response
        What GetServiceGraph or GetTraceGraph returned, all pages joined.

    Returns
    -------
    graph
        Nodes and edges with the attributes that this module describes.

    Raises
    ------
    TraceDataError
        If the answer has no ``Services``, or an edge leads to a service that it does not have.
    """
    return _graph(*tallies_from_document(response))


def requests_behind(spans: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List the requests that `service_graph_from_spans` counts at each node and on each edge.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    served, calls
        One row per request, with ``trace_id``, ``status`` and ``duration_s``. `served` is indexed
        by ``node``, `calls` by ``source`` and ``target``, all of them keys of nodes. Requests in
        progress are listed, too; the graph does not count them yet.

    Examples
    --------
    >>> from tracing_lab.spans import spans_from_traces
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> spans = spans_from_traces([{"Id": "1-0000000a-1", "Segments": [{"Document": document}]}])
    >>> _, calls = requests_behind(spans)
    >>> calls.reset_index().values.tolist()
    [['shop [client]', 'shop', '1-0000000a-1', 'ok', 0.5]]
    """
    served, calls = requests_from_spans(spans)
    targets = _keys(calls, "name", "type")
    sources = _keys(calls, "from_name", "from_type")
    return (
        served[_REQUEST].set_axis(pd.Index(_keys(served, "name", "type"), name="node")),
        calls[_REQUEST].set_axis(
            pd.MultiIndex.from_arrays([sources, targets], names=["source", "target"])
        ),
    )


def compare_graphs(first: Graph, second: Graph) -> pd.DataFrame:
    """List where two service graphs disagree on nodes, edges or counts.

    Times are left out: X-Ray rounds them.

    Parameters
    ----------
    first, second
        Service graphs.

    Returns
    -------
    differences
        One row per difference with ``what`` (node or edge), ``item``, ``attribute``, and the
        values in ``first`` and ``second``, missing where the item is absent. Empty if they agree.
    """
    rows = [
        *_differences("node", first.nodes, second.nodes),
        *_differences("edge", _edge_data(first), _edge_data(second)),
    ]
    return pd.DataFrame(rows, columns=list(_DIFFERENCE))


def graph_to_frames(graph: Graph) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Turn a service graph into tables.

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
    """Turn the tables of `graph_to_frames` back into a service graph.

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


def _graph(nodes: Nodes, edges: Edges) -> Graph:
    graph: Graph = nx.DiGraph()
    for (name, kind), tally in nodes.items():
        graph.add_node(node_key(name, kind), name=name, kind=kind, **tally.attributes())
    for (source, target), tally in edges.items():
        graph.add_edge(node_key(*source), node_key(*target), **tally.attributes())
    return graph


def _keys(requests: pd.DataFrame, name: str, kind: str) -> list[str]:
    return [node_key(*pair) for pair in zip(requests[name], requests[kind], strict=True)]


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
