"""An accepted event in the form in which it outlives the server. Pure."""

import orjson

from .bus_entries import AcceptedEvent
from .model import Document
from .patterns import flatten
from .trace_header import TraceHeader
from .transform import EventInHand


def record_of(event: AcceptedEvent) -> Document:
    """Give an event as JSON-able data.

    Parameters
    ----------
    event
        The event.
    """
    header = event.trace_header
    return {
        "id": event.id,
        "bus": event.bus,
        "raw": event.event.raw.decode(),
        "ingestion_time": event.event.ingestion_time,
        "trace": None if header is None else header.format(),
        "accepted_at_s": event.accepted_at_s,
        "hops": event.hops,
        "only_rules": sorted(event.only_rules),
    }


def event_of(record: Document) -> AcceptedEvent:
    """Read an event back; it is the same as it was.

    Parameters
    ----------
    record
        As `record_of` gave it.
    """
    raw = record["raw"].encode()
    content = orjson.loads(raw)
    return AcceptedEvent(
        id=record["id"],
        bus=record["bus"],
        event=EventInHand(content, raw, record["ingestion_time"]),
        fields=flatten(content),
        trace_header=TraceHeader.parse(record["trace"]),
        accepted_at_s=record["accepted_at_s"],
        hops=record["hops"],
        only_rules=frozenset(record["only_rules"]),
    )
