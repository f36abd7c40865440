"""Log events on disk instead of in moto's memory, where each takes about a kilobyte for good.

As in moto, log events do not outlive the server.
"""

import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Self

import orjson
from moto.logs.models import LogEvent

from tracing_lab.embedded.storage.append_log import AppendFile, Write

_HEAD = struct.Struct("<QQ")  # offset and size of the previous block


class BlockLocation(NamedTuple):
    """Where a block is in the file."""

    offset: int
    length: int


class LogSpool:
    """The file that all log streams of a control plane share.

    To be used by one thread at a time.

    Parameters
    ----------
    path
        The file; created or emptied when the first events are written.
    write
        Writes to the file.
    """

    def __init__(self, path: Path, *, write: Write = os.write) -> None:
        self._path = path
        self._write = write
        self._file: AppendFile | None = None

    def keep(self, stream: Any) -> None:
        """Make one of moto's log streams keep its events here; idempotent."""
        if not isinstance(stream.events, SpooledEvents):
            stream.events = SpooledEvents(self, stream.events)

    def append(self, data: bytes) -> BlockLocation:
        """Write a block and return its location.

        Raises
        ------
        OSError
            If it could not be written.
        """
        if self._file is None:
            self._file = AppendFile(self._path, empty=True, write=self._write)
        return BlockLocation(self._file.append(data), len(data))

    def read(self, place: BlockLocation) -> bytes:
        """Return a block."""
        return b"" if self._file is None else self._file.read(*place)

    def clear(self) -> None:
        """Delete all blocks, for when the streams are deleted, too."""
        if self._file is not None:
            self._file.clear()

    def close(self) -> None:
        """Close the file. May be called twice."""
        if self._file is not None:
            self._file.close()
        self._file = None


class SpooledEvents:
    """The events of one log stream, with what moto needs of a list: `+=`, `len` and iteration.

    Each block has the location of the previous one, so that memory does not grow with them.
    """

    def __init__(self, spool: LogSpool, events: Iterable[LogEvent] = ()) -> None:
        self._spool = spool
        self._last: BlockLocation | None = None
        self._count = 0
        self += events

    def __iadd__(self, events: Iterable[LogEvent]) -> Self:
        rows = [
            (event.event_id, event.ingestion_time, event.timestamp, event.message)
            for event in events
        ]
        if rows:
            head = _HEAD.pack(*(self._last or (0, 0)))
            self._last = self._spool.append(head + orjson.dumps(rows))
            self._count += len(rows)
        return self

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[LogEvent]:
        for place in reversed([*self._backwards()]):
            yield from map(_event, orjson.loads(self._spool.read(place)[_HEAD.size :]))

    def _backwards(self) -> Iterator[BlockLocation]:
        place = self._last
        while place is not None:
            yield place
            before = BlockLocation(
                *_HEAD.unpack(self._spool.read(BlockLocation(place.offset, _HEAD.size)))
            )
            place = before if before.length else None


def _event(row: tuple[int, int, int, str]) -> LogEvent:
    event_id, ingestion_time, timestamp, message = row
    event = LogEvent(ingestion_time, {"timestamp": timestamp, "message": message})
    event.event_id = event_id
    return event
