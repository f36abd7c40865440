"""Reads traces from the SQLite file."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .chunks import unpack

_IDS_PER_QUERY = 500
_COLUMNS = "trace_id, epoch_s, start_s, end_s, revision, version"


class TraceRecord(NamedTuple):
    """The data of a trace without its documents.

    Parameters
    ----------
    trace_id
        The trace.
    epoch_s
        The second in which it started, epoch seconds.
    start_s
        Earliest start of its documents.
    end_s
        Latest end of its documents.
    revision
        1 at first; increases when a trace that was read changes.
    version
        Different after every change.
    """

    trace_id: str
    epoch_s: int
    start_s: float
    end_s: float
    revision: int
    version: int


@dataclass(frozen=True)
class StoredTrace:
    """A trace with its raw documents, as of one moment."""

    record: TraceRecord
    bodies: tuple[bytes, ...]


def find_traces(
    connection: sqlite3.Connection,
    where: str,
    parameters: Sequence[float | str],
    *,
    order: str,
    limit: int,
) -> list[TraceRecord]:
    """Return the traces that match a condition; `TraceStore.find` describes the parameters."""
    query = f"SELECT {_COLUMNS} FROM traces WHERE {where} ORDER BY {order} LIMIT ?"  # noqa: S608 - only constants of this package
    return list(map(TraceRecord._make, connection.execute(query, (*parameters, limit))))


def load_traces(connection: sqlite3.Connection, trace_ids: Sequence[str]) -> dict[str, StoredTrace]:
    """Return traces with their documents, as of one moment; unknown ids are left out."""
    stored: dict[str, StoredTrace] = {}
    connection.execute("BEGIN")
    try:
        for first in range(0, len(trace_ids), _IDS_PER_QUERY):
            stored |= _load_some(connection, trace_ids[first : first + _IDS_PER_QUERY])
    finally:
        connection.execute("COMMIT")
    return stored


def _load_some(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, StoredTrace]:
    marks = ",".join("?" * len(ids))
    records = connection.execute(
        f"SELECT {_COLUMNS} FROM traces WHERE trace_id IN ({marks})",  # noqa: S608 - only question marks
        ids,
    )
    chunks: dict[str, list[tuple[bytes, bytes]]] = {}
    found = connection.execute(
        f"SELECT trace_id, heads, body FROM chunks WHERE trace_id IN ({marks}) ORDER BY rowid",  # noqa: S608 - only question marks
        ids,
    )
    for trace_id, heads, body in found:
        chunks.setdefault(trace_id, []).append((heads, body))
    return {
        row[0]: StoredTrace(TraceRecord._make(row), unpack(chunks.get(row[0], ())))
        for row in records
    }
