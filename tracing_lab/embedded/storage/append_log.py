"""Append-only files of records: appends are atomic, and damage is detected on reading.

A record is its size and checksum, then its bytes. An append that returns has reached the operating
system, so it outlives the process. An append that fails, as on a full disk, is undone: a part that
was written is truncated.
"""

import errno
import os
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

Write = Callable[[int, bytes], int]
"""Writes bytes to a descriptor and returns how many were written, like `os.write`."""

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
_HEAD = re.compile(rb"(\d{1,10}) ([0-9a-f]{8})\n")
_NO_SPACE = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


def is_disk_full(error: BaseException) -> bool:
    """Return whether an error means that the disk is full.

    Examples
    --------
    >>> is_disk_full(OSError(errno.ENOSPC, "No space left on device")), is_disk_full(KeyError())
    (True, False)
    """
    return isinstance(error, OSError) and error.errno in _NO_SPACE


def record(body: bytes) -> bytes:
    """Return a record as written to the file.

    Examples
    --------
    >>> record(b"abc").splitlines()
    [b'3 352441c2', b'abc']
    """
    return b"%d %08x\n%b\n" % (len(body), zlib.crc32(body), body)


class AppendFile:
    """An append-only file. Not thread-safe.

    Parameters
    ----------
    path
        The file; created if missing.
    empty
        Whether to delete its content.
    write
        Writes to the file.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """

    def __init__(self, path: Path, *, empty: bool = False, write: Write = os.write) -> None:
        self.path = path
        self._write = write
        self._fd = os.open(path, _FLAGS | (os.O_TRUNC if empty else 0), 0o600)
        self.size = os.fstat(self._fd).st_size
        self._torn = False

    def append(self, data: bytes) -> int:
        """Append bytes, all or none, and return their offset.

        Raises
        ------
        OSError
            If they could not be written; the file is as it was before.
        """
        if self._torn:
            self._cut()
        place = self.size
        try:
            self._write_all(data)
        except OSError:
            self._torn = True
            with suppress(OSError):  # the next append tries again, and fails if it cannot
                self._cut()
            raise
        self.size += len(data)
        return place

    def read(self, place: int, size: int) -> bytes:
        """Return bytes that were appended."""
        os.lseek(self._fd, place, os.SEEK_SET)
        return os.read(self._fd, size)

    def cut(self, size: int) -> None:
        """Delete what was appended after an offset."""
        self.size = size
        self._cut()

    def clear(self) -> None:
        """Delete all content."""
        self.cut(0)

    def close(self) -> None:
        """Close the file. May be called twice."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def _write_all(self, data: bytes) -> None:
        written = self._write(self._fd, data)
        while written < len(data):  # the disk is full, which the next call reports
            written += self._write(self._fd, data[written:])

    def _cut(self) -> None:
        os.ftruncate(self._fd, self.size)
        self._torn = False


class LogContent(NamedTuple):
    """The readable content of a file of records.

    Parameters
    ----------
    bodies
        The records, in order.
    damaged
        Number of bytes outside of whole records.
    """

    bodies: list[bytes]
    damaged: int


def read_log(path: Path) -> LogContent:
    """Return the whole records of a file, including those after damage."""
    content = path.read_bytes() if path.exists() else b""
    spans = list(_records(content))
    used = sum(end - begin for begin, _, end in spans)
    return LogContent([content[body : end - 1] for _, body, end in spans], len(content) - used)


def _records(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the offsets of the head, body and end of each whole record."""
    head = _HEAD.search(content)
    while head is not None:
        end = _end_of(content, head)
        if end:
            yield head.start(), head.end(), end
        head = _HEAD.search(content, end or head.start() + 1)


def _end_of(content: bytes, head: re.Match[bytes]) -> int:
    """Return the end of the record with this head; 0 if it is not whole."""
    end = head.end() + int(head[1])
    body = content[head.end() : end]
    whole = content[end : end + 1] == b"\n" and zlib.crc32(body) == int(head[2], 16)
    return end + 1 if whole else 0
