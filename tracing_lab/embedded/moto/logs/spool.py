"""Log events on disk instead of in moto's memory, where each takes about a kilobyte for good.

A stream's events are blocks in a file that all streams share. Index blocks have the locations of 64
blocks each, with their least and greatest times, so that reading a time range skips the others.
As in moto, log events do not outlive the server.
"""

import os
import struct
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, Self

import orjson

from tracing_lab.embedded.storage.append_log import AppendFile, Write

from .stored import EventBlock, StoredEvent, overlaps

_ENTRY = struct.Struct("<QQqq")  # a BlockLocation
_INDEXED = 64
"""Blocks of an index block."""


class BlockLocation(NamedTuple):
    """Where a block is in the file, and the least and greatest time of its events."""

    offset: int
    length: int
    first_ms: int
    last_ms: int


class LogSpool:
    """The file that all log streams of a control plane share. May be used by several threads.

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
        self._lock = threading.Lock()
        self.generation = 0

    def keep(self, stream: Any) -> None:
        """Make one of moto's log streams keep its events here; idempotent."""
        if not isinstance(stream.events, SpooledEvents):
            stream.events = SpooledEvents(self, stream.events)
            stream._update = partial(_note_times, stream)  # noqa: SLF001 - moto reads all events for it

    def append(self, data: bytes) -> int:
        """Write a block and return its offset.

        Raises
        ------
        OSError
            If it could not be written.
        """
        with self._lock:
            if self._file is None:
                self._file = AppendFile(self._path, empty=True, write=self._write)
            return self._file.append(data)

    def read(self, offset: int, length: int, *, generation: int) -> bytes:
        """Return a block, or its beginning; empty if it was deleted since its generation."""
        with self._lock:
            if self._file is None or generation != self.generation:
                return b""
            return self._file.read(offset, length)

    def clear(self) -> None:
        """Delete all blocks, for when the streams are deleted, too."""
        with self._lock:
            self.generation += 1
            if self._file is not None:
                self._file.clear()

    def close(self) -> None:
        """Close the file. May be called twice."""
        with self._lock:
            if self._file is not None:
                self._file.close()
            self._file = None


@dataclass(frozen=True)
class SpooledBlocks:
    """The blocks that a stream had at one moment, which may be read while it gets more.

    Parameters
    ----------
    spool
        The file.
    generation
        That of the file.
    index
        The latest index block.
    recent
        The locations that are in no index block.
    """

    spool: LogSpool
    generation: int
    index: BlockLocation | None
    recent: bytes

    def between(self, start_ms: int, end_ms: int) -> Iterator[EventBlock]:
        """Yield the blocks with times in a range, latest first; both ends belong to it."""
        for place in self._places(start_ms, end_ms):
            if overlaps(place.first_ms, place.last_ms, start_ms, end_ms):
                yield EventBlock(place.first_ms, place.last_ms, partial(self._load, place))

    def _places(self, start_ms: int, end_ms: int) -> Iterator[BlockLocation]:
        yield from reversed(_unpacked(self.recent))
        index = self.index
        while index is not None:
            wanted = overlaps(index.first_ms, index.last_ms, start_ms, end_ms)
            size = index.length if wanted else _ENTRY.size
            previous, *places = _unpacked(self._read(index.offset, size)) or [_NONE]
            yield from reversed(places)
            index = previous if previous.length else None

    def _load(self, place: BlockLocation) -> Sequence[StoredEvent]:
        content = self._read(place.offset, place.length)
        return [StoredEvent(*row) for row in orjson.loads(content or b"[]")]

    def _read(self, offset: int, length: int) -> bytes:
        return self.spool.read(offset, length, generation=self.generation)


class SpooledEvents:
    """The events of one log stream, with what moto needs of a list: `+=`, `len` and iteration.

    Its memory does not grow with them.
    """

    def __init__(self, spool: LogSpool, events: Iterable[Any] = ()) -> None:
        self._spool = spool
        self._index: BlockLocation | None = None
        self._recent = bytearray()
        self._count = 0
        self.first_ms: int | None = None
        self.last_ms: int | None = None
        self += events

    def __iadd__(self, events: Iterable[Any]) -> Self:
        rows = [
            (event.event_id, event.ingestion_time, event.timestamp, event.message)
            for event in events
        ]
        if rows:
            place = self._written(orjson.dumps(rows), [row[2] for row in rows])
            self._recent += _ENTRY.pack(*place)
            self._count += len(rows)
            self._note(place)
            self._write_index()
        return self

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[StoredEvent]:
        if self.first_ms is not None and self.last_ms is not None:
            for block in reversed([*self.blocks().between(self.first_ms, self.last_ms)]):
                yield from block.load()

    def blocks(self) -> SpooledBlocks:
        """Return what there is now, to be read later."""
        return SpooledBlocks(self._spool, self._spool.generation, self._index, bytes(self._recent))

    def _note(self, place: BlockLocation) -> None:
        if self.first_ms is None or self.last_ms is None:
            self.first_ms, self.last_ms = place.first_ms, place.last_ms
        self.first_ms = min(self.first_ms, place.first_ms)
        self.last_ms = max(self.last_ms, place.last_ms)

    def _written(self, data: bytes, times_ms: Sequence[int]) -> BlockLocation:
        return BlockLocation(self._spool.append(data), len(data), min(times_ms), max(times_ms))

    def _write_index(self) -> None:
        if len(self._recent) < _INDEXED * _ENTRY.size:
            return
        times = [
            time for place in _unpacked(self._recent) for time in (place.first_ms, place.last_ms)
        ]
        with suppress(OSError):  # the next block tries again
            data = _ENTRY.pack(*(self._index or _NONE)) + self._recent
            self._index = self._written(data, times)
            self._recent = bytearray()


_NONE = BlockLocation(0, 0, 0, 0)


def _unpacked(entries: bytes | bytearray) -> list[BlockLocation]:
    return [BlockLocation(*entry) for entry in _ENTRY.iter_unpack(entries)]


def _note_times(stream: Any) -> None:
    """Replace moto's ``LogStream._update``."""
    stream.first_event_timestamp = stream.events.first_ms
    stream.last_event_timestamp = stream.events.last_ms
