"""Documents between their acknowledgement and their commit, in files that survive ``kill -9``.

Appending to a file costs a tenth of a commit to SQLite. So whoever sends documents waits for the
append only, and commits are made beside, many calls at a time. What a killed process had not
committed is read from the files by the next one; a document that is committed twice does no harm,
because documents of one id replace each other.

A document that its sender is going to replace is open: it is carried into each new file until the
final one has come, so that the next process can finish what nobody else will.
"""

import logging
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from tracing_lab.embedded.append_log import AppendFile, Write, read_log, record
from tracing_lab.embedded.damage import keep_copy

_LOGGER = logging.getLogger(__name__)
_PATTERN = "intake-*.log"
_FINAL, _OPEN = b"d", b"o"
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
    """Files of documents. To be used by one thread at a time.

    Parameters
    ----------
    folder
        Where the files are.
    write
        Writes to a file.
    """

    def __init__(self, folder: Path, *, write: Write = os.write) -> None:
        self._folder = folder
        self._write = write
        self.left = sorted(filter(_has_number, folder.glob(_PATTERN)), key=_number)
        self._next = 1 + max(map(_number, self.left), default=0)
        self._file: AppendFile | None = None
        self._open: dict[str, bytes] = {}

    def keep(self, bodies: Iterable[bytes]) -> None:
        """Append documents; they survive the process when this returns.

        Raises
        ------
        OSError
            If they could not be written.
        """
        self._append(b"".join([record(_FINAL + body) for body in bodies]))

    def keep_open(self, key: str, body: bytes) -> None:
        """Append a document that a later one of the same key replaces; OSError as in `keep`."""
        data = record(_OPEN + body)
        self._open[key] = data  # so that it is written with the next file at the latest
        self._append(data)

    def keep_final(self, key: str, body: bytes) -> None:
        """Append a document after which none of the same key comes; OSError as in `keep`."""
        self._append(record(_FINAL + body))
        self._open.pop(key, None)

    def turn_over(self) -> Path | None:
        """Begin a new file with what is open; returns the old one, None if there is none.

        When there is no space for a new file, the old one stays in use.
        """
        old = self._file
        if old is None:
            return None
        self._file = None
        try:
            self._append(b"".join(self._open.values()))
        except OSError as error:
            _LOGGER.warning("%s stays in use: no new file can be written: %s", old.path, error)
            self._discard()
            self._file = old
            return None
        old.close()
        return old.path

    def clear(self) -> list[Path]:
        """Forget what is open and begin a new file; returns the old one, if there is one."""
        self._open = {}
        old = self.turn_over()
        return [] if old is None else [old]

    def close(self) -> None:
        """Close the file; it stays."""
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
    return [KeptDocument(body[1:], body[:1] == _OPEN) for body in bodies]


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
