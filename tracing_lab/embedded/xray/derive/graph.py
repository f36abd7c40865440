"""The service graph as map and merge.

`observe` returns the contribution of one trace (cache it), `total` sums observations, `merge` sums
totals. Counts are integers and times integer microseconds, so that any partition of the traces
merges to exactly the graph of all of them. Statistics follow AWS X-Ray's API reference
(``Service``, ``Edge``) and published graphs: a node's numbers come from its own segments, an edge's
from the upstream observer.
"""

import math
import operator
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tracing_lab.embedded.model import Document
from tracing_lab.xray_model.calls import observer_of_call
from tracing_lab.xray_model.outcomes import IN_PROGRESS, OK, status_of
from tracing_lab.xray_model.statistics import RequestCounts, to_ms

from .graph_links import LinkObservation, links_of
from .nodes import NodeKey, client_of, nodes_of
from .tree import ProcessedTrace, is_subsegment, walk

_STATUSES = RequestCounts._fields
_OK = _STATUSES.index(OK)

EdgeKey = tuple[NodeKey, NodeKey]


class ObservedRequest(NamedTuple):
    """One request as observed by one of its two sides.

    Parameters
    ----------
    start_s
        Start, epoch seconds.
    end_s
        End, epoch seconds; the start while in progress.
    outcome
        Position of its status in `RequestCounts`; None while in progress.
    response_us
        Response time, microseconds.
    duration_us
        From the first start to the last end of all its parts, microseconds.
    """

    start_s: float
    end_s: float
    outcome: int | None
    response_us: int
    duration_us: int


class NodeObservation(NamedTuple):
    """The contribution of a segment to its node."""

    key: NodeKey
    request: ObservedRequest
    root: bool
    active: bool


class EdgeObservation(NamedTuple):
    """The contribution of a call to its edge.

    Parameters
    ----------
    key
        Source and target node.
    request
        The call.
    alias
        The caller's name of the callee, if it is not the callee's own name.
    """

    key: EdgeKey
    request: ObservedRequest
    alias: str | None = None


class Observations(NamedTuple):
    """The contribution of a trace to the graph."""

    nodes: tuple[NodeObservation, ...]
    edges: tuple[EdgeObservation, ...]
    links: tuple[LinkObservation, ...] = ()


@dataclass(slots=True)
class RequestStatistics:
    """Statistics of the requests of a node or an edge; histograms count them by milliseconds."""

    start_s: float = math.inf
    end_s: float = -math.inf
    outcomes: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    total_us: int = 0
    responses_ms: Counter[int] = field(default_factory=Counter)
    durations_ms: Counter[int] = field(default_factory=Counter)

    def add(self, request: ObservedRequest) -> None:
        """Count one request."""
        self.start_s = min(self.start_s, request.start_s)
        self.end_s = max(self.end_s, request.end_s)
        if request.outcome is None:
            return
        self.outcomes[request.outcome] += 1
        self.total_us += request.response_us
        self.responses_ms[to_ms(request.response_us)] += 1
        self.durations_ms[to_ms(request.duration_us)] += 1

    def merge(self, other: "RequestStatistics") -> None:
        """Add the counts of other statistics."""
        self.start_s = min(self.start_s, other.start_s)
        self.end_s = max(self.end_s, other.end_s)
        self.total_us += other.total_us
        self.outcomes = list(map(operator.add, self.outcomes, other.outcomes))
        self.responses_ms.update(other.responses_ms)
        self.durations_ms.update(other.durations_ms)


@dataclass(slots=True)
class NodeTotal:
    """Totals of one node."""

    statistics: RequestStatistics = field(default_factory=RequestStatistics)
    root: bool = False
    active: bool = False


def _by_edge() -> "defaultdict[EdgeKey, RequestStatistics]":
    return defaultdict(RequestStatistics)


