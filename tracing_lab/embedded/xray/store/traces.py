"""The trace store: raw documents in SQLite, durable against ``kill -9``.

Documents are kept as they were sent, in `chunks` of those that came together. A complete document
replaces an in-progress one, never the other way round. Each trace has a `version` that changes with
every commit that touches it: what is derived from a trace is valid as long as its version stands.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tracing_lab.embedded.storage.append_log import Write
from tracing_lab.embedded.xray.ingest.acceptance import Taking
from tracing_lab.embedded.xray.ingest.documents import DocumentRow, trace_epoch_s
from tracing_lab.embedded.xray.ingest.intake import Intake
from tracing_lab.errors import EmbeddedError

from .chunks import head_of_complete, pack, unpack
from .file import connect, open_for_writing
from .salvage import repair
from .writer import GroupCommitWriter

logger = logging.getLogger(__name__)

RETENTION_S = 30 * 24 * 3600
_IDS_PER_QUERY = 500
_MOST_UNREAD = 20_000

_PUT_CHUNK = "INSERT INTO chunks (trace_id, heads, body) VALUES (?, ?, ?)"

_PUT_TRACE = """
INSERT INTO traces (trace_id, epoch_s, start_s, end_s, received_s, revision, version)
VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)
ON CONFLICT (trace_id) DO UPDATE SET
    start_s = min(start_s, excluded.start_s), end_s = max(end_s, excluded.end_s),
    received_s = excluded.received_s, revision = revision + ?7, version = excluded.version
"""

_TRACE_COLUMNS = "trace_id, epoch_s, start_s, end_s, revision, version"


class TraceRecord(NamedTuple):
    """What the store knows of a trace without reading its documents.

    Parameters
    ----------
    trace_id
        The trace.
    epoch_s
        The time in its id, epoch seconds.
    start_s
        Earliest start of its documents.
    end_s
        Latest end of its documents.
    revision
        1 at first; grows when a trace that was read changes.
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


