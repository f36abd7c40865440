"""The file of a table: its items, and the records of its stream.

A record of the file has what one call changed, so that a call is in it as a whole or not at all.
moto has the items in memory; the file is read once, when they are first needed after a start.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from tracing_lab.embedded.storage.append_log import AppendFile, Write, read_log, record
from tracing_lab.embedded.storage.damage import keep_copy

from .items import Plain, comparable

COMPACT_BYTES = 8 * 1024**2
"""Size from which a file with mostly outdated items is compacted."""

_AT_ONCE = 256  # items of a record of a compacted file

PlainItem = tuple[Plain, Plain | None, Plain | None]
"""Partition and sort key of an item, and its attributes; None for a deleted one."""


@dataclass(frozen=True)
class StreamPart:
    """Records of a stream as they are in a file."""

    label: str
    records: list[dict[str, Any]]
    count: int


@dataclass
class TableContent:
    """What is in a file, with the newest state of each item."""

    items: dict[Any, PlainItem] = field(default_factory=dict)
    stream: StreamPart | None = None
    damaged: int = 0

    def add(self, body: bytes) -> None:
        """Add a record of the file."""
        content = orjson.loads(body)
        for partition, sort, attributes in content.get("items", ()):
            key = comparable(partition), comparable(sort)
            if attributes is None:
                self.items.pop(key, None)
            else:
                self.items[key] = partition, sort, attributes
        if "stream" in content:
            self._add_stream(StreamPart(**content["stream"]))

    def _add_stream(self, new: StreamPart) -> None:
        if self.stream is None or self.stream.label != new.label:
            self.stream = new
        elif new.count > self.stream.count:  # a record may have been written twice
            self.stream = StreamPart(new.label, self.stream.records + new.records, new.count)


class TableFile:
    """The file of one table. Guarded by the control plane's lock.

    Parameters
    ----------
    path
        The file, in an existing folder; created when needed.
    write
        Writes to the file.
    """

    def __init__(self, path: Path, *, write: Write = os.write) -> None:
        self.path = path
        self._write = write
        self._file: AppendFile | None = None
        self._limit = 0

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return self._open().size

    @property
    def is_large(self) -> bool:
        """Whether the file should be compacted."""
        return self.size > self._limit

    def cut(self, size: int) -> None:
        """Delete what was appended after a size."""
        self._open().cut(size)

    def append(self, body: bytes) -> None:
        """Write what a call changed; OSError if that fails, and nothing is written."""
        self._open().append(record(body))

    def read(self) -> TableContent:
        """Return what is in the file; what cannot be read is set aside."""
        if self.path.exists() and not self.path.stat().st_size:
            keep_copy(self.path, "all of it, for it is empty,")
        bodies, damaged = read_log(self.path)
        content = TableContent(damaged=damaged)
        for body in bodies:
            content.add(body)
        if damaged:
            keep_copy(self.path, f"{damaged} bytes")
        return content

    def rewrite(self, items: Iterable[PlainItem], stream: StreamPart | None) -> None:
        """Replace the file by one of these items; OSError if that fails, and the file stays."""
        fresh = self.path.with_name(self.path.name + ".new")
        try:
            with fresh.open("wb") as file:
                file.writelines(record(body) for body in _bodies(items, stream))
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        self.close()  # Windows replaces no open file
        fresh.replace(self.path)
        self._open()

    def delete(self) -> None:
        """Delete the file."""
        self.close()
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; it can be used further."""
        if self._file is not None:
            self._file.close()
        self._file = None

    def _open(self) -> AppendFile:
        if self._file is None:
            self._file = AppendFile(self.path, write=self._write)
            self._limit = 2 * self._file.size + COMPACT_BYTES
            if not self._file.size:
                self._file.append(record(b"{}"))  # by which an emptied file is detected
        return self._file


def changes_body(items: Iterable[PlainItem], stream: StreamPart | None) -> bytes:
    """Return the body of a record.

    Examples
    --------
    >>> changes_body([({"S": "a"}, None, None)], None)
    b'{"items":[[{"S":"a"},null,null]]}'
    """
    content: dict[str, Any] = {"items": list(items)}
    return orjson.dumps(content if stream is None else {**content, "stream": vars(stream)})


def _bodies(items: Iterable[PlainItem], stream: StreamPart | None) -> Iterator[bytes]:
    yield changes_body((), stream)
    some: list[PlainItem] = []
    for item in items:
        some.append(item)
        if len(some) == _AT_ONCE:
            yield changes_body(some, None)
            some = []
    if some:
        yield changes_body(some, None)
