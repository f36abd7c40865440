"""Links between traces: how X-Ray joins the producers of a queue with its consumers.

A function that reads a queue does not continue the trace of a message: it has a trace of its own,
and both traces have ``links`` (AWS X-Ray Developer Guide, "Tracing event-driven applications").
Members and attributes are those of a published document; what it does not show is a choice here:

- a trace is recorded if one of the messages was, and otherwise not if any was decided about;
- the producer's link is on the subsegment that its trace header named as parent, which with an
  instrumented SDK is the call of SQS and without one the handler's ``Invocation``;
- the consumer's is where the producer's is without an SDK: on ``Invocation``, or on the function
  segment in the flat layout;
- messages of one call have one link.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from . import lambda_segments
from .documents import SUBSEGMENT
from .trace_header import TraceHeader
from .trace_ids import new_entity_id

MAX_LINKS: Final = 20
"""Links of a segment.

Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-tracelinking.html
"""

MAX_TRACE_LINKS: Final = 100
"""Links of a trace; same source."""

PARENT: Final = "parent"
CHILD: Final = "child"

CARRIER: Final = "aws.xray.reserved.links"
"""Name of the documents that bring links to a trace whose segments were sent before."""

_PREFIX: Final = "aws.xray.reserved."


Document = dict[str, Any]


class Link(NamedTuple):
    """A link of a document to another trace.

    Parameters
    ----------
    trace_id, id
        What it leads to.
    relation
        `PARENT` for what has sent a message, `CHILD` for what has received it.
    name, type
        Name and type of the other node; None where the link does not have them.
    received_s
        When the message was received, epoch seconds; None where the link does not have it.
    """

    trace_id: str
    id: str
    relation: str
    name: str | None = None
    type: str | None = None
    received_s: float | None = None


class Producer(NamedTuple):
    """What has sent a message.

    Parameters
    ----------
    header
        Its trace header.
    sent_s
        When it sent the message, epoch seconds.
    """

    header: TraceHeader
    sent_s: float


def links_in(document: Mapping[str, Any]) -> Iterator[Link]:
    """Yield the readable links of a segment or subsegment, without those of its children.

    Examples
    --------
    >>> attributes = {"aws.xray.reserved.reference_type": "parent"}
    >>> link = {"trace_id": "1-6b042ac0-5d09aa705e56bbd015254801", "id": "53995c3f42cd8ad8"}
    >>> [found.relation for found in links_in({"links": [{**link, "attributes": attributes}]})]
    ['parent']
    """
    links = document.get("links")
    for link in links if isinstance(links, list) else ():
        found = _link(link)
        if found is not None:
            yield found


def _link(link: Any) -> Link | None:
    attributes = link.get("attributes") if isinstance(link, dict) else None
    if not isinstance(attributes, dict):
        return None
    relation = attributes.get(f"{_PREFIX}reference_type")
    trace_id, entity_id = link.get("trace_id"), link.get("id")
    if relation not in (PARENT, CHILD) or not isinstance(trace_id, str):
        return None
    names, kind = attributes.get(f"{_PREFIX}names"), attributes.get(f"{_PREFIX}type")
    received_s = attributes.get(f"{_PREFIX}received_event_end_time")
    return Link(
        trace_id,
        entity_id if isinstance(entity_id, str) else "",
        relation,
        next(filter(_is_text, names), None) if isinstance(names, list) else None,
        kind if isinstance(kind, str) else None,
        received_s if _is_number(received_s) else None,
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def linked_producers(producers: Iterable[Producer]) -> tuple[Producer, ...]:
    """Return the producers that are linked: recorded ones, one for each call, at most `MAX_LINKS`.

    Examples
    --------
    >>> header = TraceHeader("1-6b042ac0-5d09aa705e56bbd015254801", "53995c3f42cd8ad8", True)
    >>> len(linked_producers([Producer(header, 1.0), Producer(header, 2.0)]))
    1
    """
    calls: dict[tuple[str, str | None], Producer] = {}
    for producer in producers:
        if producer.header.sampled and producer.header.parent is not None:
            calls.setdefault((producer.header.root, producer.header.parent), producer)
    return tuple(calls.values())[:MAX_LINKS]


def decision_of(producers: Iterable[Producer]) -> bool | None:
    """Return whether the consumer's trace is recorded; None if that is not decided.

    Examples
    --------
    >>> root = "1-6b042ac0-5d09aa705e56bbd015254801"
    >>> decision_of([Producer(TraceHeader(root, sampled=False), 1.0)])
    False
    >>> decision_of([]) is None
    True
    """
    decisions = [producer.header.sampled for producer in producers]
    known = [decision for decision in decisions if decision is not None]
    return any(known) if known else None


def parent_link(producer: Producer) -> Document:
    """Return the consumer's link to what has sent a message.

    Examples
    --------
    >>> header = TraceHeader("1-6b042ac0-5d09aa705e56bbd015254801", "53995c3f42cd8ad8", True)
    >>> parent_link(Producer(header, 1.0))["attributes"]
    {'aws.xray.reserved.reference_type': 'parent'}
    """
    header = producer.header
    attributes = {f"{_PREFIX}reference_type": PARENT}
    return {"trace_id": header.root, "id": header.parent, "attributes": attributes}


def child_link(
    trace_id: str, segment_id: str, *, function_name: str, received_s: float
) -> Document:
    """Return the producer's link to the function that has received a message.

    Parameters
    ----------
    trace_id, segment_id
        The function's ``AWS::Lambda`` segment.
    function_name
        The function.
    received_s
        When Lambda received the message, epoch seconds.
    """
    attributes = {
        "reference_type": CHILD,
        "type": lambda_segments.SERVICE,
        "names": [function_name],
        "received_event_end_time": received_s,
        "dwell_end_time": received_s,
    }
    reserved = {f"{_PREFIX}{name}": value for name, value in attributes.items()}
    return {"trace_id": trace_id, "id": segment_id, "attributes": reserved}


def carrier(producer: Producer, link: Document) -> Document:
    """Return the document that brings a link to the trace of a producer.

    It looks like an independent subsegment of what the link belongs to, as short as it can be.
    """
    return {
        "id": new_entity_id(),
        "name": CARRIER,
        "type": SUBSEGMENT,
        "trace_id": producer.header.root,
        "parent_id": producer.header.parent,
        "start_time": producer.sent_s,
        "end_time": producer.sent_s,
        "links": [link],
    }


def is_carrier(document: Mapping[str, Any]) -> bool:
    """Return whether a document only brings links to another of its trace."""
    return document.get("name") == CARRIER and document.get("type") == SUBSEGMENT


def producer_of(trace_header: str | None, sent_ms: str | None) -> Producer | None:
    """Return what has sent a message, by its system attributes; None without a valid trace header.

    Parameters
    ----------
    trace_header
        The attribute ``AWSTraceHeader``.
    sent_ms
        The attribute ``SentTimestamp``, epoch milliseconds.

    Examples
    --------
    >>> header = "Root=1-6b042ac0-5d09aa705e56bbd015254801;Parent=53995c3f42cd8ad8;Sampled=1"
    >>> producer_of(header, "1795435200250").sent_s
    1795435200.25
    """
    header = TraceHeader.parse(trace_header)
    if header is None or sent_ms is None or not sent_ms.isdecimal():
        return None
    return Producer(header, int(sent_ms) / 1000)
