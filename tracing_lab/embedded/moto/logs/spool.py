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

_HEAD = struct.Struct("<QQ")  # where the block before begins, and how long it is


class Place(NamedTuple):
    """Where a block is in the file."""

    offset: int
    length: int


class LogSpool:
    """The file that all log streams of a control plane share.

    To be used by one thread at a time.

    Parameters
    ----------
    path
        The file; emptied, or made, when the first events come.
    write
        Writes to the file.
    """

    def __init__(self, path: Path, *, write: Write = os.write) -> None:
        self._path = path
        self._write = write
        self._file: AppendFile | None = None

    def keep(self, stream: Any) -> None:
        """Have one of moto's log streams keep its events here; harmless when repeated."""
        if not isinstance(stream.events, SpooledEvents):
            stream.events = SpooledEvents(self, stream.events)

    def append(self, data: bytes) -> Place:
        """Write a block; returns its place.

        Raises
        ------
        OSError
            If it could not be written.
        """
        if self._file is None:
            self._file = AppendFile(self._path, empty=True, write=self._write)
        return Place(self._file.append(data), len(data))

    def read(self, place: Place) -> bytes:
        """Return a block."""
        return b"" if self._file is None else self._file.read(*place)

    def clear(self) -> None:
        """Forget all blocks; for when the streams are gone, too."""
        if self._file is not None:
            self._file.clear()

    def close(self) -> None:
        """Close the file. May be called twice."""
        if self._file is not None:
            self._file.close()
        self._file = None


class SpooledEvents:
    """The events of one log stream, as far as moto asks for: add some, count, go through all.

    Each block of events says where the block before it is, so that memory does not grow with them.

    Parameters
    ----------
    spool
        Where they are.
    events
        Those that there are already.
    """

    def __init__(self, spool: LogSpool, events: Iterable[LogEvent] = ()) -> None:
        self._spool = spool
        self._last: Place | None = None
        self._count = 0
        self += events

    def __iadd__(self, events: Iterable[LogEvent]) -> Self:
        rows = [(one.event_id, one.ingestion_time, one.timestamp, one.message) for one in events]
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

    def _backwards(self) -> Iterator[Place]:
        place = self._last
        while place is not None:
            yield place
            before = Place(*_HEAD.unpack(self._spool.read(Place(place.offset, _HEAD.size))))
            place = before if before.length else None


def _event(row: tuple[int, int, int, str]) -> LogEvent:
    event_id, ingestion_time, timestamp, message = row
    event = LogEvent(ingestion_time, {"timestamp": timestamp, "message": message})
    event.event_id = event_id
    return event