@dataclass(slots=True)
class GraphTotal:
    """Totals of a set of traces; only their creator may change them."""

    nodes: defaultdict[NodeKey, NodeTotal] = field(default_factory=lambda: defaultdict(NodeTotal))
    edges: defaultdict[EdgeKey, RequestStatistics] = field(default_factory=_by_edge)
    # the response times of links are ages of events
    links: defaultdict[EdgeKey, RequestStatistics] = field(default_factory=_by_edge)
    aliases: defaultdict[EdgeKey, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, observations: Observations) -> None:
        """Add one trace."""
        for key, request, root, active in observations.nodes:
            node = self.nodes[key]
            node.statistics.add(request)
            node.root |= root
            node.active |= active
        for edge in observations.edges:
            self.edges[edge.key].add(edge.request)
            if edge.alias is not None:
                self.aliases[edge.key].add(edge.alias)
        for link, start_s, end_s in observations.links:
            age_us = _span_us(start_s, end_s)
            self.links[link].add(ObservedRequest(start_s, end_s, _OK, age_us, age_us))

    def statistics(self) -> list[RequestStatistics]:
        """Return the statistics of all nodes, edges and links."""
        nodes = [node.statistics for node in self.nodes.values()]
        return [*nodes, *self.edges.values(), *self.links.values()]

    def merge(self, other: "GraphTotal") -> None:
        """Add the totals of other traces."""
        for key, node in other.nodes.items():
            total = self.nodes[key]
            total.statistics.merge(node.statistics)
            total.root |= node.root
            total.active |= node.active
        for edge, statistics in other.edges.items():
            self.edges[edge].merge(statistics)
        for link, statistics in other.links.items():
            self.links[link].merge(statistics)
        for edge, names in other.aliases.items():
            self.aliases[edge] |= names


def observe(trace: ProcessedTrace, keys: Mapping[str, NodeKey] | None = None) -> Observations:
    """Return the contribution of a trace to the service graph.

    Subsegments whose owner has not arrived belong to no node yet and are ignored.

    Parameters
    ----------
    trace
        The processed trace.
    keys
        The result of `nodes_of`, if already computed.
    """
    keys = nodes_of(trace) if keys is None else keys
    roots = trace.roots
    root_ids = {root["id"] for root in roots}
    observed = {
        segment["id"]: _observed(segment)
        for segment in trace.segments
        if not is_subsegment(segment)
    }
    nodes, edges = [], []
    for segment in trace.segments:
        segment_id = segment["id"]
        if segment_id not in observed:
            continue
        own, is_real = observed[segment_id], not segment.get("inferred")
        nodes.append(NodeObservation(keys[segment_id], own, segment_id in root_ids, is_real))
        edge = _edge_to(segment, own, trace, keys)
        if edge is not None:
            edges.append(edge)
    for root in roots:
        key, answered = keys[root["id"]], observed.get(root["id"]) or _observed(root)
        client = client_of(key)
        nodes.append(NodeObservation(client, answered, root=False, active=False))
        edges.append(EdgeObservation((client, key), answered))
    return Observations(tuple(nodes), tuple(edges), links_of(trace, keys))


def total(observed: Iterable[Observations]) -> GraphTotal:
    """Return the sum of observations."""
    result = GraphTotal()
    for observations in observed:
        result.add(observations)
    return result


def merge(totals: Iterable[GraphTotal]) -> GraphTotal:
    """Return the sum of totals of disjoint sets of traces; the arguments are not changed."""
    result = GraphTotal()
    for other in totals:
        result.merge(other)
    return result


def _observed(entity: Document) -> ObservedRequest:
    start_s = entity["start_time"]
    status = status_of(entity)
    if status == IN_PROGRESS:
        return ObservedRequest(start_s, start_s, None, 0, 0)
    end_s = entity["end_time"]
    response_us, outcome = _span_us(start_s, end_s), _STATUSES.index(status)
    return ObservedRequest(start_s, end_s, outcome, response_us, _tree_us(entity, response_us))


def _tree_us(entity: Document, own_us: int) -> int:
    if "subsegments" not in entity:
        return own_us
    parts = walk(entity)
    first_s = min([part["start_time"] for part in parts])
    return _span_us(first_s, max([part.get("end_time", first_s) for part in parts]))


def _span_us(start_s: float, end_s: float) -> int:
    return max(0, round((end_s - start_s) * 1e6))


def _edge_to(
    segment: Document, own: ObservedRequest, trace: ProcessedTrace, keys: Mapping[str, NodeKey]
) -> EdgeObservation | None:
    """Return the call of a segment, as observed by its caller."""
    owner = trace.owner(segment)
    if owner is None or is_subsegment(owner.segment):
        return None
    observer = observer_of_call(owner.document, segment)
    key = keys[owner.segment["id"]], keys[segment["id"]]
    return EdgeObservation(
        key, own if observer is segment else _observed(observer), _alias(owner.document, segment)
    )


def _alias(caller: Document, callee: Document) -> str | None:
    """Return the host name that a caller used for a traced service of another name."""
    if caller.get("namespace") != "remote" or caller["name"] == callee["name"]:
        return None
    name: str = caller["name"]
    return name
