"""Write service graph totals as the ``Services`` list of GetServiceGraph and GetTraceGraph."""

from collections import defaultdict, deque
from typing import Any

from .graph import (
    ERROR,
    FAULT,
    OK,
    THROTTLE,
    EdgeKey,
    GraphTotal,
    NodeTotal,
    Tally,
    to_ms,
)
from .nodes import NodeKey

Neighbours = dict[NodeKey, list[NodeKey]]


def services_from_total(graph: GraphTotal) -> list[dict[str, Any]]:
    """Give the services with their edges.

    ``ReferenceId`` counts along the calls, beginning with the roots; clients come last. Links are
    drawn where both ends are in the graph.
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
    """Give the nodes of a graph breadth first from its roots, clients last."""
    services = [key for key in graph.nodes if key.type != "client"]
    services.sort(key=lambda key: (not graph.nodes[key].root, *_first(key, graph.nodes[key].tally)))
    order: dict[NodeKey, None] = {}
    for start in services:
        waiting = deque([start])
        while waiting:
            key = waiting.popleft()
            if key not in order:
                order[key] = None
                waiting.extend(neighbours[key])
    clients = [key for key in graph.nodes if key.type == "client"]
    return [*order, *sorted(clients, key=lambda key: _first(key, graph.nodes[key].tally))]


def _first(key: NodeKey, tally: Tally) -> tuple[float, tuple[str, str, str]]:
    return tally.start_s, key.sort_key()


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
        "StartTime": node.tally.start_s,
        "EndTime": node.tally.end_s,
        "Edges": edges,
    }
    return service if key.type == "client" else service | _node_numbers(node)


def _node_numbers(node: NodeTotal) -> dict[str, Any]:
    return {
        "SummaryStatistics": statistics(node.tally),
        "DurationHistogram": histogram(node.tally.durations_ms),
        "ResponseTimeHistogram": histogram(node.tally.responses_ms),
    }


def _edge(reference_id: int, graph: GraphTotal, key: EdgeKey) -> dict[str, Any]:
    tally, names = graph.edges[key], sorted(graph.aliases.get(key, ()))
    return {
        "ReferenceId": reference_id,
        "StartTime": tally.start_s,
        "EndTime": tally.end_s,
        "SummaryStatistics": statistics(tally),
        "ResponseTimeHistogram": histogram(tally.responses_ms),
        "Aliases": [key[1]._replace(name=name).as_service_id() for name in names],
    }


def _links(
    graph: GraphTotal, reference_ids: dict[NodeKey, int]
) -> defaultdict[NodeKey, list[dict[str, Any]]]:
    found: defaultdict[NodeKey, list[dict[str, Any]]] = defaultdict(list)
    for (source, target), tally in sorted(graph.links.items(), key=lambda one: one[1].start_s):
        if source in reference_ids and target in reference_ids:
            found[source].append(_link(reference_ids[target], tally))
    return found


def _link(reference_id: int, tally: Tally) -> dict[str, Any]:
    return {
        "ReferenceId": reference_id,
        "StartTime": tally.start_s,
        "EndTime": tally.end_s,
        "SummaryStatistics": {},
        "ResponseTimeHistogram": [],
        "Aliases": [],
        "EdgeType": "link",
        "ReceivedEventAgeHistogram": histogram(tally.responses_ms),
    }


def statistics(tally: Tally) -> dict[str, Any]:
    """Give the ``ServiceStatistics`` or ``EdgeStatistics`` of a tally."""
    throttles, errors, faults = (tally.outcomes[one] for one in (THROTTLE, ERROR, FAULT))
    return {
        "OkCount": tally.outcomes[OK],
        "ErrorStatistics": {
            "ThrottleCount": throttles,
            "OtherCount": errors,
            "TotalCount": throttles + errors,
        },
        "FaultStatistics": {"OtherCount": faults, "TotalCount": faults},
        "TotalCount": sum(tally.outcomes),
        "TotalResponseTime": to_ms(tally.total_us) / 1000,
    }


def histogram(counts_by_ms: dict[int, int]) -> list[dict[str, float]]:
    """Give the entries of a histogram, values in seconds.

    Examples
    --------
    >>> histogram({250: 2})
    [{'Value': 0.25, 'Count': 2}]
    """
    return [
        {"Value": value / 1000, "Count": count} for value, count in sorted(counts_by_ms.items())
    ]
