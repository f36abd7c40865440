"""Links between traces, as edges of the service graph.

A function that reads a queue does not continue the trace of the message: both traces say so in
``links`` (AWS X-Ray Developer Guide, "Tracing event-driven applications"). Published graphs show an
edge of type ``link`` from the queue to the consumer, with the age of the events and no statistics.
Decided here: the producer's link (``child``) makes that edge, from the queue that it sent to last
before the event was received; the consumer's (``parent``) says the same again and makes none.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray.ingest.documents import is_time

from .nodes import NodeKey
from .tree import Entity, ProcessedTrace

_PREFIX = "aws.xray.reserved."
_QUEUE = "AWS::SQS::Queue"


class LinkSeen(NamedTuple):
    """An event that another trace has received.

    Parameters
    ----------
    key
        From which node to which.
    start_s, end_s
        When it was sent and received, epoch seconds.
    """

    key: tuple[NodeKey, NodeKey]
    start_s: float
    end_s: float


def links_of(trace: ProcessedTrace, keys: Mapping[str, NodeKey]) -> tuple[LinkSeen, ...]:
    """Give the events of a trace that other traces have received.

    Parameters
    ----------
    trace
        The processed trace of the producer.
    keys
        The node of each segment, by segment id.
    """
    return tuple(
        seen
        for entity in trace.entities.values()
        if "links" in entity.document
        for link in entity.document["links"]
        for seen in _seen(link, entity, trace, keys)
    )


def _seen(
    link: Document, entity: Entity, trace: ProcessedTrace, keys: Mapping[str, NodeKey]
) -> Iterator[LinkSeen]:
    attributes = link.get("attributes")
    if not isinstance(attributes, dict) or attributes.get(f"{_PREFIX}reference_type") != "child":
        return
    consumer = _node(attributes)
    received_s: Any = attributes.get(f"{_PREFIX}received_event_end_time")
    if consumer is None or not is_time(received_s):
        return
    queue = _queue(entity.segment, trace, received_s)
    source = keys.get((queue or entity.segment)["id"])
    sent_s = (queue or entity.document).get("end_time", received_s)
    if source is not None:
        yield LinkSeen((source, consumer), min(sent_s, received_s), received_s)


def _node(attributes: dict[str, Any]) -> NodeKey | None:
    names, kind = attributes.get(f"{_PREFIX}names"), attributes.get(f"{_PREFIX}type")
    if not isinstance(names, list) or not names or not isinstance(names[0], str):
        return None
    return NodeKey(names[0], kind if isinstance(kind, str) else None)


def _queue(segment: Document, trace: ProcessedTrace, before_s: float) -> Document | None:
    """Find the queue that a segment sent to last before a moment."""
    called = [
        one
        for one in trace.segments
        if one.get("inferred") and one.get("origin") == _QUEUE and one["start_time"] <= before_s
    ]
    own = [one for one in called if _caller(one, trace) == segment["id"]]
    return max(own, key=lambda one: one["start_time"], default=None)


def _caller(inferred: Document, trace: ProcessedTrace) -> str | None:
    owner = trace.owner(inferred)
    return None if owner is None else owner.segment["id"]
