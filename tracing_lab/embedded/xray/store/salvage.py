"""A trace store that SQLite finds damaged: set aside, and what can be read of it is kept.

Tables are read from both ends up to the damaged place. The documents count; what the store says of
each trace is worked out from them where it is lost.
"""

import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tracing_lab.embedded.storage.damage import set_aside
from tracing_lab.embedded.storage.wal_check import check_wal
from tracing_lab.embedded.xray.ingest.documents import (
    DocumentRow,
    is_trace_id,
    read_documents,
    trace_epoch_s,
)

from .chunks import unpack
from .file import SCHEMA_VERSION, connect, open_for_writing

_LOGGER = logging.getLogger(__name__)
_LARGE_BYTES = 256 * 1024**2
"""From here on a file is looked through after an unclean end only: it takes a second per GB."""

_WHAT_MUST_BE_THERE = (
    "SELECT rowid, trace_id, heads, body FROM chunks LIMIT 1",
    "SELECT trace_id, epoch_s, start_s, end_s, received_s, revision, version FROM traces LIMIT 1",
)
_BEFORE_ALL = -1
_AFTER_ALL = {"rowid": 2**63 - 1, "trace_id": b"\xff"}

_TRACE_TYPES = (str, int, float, float, float, int, int)
_Chunk = tuple[int, str, bytes, bytes]
_PUT_TRACE = "INSERT OR IGNORE INTO traces VALUES (?, ?, ?, ?, ?, ?, ?)"


def repair(path: Path) -> None:
    """Look through a trace store, and replace a damaged one by what can be read of it.

    Parameters
    ----------
    path
        The SQLite file, which nobody else uses; need not exist.
    """
    if not path.exists():
        return
    if not path.stat().st_size:
        set_aside(path, "all of it, for it is empty,")
        return
    try:
        unclean = path.with_name(path.name + "-wal").exists()
        check_wal(path)
        damage = _damage(path) if unclean or path.stat().st_size < _LARGE_BYTES else ""
    except sqlite3.DatabaseError as error:
        damage = str(error)
    if damage:
        _replace(path, damage)


def _damage(path: Path) -> str:
    with closing(connect(path)) as connection:
        result: str = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION:
            for query in _WHAT_MUST_BE_THERE:
                connection.execute(query)
    return "" if result == "ok" else result


def _replace(path: Path, damage: str) -> None:
    aside = set_aside(path, f"a part of the traces ({' '.join(damage.split())})")
    chunks, traces = _read_all(aside)
    connection, _version = open_for_writing(path)
    with closing(connection):
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO chunks VALUES (?, ?, ?)", (one[1:] for one in chunks))
        known = {one[1] for one in chunks}
        connection.executemany(_PUT_TRACE, (one for one in traces if one[0] in known))
        connection.executemany(_PUT_TRACE, _derived(chunks))
        connection.execute("COMMIT")
    _LOGGER.warning("%d traces could be read of %s and are kept", len(known), aside)


def _read_all(path: Path) -> tuple[list[_Chunk], list[tuple[Any, ...]]]:
    """Return the chunks and the traces that can be read."""
    try:
        with closing(connect(path)) as connection:
            connection.execute("PRAGMA writable_schema = ON")  # else a file that was cut is refused
            connection.text_factory = _text
            chunks = _from_both_ends(connection, "rowid, trace_id, heads, body", "chunks", "rowid")
            traces = _from_both_ends(connection, "*", "traces", "trace_id")
    except sqlite3.Error:  # not even its schema
        return [], []
    sound = [row for row in traces if tuple(map(type, row)) == _TRACE_TYPES]
    return [one for one in chunks if _is_sound(one)], sound


def _from_both_ends(
    connection: sqlite3.Connection, columns: str, table: str, key: str
) -> list[Any]:
    """Return the rows of a table that can be read, in the order of the key, its first column."""
    seen: set[Any] = set()
    parts = []
    for beyond, order, start in ((">", "ASC", _BEFORE_ALL), ("<", "DESC", _AFTER_ALL[key])):
        query = (
            f"SELECT {columns} FROM {table} WHERE {key} {beyond} ? "  # noqa: S608 - constants
            f"ORDER BY {key} {order} LIMIT 1"
        )
        parts.append(list(_walk(connection, query, start, seen)))
    return [*parts[0], *reversed(parts[1])]


def _walk(
    connection: sqlite3.Connection, query: str, key: Any, seen: set[Any]
) -> Iterator[tuple[Any, ...]]:
    """Yield row after row up to a damaged one, or one that was seen: damaged tables have circles.

    One query a row, because a cursor reads one ahead and loses it with the damaged one.
    """
    try:
        while (row := connection.execute(query, (key,)).fetchone()) and row[0] not in seen:
            yield row
            key = row[0]
            seen.add(key)
    except sqlite3.Error as error:
        _LOGGER.debug("%s ended early: %s", query, error)


def _text(value: bytes) -> str:
    return value.decode(errors="replace")


def _is_sound(chunk: _Chunk) -> bool:
    _, trace_id, *parts = chunk
    return is_trace_id(trace_id) and set(map(type, parts)) == {bytes}


def _derived(chunks: Iterable[_Chunk]) -> Iterator[tuple[Any, ...]]:
    """Yield what the store says of each trace, from its documents."""
    by_trace: dict[str, list[tuple[bytes, bytes]]] = {}
    for _, trace_id, heads, body in chunks:
        by_trace.setdefault(trace_id, []).append((heads, body))
    for trace_id, parts in by_trace.items():
        found = [row for body in unpack(parts) for row in read_documents(body)]
        rows = [row for row in found if isinstance(row, DocumentRow)]
        if rows:
            start_s, end_s = min(row.start_s for row in rows), max(row.end_s for row in rows)
            yield trace_id, trace_epoch_s(trace_id), start_s, end_s, time.time(), 1, 0
