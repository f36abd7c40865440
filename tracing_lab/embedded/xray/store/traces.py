"""The trace store: raw documents in SQLite, durable against ``kill -9``.

Documents are stored as they were sent, in `chunks` of those committed together. A complete document
replaces an in-progress one, never the other way round. Each trace has a `version` that changes with
every commit of its documents: derived data is valid as long as the version is unchanged.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tracing_lab.embedded.storage.append_log import Write
from tracing_lab.embedded.xray.ingest.documents import DocumentRow, trace_start_s

from .acceptance import DocumentAcceptance
from .chunks import head_of_complete, pack
from .connections import ConnectionPool
from .file import open_for_writing
from .intake import Intake
from .records import StoredTrace, TraceRecord, find_traces, load_traces
from .salvage import repair
from .writer import GroupCommitWriter

logger = logging.getLogger(__name__)

RETENTION_S = 30 * 24 * 3600
_MOST_UNREAD = 20_000

_PUT_CHUNK = "INSERT INTO chunks (trace_id, heads, body) VALUES (?, ?, ?)"

_PUT_TRACE = """
INSERT INTO traces (trace_id, epoch_s, start_s, end_s, received_s, revision, version)
VALUES (?1, ?2, ?3, ?4, ?5, 1, ?6)
ON CONFLICT (trace_id) DO UPDATE SET
    epoch_s = min(epoch_s, excluded.epoch_s),
    start_s = min(start_s, excluded.start_s), end_s = max(end_s, excluded.end_s),
    received_s = excluded.received_s, revision = revision + ?7, version = excluded.version