class TraceStore:
    """Raw documents on disk.

    Parameters
    ----------
    path
        The SQLite file; made when missing, with its folder.
    clock
        Gives the time in epoch seconds.
    on_change
        Gets the traces that a commit is about to change.
    write
        Writes to the files of the intake.

    Raises
    ------
    EmbeddedError
        If the file cannot be opened or was written by a newer version.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = time.time,
        on_change: Callable[[Iterable[str]], None] = lambda _: None,
        write: Write = os.write,
    ) -> None:
        self._path = path
        self._clock = clock
        self._on_change = on_change
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        self._unread: set[str] = set()  # changed since they were last read: no new revision yet
        path.parent.mkdir(parents=True, exist_ok=True)
        repair(path)
        connection, self._version = open_for_writing(path)
        self._writer: GroupCommitWriter[DocumentRow] = GroupCommitWriter(
            connection, self._write, on_idle=self._expire, tidy=self._tidy
        )
        self._writer.run(self._expire)
        self._taking = Taking(
            Intake(path.parent, write=write), self._writer, checkpoint=self._checkpoint
        )
        self._taking.recover()

    @property
    def backlog(self) -> int:
        """Documents that wait for their commit."""
        return self._writer.backlog

    @property
    def interrupted(self) -> list[DocumentRow]:
        """What an earlier process had in progress when it ended."""
        return self._taking.interrupted

    @property
    def cut_off_s(self) -> float:
        """When the earlier process wrote its last document, epoch seconds."""
        return self._taking.cut_off_s

    def emit(self, rows: Sequence[DocumentRow]) -> None:
        """Keep documents for whose senders there is no answer: a failure is logged."""
        self._taking.emit(rows)

    def emit_own(self, row: DocumentRow) -> None:
        """Take a document of one of AWS's own services, to be kept with `keep_own`.

        One that is in progress is in the next process's `interrupted` when its final one has not
        come before this process ends.
        """
        self._taking.emit_own(row)

    def prepare(self, document_id: str, body: bytes) -> None:
        """Take a document that counts only if no later one of its id comes in this process."""
        self._taking.prepare(document_id, body)

    def keep_own(self) -> None:
        """Keep the documents of AWS's own services that came up to now: a failure is logged."""
        self._taking.write_held()

    def put(self, rows: Sequence[DocumentRow]) -> None:
        """Keep documents; when this returns they survive the process.

        Raises
        ------
        EmbeddedError
            If they could not be written.
        """
        if not rows:
            return
        if self._writer.failing or self._closed:
            self._writer.put(rows)  # which tells why it cannot, if it still cannot
        else:
            self._taking.take(rows)

    def _tidy(self) -> None:
        self._taking.settle()

    def flush(self) -> None:
        """Wait until all documents that were handed over before are written."""
        self._writer.flush()

    def find(
        self, where: str, parameters: Sequence[float | str], *, order: str, limit: int = -1
    ) -> list[TraceRecord]:
        """List traces; what was emitted before is seen.

        Parameters
        ----------
        where
            A condition of this package's own making over the columns of `TraceRecord`; values
            from outside go into `parameters`.
        parameters
            Values of the question marks in `where`.
        order
            Columns to order by.
        limit
            At most so many; all when negative.
        """
        query = (
            f"SELECT {_TRACE_COLUMNS} FROM traces WHERE {where} "  # noqa: S608 - only constants of this package
            f"ORDER BY {order} LIMIT ?"
        )
        with self._reading() as connection:
            rows = connection.execute(query, (*parameters, limit)).fetchall()
        return list(map(TraceRecord._make, rows))

    def load(self, trace_ids: Iterable[str]) -> dict[str, StoredTrace]:
        """Read traces with their documents, as of one moment; unknown ids are left out."""
        ids = list(trace_ids)
        stored: dict[str, StoredTrace] = {}
        with self._reading() as connection:
            connection.execute("BEGIN")
            try:
                for first in range(0, len(ids), _IDS_PER_QUERY):
                    stored.update(_load_some(connection, ids[first : first + _IDS_PER_QUERY]))
            finally:
                connection.execute("COMMIT")
        return stored

    def mark_read(self, trace_ids: Iterable[str]) -> None:
        """Note that somebody has seen these traces: their next change makes a new revision."""
        with self._lock:
            self._unread.difference_update(trace_ids)

    def reset(self) -> None:
        """Delete all traces."""
        self._taking.forget()
        self._writer.run(_delete_all)
        with self._lock:
            self._unread.clear()

    def close(self) -> None:
        """Write what is left and close the file. May be called twice."""
        if not self._closed:
            self._taking.close()
        self._writer.close()
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _reading(self, *, up_to_date: bool = True) -> Iterator[sqlite3.Connection]:
        """Lend a connection that sees everything emitted before, unless that does not matter."""
        if up_to_date:
            self._writer.flush()
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = connect(self._path)
        try:
            yield connection
        except sqlite3.Error as error:
            msg = f"the trace store {self._path} cannot be read: {error}. Reset the embedded AWS."
            raise EmbeddedError(msg) from error
        finally:
            self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _write(self, connection: sqlite3.Connection, rows: Sequence[DocumentRow]) -> None:
        """Write one batch; runs in the thread that commits it."""
        self._taking.write_held()  # also what belongs to it and is no part of it
        traces = _by_trace(_news(connection, rows))
        self._version += 1
        chunks = [(trace_id, *pack(found)) for trace_id, found in traces.items()]
        connection.executemany(_PUT_CHUNK, chunks)
        connection.executemany(_PUT_TRACE, self._trace_values(traces))
        self._on_change(traces)

    def _trace_values(
        self, traces: Mapping[str, Sequence[DocumentRow]]
    ) -> list[tuple[object, ...]]:
        with self._lock:
            seen = traces.keys() - self._unread
            self._unread.update(seen)
            if len(self._unread) > _MOST_UNREAD:  # most are never read
                self._unread.clear()  # a revision more for those that are not complete yet
        now_s = self._clock()
        return [
            (
                trace_id,
                trace_epoch_s(trace_id),
                min([row.start_s for row in rows]),
                max([row.end_s for row in rows]),
                now_s,
                self._version,
                trace_id in seen,
            )
            for trace_id, rows in traces.items()
        ]

    def _checkpoint(self) -> bool:
        """Move the write-ahead log to the file itself; returns whether all of it could be moved."""
        with self._reading(up_to_date=False) as connection:
            busy, frames, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return not busy and frames == moved

    def _expire(self, connection: sqlite3.Connection) -> None:
        """Delete what is older than AWS keeps it; runs in the writer's thread."""
        old = "SELECT trace_id FROM traces WHERE received_s < ?"
        oldest_s = self._clock() - RETENTION_S
        connection.execute(f"DELETE FROM chunks WHERE trace_id IN ({old})", (oldest_s,))  # noqa: S608 - constant
        gone = connection.execute("DELETE FROM traces WHERE received_s < ?", (oldest_s,)).rowcount
        if gone:
            logger.info("%d traces were older than 30 days and are deleted", gone)


def _news(connection: sqlite3.Connection, rows: Sequence[DocumentRow]) -> list[DocumentRow]:
    """Leave out documents in progress that are complete already; put the complete ones first."""
    complete = [row for row in rows if not row.in_progress]
    if len(complete) == len(rows):
        return complete
    done = {(row.trace_id, row.id) for row in complete}
    started = [row for row in rows if row.in_progress and (row.trace_id, row.id) not in done]
    return complete + [row for row in started if not _is_complete(connection, row)]


def _is_complete(connection: sqlite3.Connection, row: DocumentRow) -> bool:
    """Return whether the end of a document in progress has come already."""
    query = "SELECT 1 FROM chunks WHERE trace_id = ? AND instr(heads, ?)"
    found = connection.execute(query, (row.trace_id, head_of_complete(row.id)))
    return found.fetchone() is not None


def _by_trace(rows: Iterable[DocumentRow]) -> dict[str, list[DocumentRow]]:
    traces: dict[str, list[DocumentRow]] = {}
    for row in rows:
        traces.setdefault(row.trace_id, []).append(row)
    return traces


def _load_some(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, StoredTrace]:
    marks = ",".join("?" * len(ids))
    records = connection.execute(
        f"SELECT {_TRACE_COLUMNS} FROM traces WHERE trace_id IN ({marks})",  # noqa: S608 - only question marks
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


def _delete_all(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM chunks")
    connection.execute("DELETE FROM traces")
