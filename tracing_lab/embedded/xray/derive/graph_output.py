"""Builds the ``Services`` list of GetServiceGraph and GetTraceGraph from totals."""

from collections import defaultdict, deque
from typing import Any

from tracing_lab.xray_model.nodes import CLIENT
from tracing_lab.xray_model.statistics import RequestCounts, histogram_from_counts, to_ms

from .graph import EdgeKey, GraphTotal, NodeTotal, RequestStatistics
from .nodes import NodeKey

Neighbours = dict[NodeKey, list[NodeKey]]


def services_from_total(graph: GraphTotal) -> list[dict[str, Any]]:
    """Return the services with their edges.

    ``ReferenceId`` increases along the calls, from the roots on; clients come last. Links are
    included if both ends are in the graph.
    """
    neighbours = _neighbours(graph)
    reference_ids = {key: number for number, key in enumerate(_node_order(graph, neighbours))}
    links = _links(graph, reference_ids)
    return [
        _service(
            key,
            graph,
            [_edge(reference_ids[to], graph, (key, to)) for to in neighbours[key]] + links[key],
            number,
        )
        for key, number in reference_ids.items()
    ]


def _node_order(graph: GraphTotal, neighbours: Neighbours) -> list[NodeKey]:
    """Return the nodes of a graph breadth first from its roots, clients last."""
    nodes = graph.nodes
    services = [key for key in nodes if key.type != CLIENT]
    services.sort(key=lambda key: (not nodes[key].root, *_first(key, nodes[key].statistics)))
    order: dict[NodeKey, None] = {}
    for start in services:
        waiting = deque([start])
        while waiting:
            key = waiting.popleft()
            if key not in order:
                order[key] = None
                waiting.extend(neighbours[key])
    clients = [key for key in nodes if key.type == CLIENT]
    return [*order, *sorted(clients, key=lambda key: _first(key, nodes[key].statistics))]


def _first(key: NodeKey, counted: RequestStatistics) -> tuple[float, tuple[str, str, str]]:
    return counted.start_s, key.sort_key()


def _neighbours(graph: GraphTotal) -> Neighbours:
    neighbours: Neighbours = {key: [] for key in graph.nodes}
    edges = sorted(graph.edges, key=lambda edge: _first(edge[1], graph.edges[edge]))
    for source, target in edges:
        neighbours[source].append(target)
    return neighbours


def _service(
    key: NodeKey, graph: GraphTotal, edges: list[dict[str, Any]], reference_id: int
) -> dict[str, Any]:
    node = graph.nodes[key]
    service: dict[str, Any] = {"ReferenceId": reference_id, **key.as_service_id()}
    if node.root:
        service["Root"] = True
    service |= {
        "State": "active" if node.active else "unknown",
        "StartTime": node.statistics.start_s,
        "EndTime": node.statistics.end_s,
        "Edges": edges,
    }
    return service if key.type == CLIENT else service | _node_numbers(node)


def _node_numbers(node: NodeTotal) -> dict[str, Any]:
    return {
        "SummaryStatistics": statistics(node.statistics),
        "DurationHistogram": histogram(node.statistics.durations_ms),
        "ResponseTimeHistogram": histogram(node.statistics.responses_ms),
    }


def _edge(reference_id: int, graph: GraphTotal, key: EdgeKey) -> dict[str, Any]:
    counted, names = graph.edges[key], sorted(graph.aliases.get(key, ()))
    return {
        "ReferenceId": reference_id,
        "StartTime": counted.start_s,
        "EndTime": counted.end_s,
        "SummaryStatistics": statistics(counted),
        "ResponseTimeHistogram": histogram(counted.responses_ms),
        "Aliases": [key[1]._replace(name=name).as_service_id() for name in names],
    }


def _links(
    graph: GraphTotal, reference_ids: dict[NodeKey, int]
) -> defaultdict[NodeKey, list[dict[str, Any]]]:
    found: defaultdict[NodeKey, list[dict[str, Any]]] = defaultdict(list)
    for (source, target), counted in sorted(graph.links.items(), key=lambda link: link[1].start_s):
        if source in reference_ids and target in reference_ids:
            found[source].append(_link(reference_ids[target], counted))
    return found


def _link(reference_id: int, counted: RequestStatistics) -> dict[str, Any]:
    return {
        "ReferenceId": reference_id,
        "StartTime": counted.start_s,
        "EndTime": counted.end_s,
        "SummaryStatistics": {},
        "ResponseTimeHistogram": [],
        "Aliases": [],
        "EdgeType": "link",
        "ReceivedEventAgeHistogram": histogram(counted.responses_ms),
    }


def statistics(counted: RequestStatistics) -> dict[str, Any]:
    """Return the ``ServiceStatistics`` or ``EdgeStatistics`` of counts."""
    counts = RequestCounts(*counted.outcomes)
    return {**counts.as_statistics(), "TotalResponseTime": to_ms(counted.total_us) / 1000}


def histogram(counts_by_ms: dict[int, int]) -> list[dict[str, float]]:
    """Return the entries of a histogram, values in seconds.

    Examples
    --------
    >>> histogram({250: 2})
    [{'Value': 0.25, 'Count': 2}]
    """
    return histogram_from_counts({ms / 1000: count for ms, count in counts_by_ms.items()})
