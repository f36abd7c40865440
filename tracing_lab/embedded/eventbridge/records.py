"""Converts accepted events to records of the durable queue and back."""

import logging
from collections.abc import Iterable

import orjson

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.storage.durable_queue import Acknowledgement, DurableQueue
from tracing_lab.xray_model.trace_header import TraceHeader

from .entries import AcceptedEvent
from .input_transformer import EventContent
from .patterns.pattern import flatten

_LOGGER = logging.getLogger(__name__)

PendingEvent = tuple[AcceptedEvent, Acknowledgement | None]
"""An event and its acknowledgement, if it is in a queue."""


class PendingEvents:
    """The events that are not delivered to all targets yet.

    Parameters
    ----------
    queue
        Stores them; without one they end with this process.
    """

    def __init__(self, queue: DurableQueue | None) -> None:
        self._queue = queue

    def keep(self, events: Iterable[AcceptedEvent]) -> list[PendingEvent]:
        """Add all events or none; OSError if they could not be written."""
        if self._queue is None:
            return [(event, None) for event in events]
        events = list(events)
        item_ids = self._queue.put_all([record_of(event) for event in events]) if events else []
        queue = self._queue
        return [
            (event, Acknowledgement(queue, item_id))
            for event, item_id in zip(events, item_ids, strict=True)
        ]

    def left_over(self) -> list[PendingEvent]:
        """Return the pending events of an earlier server."""
        if self._queue is None:
            return []
        kept: list[PendingEvent] = []
        for item_id, record in self._queue.items():
            try:
                kept.append((event_of(record), Acknowledgement(self._queue, item_id)))
            except (KeyError, TypeError, ValueError):
                _LOGGER.exception("an event is dropped: its record %s cannot be read", item_id)
                self._queue.remove(item_id)
        return kept

    def close(self) -> bool:
        """Close the queue; return whether there is one, so that no event is lost."""
        if self._queue is None:
            return False
        self._queue.close()
        return True


def done(acknowledgement: Acknowledgement | None) -> None:
    """Acknowledge one part of an event's processing."""
    if acknowledgement is not None:
        acknowledgement.done()


def record_of(event: AcceptedEvent) -> Document:
    """Return an event as JSON-able data."""
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
        "triggered_rule": event.triggered_rule,
    }


def event_of(record: Document) -> AcceptedEvent:
    """Return the event of a record.

    Parameters
    ----------
    record
        A result of `record_of`.
    """
    raw = record["raw"].encode()
    content = orjson.loads(raw)
    return AcceptedEvent(
        id=record["id"],
        bus=record["bus"],
        event=EventContent(content, raw, record["ingestion_time"]),
        fields=flatten(content),
        trace_header=TraceHeader.parse(record["trace"]),
        accepted_at_s=record["accepted_at_s"],
        hops=record["hops"],
        only_rules=frozenset(record["only_rules"]),
        triggered_rule=record.get("triggered_rule"),  # older versions had none
    )
