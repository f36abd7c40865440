"""Accepted events, and the form in which they outlive the server."""

import logging
from collections.abc import Iterable

import orjson

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.protocol.trace_header import TraceHeader
from tracing_lab.embedded.storage.durable_queue import DurableQueue, Receipt

from .entries import AcceptedEvent
from .input_transformer import EventInHand
from .patterns.pattern import flatten

_LOGGER = logging.getLogger(__name__)

Kept = tuple[AcceptedEvent, Receipt | None]
"""An event with what removes it from its queue, if it is in one."""


class EventKeeper:
    """Keeps events until all targets have them.

    Parameters
    ----------
    queue
        Where; without one they live as long as this process.
    """

    def __init__(self, queue: DurableQueue | None) -> None:
        self._queue = queue

    def keep(self, events: Iterable[AcceptedEvent]) -> list[Kept]:
        """Keep all events; OSError when they could not be written down, and none is kept."""
        if self._queue is None:
            return [(event, None) for event in events]
        events = list(events)
        tickets = self._queue.put_all([record_of(event) for event in events]) if events else []
        queue = self._queue
        return [(one, Receipt(queue, ticket)) for one, ticket in zip(events, tickets, strict=True)]

    def left_over(self) -> list[Kept]:
        """Give what an earlier server had accepted and not finished."""
        if self._queue is None:
            return []
        kept: list[Kept] = []
        for ticket, record in self._queue.items():
            try:
                kept.append((event_of(record), Receipt(self._queue, ticket)))
            except (KeyError, TypeError, ValueError):
                _LOGGER.exception("an event is dropped: its record %s cannot be read", ticket)
                self._queue.remove(ticket)
        return kept

    def close(self) -> bool:
        """Close the queue; tells whether there is one, so that nothing is lost."""
        if self._queue is None:
            return False
        self._queue.close()
        return True


def done(receipt: Receipt | None) -> None:
    """Note that a part of what an event takes is done."""
    if receipt is not None:
        receipt.done()


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
