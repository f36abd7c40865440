"""Detects commits that SQLite silently drops from a damaged write-ahead log.

SQLite reads a log up to the first frame with a wrong checksum and treats that as the end. Here the
frames are counted by their heads alone, and the two counts are compared.
https://www.sqlite.org/fileformat2.html#the_write_ahead_log
"""

import sqlite3
import struct
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from .damage import keep_copy

_HEAD = struct.Struct(">8I")
_FRAME_HEAD = struct.Struct(">4I")
_FRAME_HEAD_BYTES = 24
_BIG_ENDIAN = 1  # the last bit of the magic number
_MAGIC = 0x377F0682


def check_wal(database: Path) -> None:
    """Keep a copy of a database's write-ahead log if SQLite cannot read all of it, and log that.

    SQLite moves what it can read to the database.

    Parameters
    ----------
    database
        The database file, which no other process uses.

    Raises
    ------
    sqlite3.Error
        If the database cannot be read.
    """
    wal = database.with_name(database.name + "-wal")
    size = wal.stat().st_size if wal.exists() else 0
    if size == 0:
        return
    page_bytes, commits = _commits(wal, size)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        lost = _lost(size, page_bytes, commits, _frames_read(connection))
        if lost:
            keep_copy(wal, lost)


def _lost(size: int, page_bytes: int, commits: Sequence[int], frames_read: int) -> str:
    """Return a description of what is lost; empty if nothing is known to be."""
    if page_bytes == 0:
        return f"all {size} bytes"
    lost = sum(number > frames_read for number in commits)
    if lost:
        return f"{lost} of {len(commits)} commits"
    rest = (size - _HEAD.size) % (page_bytes + _FRAME_HEAD_BYTES)
    cut = rest not in {0, _FRAME_HEAD_BYTES}  # a kill can end a write between head and page
    return f"the last {rest} bytes" if cut else ""


def _commits(wal: Path, size: int) -> tuple[int, list[int]]:
    """Return the page size and the numbers of the frames that end a commit; 0 for a bad head."""
    with wal.open("rb") as file:
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size or not _is_sound(head):
            return 0, []
        _, _, page_bytes, _, *salts, _, _ = _HEAD.unpack(head)
        frames = (size - _HEAD.size) // (page_bytes + _FRAME_HEAD_BYTES)
        numbers = []
        for number in range(1, frames + 1):
            file.seek(_HEAD.size + (number - 1) * (page_bytes + _FRAME_HEAD_BYTES))
            _, pages, *own_salts = _FRAME_HEAD.unpack(file.read(_FRAME_HEAD.size))
            if pages and own_salts == salts:  # others are left from an earlier turn of the log
                numbers.append(number)
    return page_bytes, numbers


def _is_sound(head: bytes) -> bool:
    magic = _HEAD.unpack(head)[0]
    if magic & ~_BIG_ENDIAN != _MAGIC:
        return False
    order = ">" if magic & _BIG_ENDIAN else "<"
    first = second = 0
    words: Iterator[tuple[int, int]] = struct.iter_unpack(f"{order}2I", head[:24])
    for even, odd in words:
        first = (first + even + second) & 0xFFFFFFFF
        second = (second + odd + first) & 0xFFFFFFFF
    return (first, second) == _HEAD.unpack(head)[6:]


def _frames_read(connection: sqlite3.Connection) -> int:
    connection.execute("PRAGMA synchronous = OFF")  # only a crash of the machine needs it
    connection.execute("SELECT count(*) FROM sqlite_master")
    frames: int = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
    return frames
