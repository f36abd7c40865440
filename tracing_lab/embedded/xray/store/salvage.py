"""Repairs a damaged trace store: sets it aside and keeps its readable part.

Tables are read from both ends up to the damage. Lost rows of traces are computed from their
documents.
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
    read_documents,
    trace_start_s,
)
from tracing_lab.xray_model.trace_ids import is_trace_id

from .chunks import unpack
from .file import SCHEMA_VERSION, connect, open_for_writing

_LOGGER = logging.getLogger(__name__)
_LARGE_BYTES = 256 * 1024**2
"""Size from which a file is checked only after an unclean end: it takes a second per GB."""

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
    """Check a trace store, and replace a damaged one by its readable part.

    Parameters
    ----------
    path
        The SQLite file, which no other process uses; need not exist.
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
        connection.executemany(
            "INSERT INTO chunks VALUES (?, ?, ?)", (chunk[1:] for chunk in chunks)
        )
        known = {chunk[1] for chunk in chunks}
        connection.executemany(_PUT_TRACE, (trace for trace in traces if trace[0] in known))
        connection.executemany(_PUT_TRACE, _derived(chunks))
        connection.execute("COMMIT")
    _LOGGER.warning("%d traces could be read of %s and are kept", len(known), aside)


def _read_all(path: Path) -> tuple[list[_Chunk], list[tuple[Any, ...]]]:
    """Return the chunks and the traces that can be read."""
    try:
        with closing(connect(path)) as connection:
            connection.execute(
                "PRAGMA writable_schema = ON"
            )  # else a file that was cut is rejected
            connection.text_factory = _text
            chunks = _from_both_ends(connection, "rowid, trace_id, heads, body", "chunks", "rowid")
            traces = _from_both_ends(connection, "*", "traces", "trace_id")
    except sqlite3.Error:  # not even its schema
        return [], []
    sound = [row for row in traces if tuple(map(type, row)) == _TRACE_TYPES]
    return [chunk for chunk in chunks if _is_sound(chunk)], sound


def _from_both_ends(
    connection: sqlite3.Connection, columns: str, table: str, key: str
) -> list[Any]:
    """Return the readable rows of a table, sorted by the key, its first column."""
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
    """Yield rows up to a damaged one, or a repeated one: damaged tables may have cycles.

    One query per row, because a cursor reads one ahead and loses it with the damaged one.
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
    """Yield the row of each trace, computed from its documents."""
    by_trace: dict[str, list[tuple[bytes, bytes]]] = {}
    for _, trace_id, heads, body in chunks:
        by_trace.setdefault(trace_id, []).append((heads, body))
    for trace_id, parts in by_trace.items():
        found = [row for body in unpack(parts) for row in read_documents(body)]
        rows = [row for row in found if isinstance(row, DocumentRow)]
        if rows:
            start_s, end_s = min(row.start_s for row in rows), max(row.end_s for row in rows)
            yield trace_id, trace_start_s(trace_id, start_s), start_s, end_s, time.time(), 1, 0