"""


class TraceStore:
    """Raw documents on disk.

    Parameters
    ----------
    path
        The SQLite file; created if missing, with its folder.
    clock
        Returns the time in epoch seconds.
    on_change
        Called with the traces that a commit is about to change.
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
        self._clock = clock
        self._on_change = on_change
        self._connections = ConnectionPool(path)
        self._lock = threading.Lock()
        self._closed = False
        self._unread: set[str] = set()  # changed since the last read: no new revision yet
        path.parent.mkdir(parents=True, exist_ok=True)
        repair(path)
        connection, self._version = open_for_writing(path)
        self._writer: GroupCommitWriter[DocumentRow] = GroupCommitWriter(
            connection, self._write, on_idle=self._expire, maintenance=self._maintenance
        )
        self._writer.run(self._expire)
        self._acceptance = DocumentAcceptance(
            Intake(path.parent, write=write), self._writer, checkpoint=self._checkpoint
        )
        self._acceptance.recover()

    @property
    def backlog(self) -> int:
        """Documents that wait for their commit."""
        return self._writer.backlog

    @property
    def interrupted(self) -> list[DocumentRow]:
        """The documents that were in progress when an earlier process ended."""
        return self._acceptance.interrupted

    @property
    def cut_off_s(self) -> float:
        """When the earlier process wrote its last document, epoch seconds."""
        return self._acceptance.cut_off_s

    def emit(self, rows: Sequence[DocumentRow]) -> None:
        """Store documents of senders that get no response: a failure is logged."""
        self._acceptance.emit(rows)

    def emit_own(self, row: DocumentRow) -> None:
        """Accept a document of an AWS service itself, to be written by `keep_own`.

        An in-progress one is in the next process's `interrupted`, unless its final one arrives
        before this process ends.
        """
        self._acceptance.emit_own(row)

    def prepare(self, document_id: str, body: bytes) -> None:
        """Store a document that counts only if this process accepts no later one of its id."""
        self._acceptance.prepare(document_id, body)

    def keep_own(self) -> None:
        """Write the accepted documents of AWS services themselves: a failure is logged."""
        self._acceptance.write_held()

    def put(self, rows: Sequence[DocumentRow]) -> None:
        """Store documents; they are durable when this returns.

        Raises
        ------
        EmbeddedError
            If they could not be written.
        """
        if not rows:
            return
        if self._writer.failing or self._closed:
            self._writer.put(rows)  # raises the reason if it still fails
        else:
            self._acceptance.take(rows)

    def _maintenance(self) -> None:
        self._acceptance.settle()

    def flush(self) -> None:
        """Wait until all documents accepted before are written."""
        self._writer.flush()

    def find(
        self, where: str, parameters: Sequence[float | str], *, order: str, limit: int = -1
    ) -> list[TraceRecord]:
        """Return traces, including all documents emitted before.

        Parameters
        ----------
        where
            A condition over the columns of `TraceRecord`, a constant of this package; values from
            outside are in `parameters`.
        parameters
            Values of the question marks in `where`.
        order
            Columns to sort by.
        limit
            Largest number of traces; all if negative.
        """
        with self._reading() as connection:
            return find_traces(connection, where, parameters, order=order, limit=limit)

    def load(self, trace_ids: Iterable[str]) -> dict[str, StoredTrace]:
        """Return traces with their documents, as of one moment; unknown ids are left out."""
        with self._reading() as connection:
            return load_traces(connection, list(trace_ids))

    def mark_read(self, trace_ids: Iterable[str]) -> None:
        """Record that traces were read: their next change is a new revision."""
        with self._lock:
            self._unread.difference_update(trace_ids)

    def reset(self) -> None:
        """Delete all traces."""
        self._acceptance.forget()
        self._writer.run(_delete_all)
        with self._lock:
            self._unread.clear()

    def close(self) -> None:
        """Write pending documents and close the file. Idempotent."""
        if not self._closed:
            self._acceptance.close()
        self._writer.close()
        self._closed = True
        self._connections.close()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Borrow a connection that sees all documents emitted before."""
        self._writer.flush()
        with self._connections.borrowed() as connection:
            yield connection

    def _write(self, connection: sqlite3.Connection, rows: Sequence[DocumentRow]) -> None:
        """Write one batch; runs in the thread that commits it."""
        self._acceptance.write_held()  # also held documents of the same traces
        traces = _by_trace(_effective(connection, rows))
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
                self._unread.clear()  # costs incomplete ones an additional revision
        now_s = self._clock()
        return [
            (
                trace_id,
                trace_start_s(trace_id, start_s := min([row.start_s for row in rows])),
                start_s,
                max([row.end_s for row in rows]),
                now_s,
                self._version,
                trace_id in seen,
            )
            for trace_id, rows in traces.items()
        ]

    def _checkpoint(self) -> bool:
        """Move the write-ahead log to the file itself; return whether all of it was moved."""
        with self._connections.borrowed() as connection:
            busy, frames, moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return not busy and frames == moved

    def _expire(self, connection: sqlite3.Connection) -> None:
        """Delete traces over AWS's retention; runs in the writer's thread."""
        old = "SELECT trace_id FROM traces WHERE received_s < ?"
        oldest_s = self._clock() - RETENTION_S
        connection.execute(f"DELETE FROM chunks WHERE trace_id IN ({old})", (oldest_s,))  # noqa: S608 - constant
        gone = connection.execute("DELETE FROM traces WHERE received_s < ?", (oldest_s,)).rowcount
        if gone:
            logger.info("%d traces were older than 30 days and are deleted", gone)


def _effective(connection: sqlite3.Connection, rows: Sequence[DocumentRow]) -> list[DocumentRow]:
    """Return documents without in-progress ones that are already complete; complete ones first."""
    complete = [row for row in rows if not row.in_progress]
    if len(complete) == len(rows):
        return complete
    done = {(row.trace_id, row.id) for row in complete}
    started = [row for row in rows if row.in_progress and (row.trace_id, row.id) not in done]
    return complete + [row for row in started if not _is_complete(connection, row)]


def _is_complete(connection: sqlite3.Connection, row: DocumentRow) -> bool:
    """Return whether an in-progress document is already complete."""
    query = "SELECT 1 FROM chunks WHERE trace_id = ? AND instr(heads, ?)"
    found = connection.execute(query, (row.trace_id, head_of_complete(row.id)))
    return found.fetchone() is not None


def _by_trace(rows: Iterable[DocumentRow]) -> dict[str, list[DocumentRow]]:
    traces: dict[str, list[DocumentRow]] = {}
    for row in rows:
        traces.setdefault(row.trace_id, []).append(row)
    return traces


def _delete_all(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM chunks")
    connection.execute("DELETE FROM traces")
