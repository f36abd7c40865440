"""Links between traces, as edges of the service graph.

A function that reads a queue does not continue the trace of the message: both traces have
``links`` (AWS X-Ray Developer Guide, "Tracing event-driven applications"). Published graphs show an
edge of type ``link`` from the queue to the consumer, with the age of the events and no statistics.
Chosen here: the producer's link (``child``) becomes that edge, from the queue of the call that has
the link, else from the one that its segment sent to last before the event was received; the
consumer's (``parent``) is redundant and ignored.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray.ingest.documents import is_time
from tracing_lab.xray_model.inferred import QUEUE
from tracing_lab.xray_model.trace_links import CHILD, Link, links_in

from .nodes import NodeKey
from .tree import Entity, ProcessedTrace


class LinkObservation(NamedTuple):
    """An event that another trace has received.

    Parameters
    ----------
    key
        Source and target node.
    start_s, end_s
        When it was sent and received, epoch seconds.
    """

    key: tuple[NodeKey, NodeKey]
    start_s: float
    end_s: float


def links_of(trace: ProcessedTrace, keys: Mapping[str, NodeKey]) -> tuple[LinkObservation, ...]:
    """Return the events of a trace that other traces have received."""
    return tuple(
        observed
        for entity in trace.entities.values()
        if "links" in entity.document
        for link in links_in(entity.document)
        for observed in _observed(link, entity, trace, keys)
    )


def _observed(
    link: Link, entity: Entity, trace: ProcessedTrace, keys: Mapping[str, NodeKey]
) -> Iterator[LinkObservation]:
    received_s = link.received_s
    if link.relation != CHILD or link.name is None or received_s is None or not is_time(received_s):
        return
    queue = _queue(entity, trace, received_s)
    source = keys.get((queue or entity.segment)["id"])
    sent_s = (queue or entity.document).get("end_time", received_s)
    if source is not None:
        consumer = NodeKey(link.name, link.type)
        yield LinkObservation((source, consumer), min(sent_s, received_s), received_s)


def _queue(entity: Entity, trace: ProcessedTrace, before_s: float) -> Document | None:
    """Return the queue of a call, or the one that a segment sent to last before a time."""
    called = [
        queue
        for queue in trace.segments
        if queue.get("inferred")
        and queue.get("origin") == QUEUE
        and queue["start_time"] <= before_s
    ]
    own = [queue for queue in called if queue["parent_id"] == entity.document["id"]] or [
        queue for queue in called if _caller(queue, trace) == entity.segment["id"]
    ]
    return max(own, key=lambda queue: queue["start_time"], default=None)


def _caller(inferred: Document, trace: ProcessedTrace) -> str | None:
    owner = trace.owner(inferred)
    return None if owner is None else owner.segment["id"]
