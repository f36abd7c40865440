"""Documents between their acknowledgement and their commit, in files that survive ``kill -9``.

Appending to a file costs a tenth of a commit to SQLite. So senders wait for the append only, and
commits combine many calls in the background. Documents that a killed process had not committed are
read from the files by the next one; committing a document twice is harmless, because documents of
one id replace each other.

The documents of one call are one record. Documents without a waiting sender are held and written
together: an order has dozens, and an append costs as much as creating two of them.

A document that its sender is going to replace is open: it is copied to each new file until the
final one has arrived, so that the next process can finish it otherwise.
"""

import logging
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import orjson

from tracing_lab.embedded.storage.append_log import AppendFile, Write, read_log, record
from tracing_lab.embedded.storage.damage import keep_copy

_LOGGER = logging.getLogger(__name__)
_PATTERN = "intake-*.log"
_FINAL, _OPEN, _SEVERAL = b"d", b"o", b"s"
_OLDER_HEAD = re.compile(rb"(\d+)\n")  # files of version 0.1.0 have no checksums


class KeptDocument(NamedTuple):
    """A document in a file of the intake.

    Parameters
    ----------
    body
        The document as it was sent.
    is_open
        Whether its sender was going to replace it.
    """

    body: bytes
    is_open: bool = False


class Intake:
    """Files of documents. Not thread-safe."""

    def __init__(self, folder: Path, *, write: Write = os.write) -> None:
        self._folder = folder
        self._write = write
        self.left = sorted(filter(_has_number, folder.glob(_PATTERN)), key=_number)
        self._next = 1 + max(map(_number, self.left), default=0)
        self._file: AppendFile | None = None
        self._open: dict[str, bytes] = {}
        self._held: dict[str, bytes] = {}

    @property
    def holds_some(self) -> bool:
        """Whether there are documents to write."""
        return bool(self._held)

    def keep(self, bodies: Sequence[bytes]) -> None:
        """Append the documents of a call; they are durable when this returns.

        Raises
        ------
        OSError
            If they could not be written.
        """
        if bodies:
            sizes = orjson.dumps(list(map(len, bodies)))
            self._append(record(b"".join([_SEVERAL, sizes, b"\n", *bodies])))

    def hold_open(self, key: str, body: bytes) -> None:
        """Hold a document that a later one of the same key replaces."""
        self._held[key] = self._open[key] = _OPEN + body

    def hold_final(self, key: str, body: bytes) -> None:
        """Hold the last document of its key."""
        self._held[key] = _FINAL + body
        self._open.pop(key, None)

    def write_held(self) -> None:
        """Append the held documents; they are durable when this returns.

        Raises
        ------
        OSError
            If they could not be written. They are not held any more; open ones are written with the
            next file.
        """
        held, self._held = self._held, {}
        self._append(_records(held))

    def rotate(self) -> Path | None:
        """Start a new file with the open documents; return the old one, None if there is none.

        Held documents are written to the old one. If there is no space for a new file, the old one
        stays in use; OSError as in `write_held`.
        """
        self.write_held()
        old = self._file
        if old is None:
            return None
        self._file = None
        try:
            self._append(_records(self._open))
        except OSError as error:
            _LOGGER.warning("%s stays in use: no new file can be written: %s", old.path, error)
            self._discard()
            self._file = old
            return None
        old.close()
        return old.path

    def clear(self) -> list[Path]:
        """Drop open and held documents; return the file, if there is one, and start a new one."""
        self._open, self._held = {}, {}
        old = self.rotate()
        return [] if old is None else [old]

    def close(self) -> None:
        """Write held documents and close the file, which stays; OSError as in `write_held`."""
        self.write_held()
        if self._file is not None:
            self._file.close()
        self._file = None

    def _discard(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file.path.unlink(missing_ok=True)

    def _append(self, data: bytes) -> None:
        if not data:
            return
        if self._file is None:
            path = self._folder / f"intake-{self._next}.log"
            self._file = AppendFile(path, write=self._write)
            self._next += 1
        self._file.append(data)


def documents_in(path: Path) -> list[KeptDocument]:
    """Return the documents of a file; damaged ones are left out, and a copy of the file is kept."""
    if not path.stat().st_size:
        keep_copy(path, "all of it, for it is empty,")
    bodies, damaged = read_log(path)
    if not bodies and damaged and (older := _older_documents(path.read_bytes())):
        return older
    if damaged:
        keep_copy(path, f"{damaged} bytes of documents that wait for their commit")
    return [document for body in bodies for document in _documents_of(body)]


def _documents_of(body: bytes) -> Iterator[KeptDocument]:
    """Yield the documents of a record."""
    if body[:1] != _SEVERAL:
        yield KeptDocument(body[1:], body[:1] == _OPEN)
        return
    sizes, _, rest = body[1:].partition(b"\n")
    start = 0
    for size in orjson.loads(sizes):
        yield KeptDocument(rest[start : start + size])
        start += size


def _records(documents: Mapping[str, bytes]) -> bytes:
    return b"".join(map(record, documents.values()))


def _older_documents(content: bytes) -> list[KeptDocument]:
    """Return the documents of a file whose records are a size and a document."""
    documents, place = [], 0
    while head := _OLDER_HEAD.match(content, place):
        place = head.end() + int(head[1])
        if place <= len(content):
            documents.append(KeptDocument(content[head.end() : place]))
    return documents


def _has_number(path: Path) -> bool:
    return path.stem.partition("-")[2].isdecimal()


def _number(path: Path) -> int:
    return int(path.stem.partition("-")[2])
