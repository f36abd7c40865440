"""The service graph as map and merge.

`observe` gives what one trace adds (cache that), `total` adds observations up, `merge` adds totals
up. Counts are integers and times integer microseconds, so that any partition of the traces merges
to exactly the graph of all of them. Statistics follow AWS X-Ray's API reference (``Service``,
``Edge``) and published graphs: a node's numbers come from its own segments, an edge's from the
upstream observer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tracing_lab.embedded.model import Document

from .graph_links import LinkSeen, links_of
from .nodes import NodeKey, client_of, nodes_of
from .tree import ProcessedTrace, is_open, is_subsegment, walk

OK, THROTTLE, ERROR, FAULT = range(4)

EdgeKey = tuple[NodeKey, NodeKey]


class Seen(NamedTuple):
    """One request as somebody saw it.

    Parameters
    ----------
    start_s
        Start, epoch seconds.
    end_s
        End, epoch seconds; the start while in progress.
    outcome
        One of `OK`, `THROTTLE`, `ERROR`, `FAULT`; None while in progress.
    response_us
        How long the answer took, microseconds.
    duration_us
        From the first start to the last end of all that belongs to it, microseconds.
    """

    start_s: float
    end_s: float
    outcome: int | None
    response_us: int
    duration_us: int


class NodeSeen(NamedTuple):
    """What one segment adds to its node."""

    key: NodeKey
    seen: Seen
    root: bool
    active: bool


class EdgeSeen(NamedTuple):
    """What one call adds to its edge.

    Parameters
    ----------
    key
        From which node to which.
    seen
        The call.
    alias
        How the caller names the callee, where that is not the callee's own name.
    """

    key: EdgeKey
    seen: Seen
    alias: str | None = None


class Observations(NamedTuple):
    """What one trace adds to the graph."""

    nodes: tuple[NodeSeen, ...]
    edges: tuple[EdgeSeen, ...]
    links: tuple[LinkSeen, ...] = ()


@dataclass(slots=True)
class Tally:
    """Statistics of a node or an edge. Histograms count requests by milliseconds."""

    start_s: float
    end_s: float
    outcomes: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    total_us: int = 0
    responses_ms: dict[int, int] = field(default_factory=dict)
    durations_ms: dict[int, int] = field(default_factory=dict)

    def add(self, seen: Seen) -> None:
        """Count one request."""
        self.start_s = min(self.start_s, seen.start_s)
        self.end_s = max(self.end_s, seen.end_s)
        if seen.outcome is None:
            return
        self.outcomes[seen.outcome] += 1
        self.total_us += seen.response_us
        _count(self.responses_ms, to_ms(seen.response_us), 1)
        _count(self.durations_ms, to_ms(seen.duration_us), 1)

    def add_tally(self, other: "Tally") -> None:
        """Count all that another tally has counted."""
        self.start_s = min(self.start_s, other.start_s)
        self.end_s = max(self.end_s, other.end_s)
        self.total_us += other.total_us
        for outcome, count in enumerate(other.outcomes):
            self.outcomes[outcome] += count
        for value, count in other.responses_ms.items():
            _count(self.responses_ms, value, count)
        for value, count in other.durations_ms.items():
            _count(self.durations_ms, value, count)


@dataclass(slots=True)
class NodeTotal:
    """Totals of one node."""

    tally: Tally
    root: bool = False
    active: bool = False


@dataclass(slots=True)
class GraphTotal:
    """Totals of a set of traces; whoever made it may add to it, nobody else."""

    nodes: dict[NodeKey, NodeTotal] = field(default_factory=dict)
    edges: dict[EdgeKey, Tally] = field(default_factory=dict)
    links: dict[EdgeKey, Tally] = field(default_factory=dict)  # response times are ages of events
    aliases: dict[EdgeKey, set[str]] = field(default_factory=dict)

    def add(self, observations: Observations) -> None:
        """Add one trace."""
        for node in observations.nodes:
            total = self._node(node.key, node.seen.start_s, node.seen.end_s)
            total.tally.add(node.seen)
            total.root |= node.root
            total.active |= node.active
        for edge in observations.edges:
            self._edge(edge.key, edge.seen.start_s, edge.seen.end_s).add(edge.seen)
            if edge.alias is not None:
                self.aliases.setdefault(edge.key, set()).add(edge.alias)
        for key, start_s, end_s in observations.links:
            age_us = _span_us(start_s, end_s)
            self._link(key, start_s, end_s).add(Seen(start_s, end_s, OK, age_us, age_us))

    def counters(self, observations: Observations) -> tuple[int, int]:
        """Count what is kept for the nodes and edges that a trace touches.

        Returns
        -------
        tuple[int, int]
            Nodes and edges, and the entries of their histograms.
        """
        nodes = (self.nodes.get(key) for key in {node.key for node in observations.nodes})
        edges = (self.edges.get(key) for key in {edge.key for edge in observations.edges})
        links = (self.links.get(key) for key in {link.key for link in observations.links})
        known = [node.tally for node in nodes if node is not None]
        known += [tally for tally in (*edges, *links) if tally is not None]
        entries = sum(len(one.responses_ms) + len(one.durations_ms) for one in known)
        return len(known), entries

    def add_total(self, other: "GraphTotal") -> None:
        """Add the totals of other traces."""
        for key, node in other.nodes.items():
            total = self._node(key, node.tally.start_s, node.tally.end_s)
            total.tally.add_tally(node.tally)
            total.root |= node.root
            total.active |= node.active
        for edge_key, tally in other.edges.items():
            self._edge(edge_key, tally.start_s, tally.end_s).add_tally(tally)
        for edge_key, tally in other.links.items():
            self._link(edge_key, tally.start_s, tally.end_s).add_tally(tally)
        for edge_key, names in other.aliases.items():
            self.aliases.setdefault(edge_key, set()).update(names)

    def _node(self, key: NodeKey, start_s: float, end_s: float) -> NodeTotal:
        found = self.nodes.get(key)
        if found is None:
            found = self.nodes[key] = NodeTotal(Tally(start_s, end_s))
        return found

    def _edge(self, key: EdgeKey, start_s: float, end_s: float) -> Tally:
        found = self.edges.get(key)
        if found is None:
            found = self.edges[key] = Tally(start_s, end_s)
        return found

    def _link(self, key: EdgeKey, start_s: float, end_s: float) -> Tally:
        return self.links.setdefault(key, Tally(start_s, end_s))


def observe(trace: ProcessedTrace, keys: Mapping[str, NodeKey] | None = None) -> Observations:
    """Give what a trace adds to the service graph.

    Subsegments whose owner has not arrived belong to no node yet and add nothing.

    Parameters
    ----------
    trace
        The processed trace.
    keys
        What `nodes_of` gave for it, when that is at hand.
    """
    keys = nodes_of(trace) if keys is None else keys
    roots = trace.roots()
    root_ids = {root["id"] for root in roots}
    seen = {one["id"]: _seen(one) for one in trace.segments if not is_subsegment(one)}
    nodes, edges = [], []
    for segment in trace.segments:
        segment_id = segment["id"]
        if segment_id not in seen:
            continue
        is_real = not segment.get("inferred")
        nodes.append(NodeSeen(keys[segment_id], seen[segment_id], segment_id in root_ids, is_real))
        edge = _edge_to(segment, seen[segment_id], trace, keys)
        if edge is not None:
            edges.append(edge)
    for root in roots:
        key, answered = keys[root["id"]], seen.get(root["id"]) or _seen(root)
        client = client_of(key)
        nodes.append(NodeSeen(client, answered, root=False, active=False))
        edges.append(EdgeSeen((client, key), answered))
    return Observations(tuple(nodes), tuple(edges), links_of(trace, keys))


def total(observed: Iterable[Observations]) -> GraphTotal:
    """Add up what traces add to the graph."""
    result = GraphTotal()
    for observations in observed:
        result.add(observations)
    return result


def merge(totals: Iterable[GraphTotal]) -> GraphTotal:
    """Add up totals of disjoint sets of traces; the arguments stay as they are."""
    result = GraphTotal()
    for one in totals:
        result.add_total(one)
    return result


def outcome_of(entity: Document) -> int:
    """Give the class that a request is counted in; each counts once.

    Examples
    --------
    >>> outcome_of({"error": True, "throttle": True}) == THROTTLE
    True
    """
    if entity.get("throttle"):
        return THROTTLE
    if entity.get("fault"):
        return FAULT
    return ERROR if entity.get("error") else OK


def to_ms(microseconds: int) -> int:
    """Round to milliseconds, halves up.

    Examples
    --------
    >>> to_ms(133721)
    134
    """
    return (microseconds + 500) // 1000


def _count(histogram: dict[int, int], value: int, count: int) -> None:
    histogram[value] = histogram.get(value, 0) + count


def _seen(entity: Document) -> Seen:
    start_s = entity["start_time"]
    if is_open(entity):
        return Seen(start_s, start_s, None, 0, 0)
    end_s = entity["end_time"]
    response_us = _span_us(start_s, end_s)
    return Seen(start_s, end_s, outcome_of(entity), response_us, _tree_us(entity, response_us))


def _tree_us(entity: Document, own_us: int) -> int:
    if "subsegments" not in entity:
        return own_us
    parts = walk(entity)
    first_s = min([part["start_time"] for part in parts])
    return _span_us(first_s, max([part.get("end_time", first_s) for part in parts]))


def _span_us(start_s: float, end_s: float) -> int:
    return max(0, round((end_s - start_s) * 1e6))


def _edge_to(
    segment: Document, seen: Seen, trace: ProcessedTrace, keys: Mapping[str, NodeKey]
) -> EdgeSeen | None:
    """Give the call that led to a segment, as its upstream saw it."""
    owner = trace.owner(segment)
    if owner is None or is_subsegment(owner.segment):
        return None
    # an event service does not wait for its target: the target's own answer is all there is
    observer = segment if owner.document.get("inferred") else owner.document
    key = keys[owner.segment["id"]], keys[segment["id"]]
    return EdgeSeen(
        key, seen if observer is segment else _seen(observer), _alias(owner.document, segment)
    )


def _alias(caller: Document, callee: Document) -> str | None:
    """Give the host name that a caller used for a traced service of another name."""
    if caller.get("namespace") != "remote" or caller["name"] == callee["name"]:
        return None
    name: str = caller["name"]
    return name
