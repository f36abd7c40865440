"""A key-value file that survives ``kill -9``, for data that fits into memory.

A change is one append that has reached the operating system when the call returns: it costs
microseconds, outlives the process, and only a crash of the whole machine could lose it. Several
changes in one call are atomic. A file with mostly outdated values is compacted.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Generic, TypeVar

import orjson

from .append_log import AppendFile, Write, read_log, record
from .damage import keep_copy

_LOGGER = logging.getLogger(__name__)

COMPACT_BYTES = 8 * 1024**2
"""Size from which a file with mostly outdated values is compacted."""

_HEAD = record(b"[]")
"""The first record of a file, by which a file that was emptied is detected."""

Key = TypeVar("Key", int, str)


class DurableMap(Generic[Key]):
    """Values by key, in the order of their first appearance.

    Not thread-safe, and for one process. A file that is damaged in part is set aside, and its
    readable part is kept.

    Parameters
    ----------
    path
        The file; created when needed, with its folder.
    write
        Writes to the file.
    """

    def __init__(self, path: Path, *, write: Write = os.write) -> None:
        self._path = path
        self._write = write
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lines: dict[Key, bytes]
        self._lines, is_dense = _read(path)
        self._file = AppendFile(path, write=write)
        self._limit = self._file.size + COMPACT_BYTES
        if not is_dense or not self._file.size:
            self._rewrite()

    def __len__(self) -> int:
        return len(self._lines)

    def __contains__(self, key: Key) -> bool:
        return key in self._lines

    def __iter__(self) -> Iterator[Key]:
        return iter(tuple(self._lines))

    def get(self, key: Key) -> Any:
        """Return a value; None when there is none."""
        line = self._lines.get(key)
        return None if line is None else orjson.loads(line)[1]

    def items(self) -> list[tuple[Key, Any]]:
        """Return keys and values in the order in which the keys first appeared."""
        return [(key, orjson.loads(line)[1]) for key, line in self._lines.items()]

    def change(self, *changes: tuple[Key, Any]) -> None:
        """Make all changes; they survive the process when this returns.

        Parameters
        ----------
        changes
            Keys and their new JSON-able values; None deletes.

        Raises
        ------
        OSError
            If they could not be written; none is made.
        """
        lines = {key: _line(key, value) for key, value in changes}
        if self._file.size > self._limit:
            self._rewrite()
        self._file.append(record(_joined(lines.values())))
        for key, value in changes:
            if value is None:
                self._lines.pop(key, None)
            else:
                self._lines[key] = lines[key]

    def clear(self) -> None:
        """Delete everything."""
        self._lines = {}
        self._file.clear()
        self._rewrite()

    def close(self) -> None:
        """Close the file. May be called twice."""
        self._file.close()

    def _rewrite(self) -> None:
        """Write the current values to a new file that replaces the old one.

        If that is not possible, as on a full disk, the old one stays in use.
        """
        fresh = self._path.with_name(self._path.name + ".new")
        try:
            records: list[bytes] = [record(_joined([line])) for line in self._lines.values()]
            fresh.write_bytes(b"".join([_HEAD, *records]))
            self._file.close()  # Windows replaces no open file
            fresh.replace(self._path)
        except OSError as error:
            _LOGGER.warning("%s stays as large as it is: %s", self._path, error)
            fresh.unlink(missing_ok=True)
        self._file.close()
        self._file = AppendFile(self._path, write=self._write)
        self._limit = 2 * self._file.size + COMPACT_BYTES  # so rewriting costs little per change


def _line(key: object, value: Any) -> bytes:
    line = orjson.dumps([key] if value is None else [key, value])
    return bytes(memoryview(line))  # a copy: orjson's own is kilobytes larger


def _joined(lines: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(lines) + b"]"


def _read(path: Path) -> tuple[dict[Any, bytes], bool]:
    """Return the lines by key, and whether the file has no outdated ones."""
    if path.exists() and not path.stat().st_size:
        keep_copy(path, "all of it, for it is empty,")
    bodies, damaged = read_log(path)
    older = _older_lines(path) if damaged and not bodies else []
    if damaged and not older:
        keep_copy(path, f"{damaged} bytes")
    changes = [change for body in bodies for change in orjson.loads(body)]
    lines: dict[Any, bytes] = {}
    for key, *value in [*older, *changes]:
        if value:
            lines[key] = _line(key, *value)
        else:
            lines.pop(key, None)
    return lines, not damaged and len(changes) == len(lines)


def _older_lines(path: Path) -> list[list[Any]]:
    """Return the changes in a file of version 0.1.0, which has a line of JSON for each."""
    changes = []
    for line in path.read_bytes().split(b"\n")[:-1]:  # the last one is empty, or torn
        try:
            change = orjson.loads(line)
        except ValueError:
            change = None
        if isinstance(change, list) and list(map(type, change)) in ([int], [int, dict]):
            changes.append(change)
        else:
            _LOGGER.warning("%s has a line that cannot be read: %.100r", path, line)
    return changes
