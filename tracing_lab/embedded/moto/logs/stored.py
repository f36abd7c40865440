"""The events of log streams as blocks, to be read in the order of time without holding any lock."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

Key = tuple[int, int, int]
"""The position of an event: time, time of ingestion and id."""


class StoredEvent(NamedTuple):
    """A log event, in the order of its members in the file."""

    event_id: int
    ingestion_time: int
    timestamp: int
    message: str

    @property
    def key(self) -> Key:
        """Where the event is in the order of time."""
        return self.timestamp, self.ingestion_time, self.event_id


class EventBlock(NamedTuple):
    """Events of one stream, which are read when they are needed."""

    first_ms: int
    last_ms: int
    load: Callable[[], Sequence[StoredEvent]]


Blocks = Callable[[int, int], Iterator[EventBlock]]
"""Returns the blocks of a stream that have times in a range; both ends belong to it."""

EVER_MS = 2**62
"""Later than any event."""

Found = tuple[str, StoredEvent]
"""Stream name and event."""


def blocks_of(stream: Any) -> Blocks:
    """Return what one of moto's streams has now; the caller holds the control plane's lock."""
    if hasattr(stream.events, "blocks"):
        found: Blocks = stream.events.blocks().between
        return found
    events = tuple(
        StoredEvent(event.event_id, event.ingestion_time, event.timestamp, event.message)
        for event in stream.events
    )
    return partial(_listed, events)


def streams_of(group: Any) -> list[tuple[str, Blocks]]:
    """Return what the streams of one of moto's log groups have now, by name."""
    return [(name, blocks_of(stream)) for name, stream in group.streams.items()]


def in_order(
    streams: Iterable[tuple[str, Blocks]], start_ms: int, end_ms: int, *, backwards: bool = False
) -> Iterator[Found]:
    """Yield the events of streams in the order of time.

    Blocks are read one after the other, so that the first events need the first blocks only.

    Parameters
    ----------
    streams
        Names and blocks.
    start_ms, end_ms
        The range of time; both ends belong to it.
    backwards
        Whether later events come first.
    """
    sign = -1 if backwards else 1
    blocks = [
        (-block.last_ms if backwards else block.first_ms, name, block)
        for name, blocks in streams
        for block in blocks(start_ms, end_ms)
    ]
    opened: list[tuple[Key, Found]] = []
    for edge_ms, name, block in sorted(blocks, key=lambda found: found[0]):
        while opened and opened[0][0][0] < edge_ms:
            yield heapq.heappop(opened)[1]
        for event in block.load():
            if start_ms <= event.timestamp <= end_ms:
                heapq.heappush(opened, (_signed(event.key, sign), (name, event)))
    while opened:
        yield heapq.heappop(opened)[1]


def overlaps(first: int, last: int, start: int, end: int) -> bool:
    """Return whether two ranges overlap; both ends belong to them."""
    return first <= end and start <= last


def _signed(key: Key, sign: int) -> Key:
    return sign * key[0], sign * key[1], sign * key[2]


def _listed(events: Sequence[StoredEvent], start_ms: int, end_ms: int) -> Iterator[EventBlock]:
    times = [event.timestamp for event in events]
    if times and overlaps(min(times), max(times), start_ms, end_ms):
        yield EventBlock(min(times), max(times), lambda: events)
