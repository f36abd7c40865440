"""Accepts documents: writes them to a file before their acknowledgement, then to the database."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tracing_lab.embedded.xray.ingest.documents import DocumentRow, read_documents
from tracing_lab.errors import EmbeddedError

from .intake import Intake, documents_in
from .writer import GroupCommitWriter

logger = logging.getLogger(__name__)

_MOST_UNCOMMITTED = 20_000  # documents; senders of more wait for their commit


class DocumentAcceptance:
    """Keeps documents in the intake until the database file has them. Thread-safe.

    Documents that a killed process had accepted are committed by `recover`.

    Parameters
    ----------
    intake
        The files, exclusively used by this object.
    writer
        Commits documents.
    checkpoint
        Moves commits to the database file; returns whether all were moved.
    """

    def __init__(
        self,
        intake: Intake,
        writer: GroupCommitWriter[DocumentRow],
        *,
        checkpoint: Callable[[], bool],
    ) -> None:
        self._intake = intake
        self._writer = writer
        self._checkpoint = checkpoint
        self._lock = threading.Lock()  # documents in the intake are passed to the writer, too
        self._settling = threading.Lock()  # guards the next two
        self._full: list[Path] = intake.left  # files of the intake, oldest first
        self._repaired_failures = 0  # number of the writer's failures that were repaired
        self._append_fails = False  # the last append without a waiting caller has failed
        self.cut_off_s = _latest_change_s(self._full)
        self.interrupted: list[DocumentRow] = []

    def emit(self, rows: Sequence[DocumentRow]) -> None:
        """Store documents of senders that get no response: a failure is logged."""
        if rows:
            with self._lock:
                self._write_held()
                self._try_to_write(lambda: self._intake.keep([row.body for row in rows]))
                self._writer.add(rows)

    def emit_own(self, row: DocumentRow) -> None:
        """Accept a document of an AWS service itself, to be written by `write_held`.

        An in-progress one is in the next process's `interrupted`, unless its final one arrives
        before this process ends.
        """
        with self._lock:
            hold = self._intake.hold_open if row.in_progress else self._intake.hold_final
            hold(row.id, row.body)
            self._writer.add([row])

    def prepare(self, document_id: str, body: bytes) -> None:
        """Store a document that counts only if this process accepts no later one of its id."""
        with self._lock:
            self._intake.hold_open(document_id, body)

    def write_held(self) -> None:
        """Write the accepted documents of AWS services themselves: a failure is logged.

        They are also written with all later documents, and with the writer's next commit.
        """
        if self._intake.holds_some:
            with self._lock:
                self._write_held()

    def take(self, rows: Sequence[DocumentRow]) -> None:
        """Store documents; they are durable when this returns.

        Raises
        ------
        EmbeddedError
            If they could not be written.
        """
        with self._lock:
            self._write_held()
            try:
                self._intake.keep([row.body for row in rows])
            except OSError as error:
                msg = f"the trace store could not be written: {error}. Free some disk space."
                raise EmbeddedError(msg) from error
            self._writer.add(rows)
        if self._writer.backlog > _MOST_UNCOMMITTED:
            self._writer.flush()

    def _write_held(self) -> None:
        if self._intake.holds_some:
            self._try_to_write(self._intake.write_held)

    def _try_to_write(self, write: Callable[[], None]) -> None:
        try:
            write()
            self._append_fails = False
        except OSError as error:
            if not self._append_fails:  # once, not for each document while the disk is full
                logger.error("documents may not survive: %s. Free some disk space.", error)  # noqa: TRY400 - the trace would say nothing more
            self._append_fails = True

    def recover(self) -> None:
        """Commit the documents of a killed process, and collect those that it had not finished."""
        kept = [pair for path in self._full for pair in _kept_in(path)]
        unfinished: dict[str, DocumentRow] = {}
        for row, is_open in kept:
            unfinished.pop(row.id, None)
            if is_open and row.in_progress:
                unfinished[row.id] = row
        for row in unfinished.values():
            self.prepare(row.id, row.body)
        if kept:
            logger.info("committing %d documents that were under way at the end", len(kept))
            self._writer.add([row for row, _ in kept])
        self.interrupted = list(unfinished.values())

    def settle(self) -> bool:
        """Delete the intake's files if all their documents have reached the database file.

        Until then they protect from damage of the write-ahead log and from failed commits. Return
        whether all were deleted.
        """
        with self._settling:
            with self._lock:
                self._write_held()
                full = self._intake.rotate()
            self._full += [] if full is None else [full]
            self._writer.flush()
            failures = self._writer.failures
            if failures != self._repaired_failures:
                self._commit_again()
                self._repaired_failures = failures
            if self._writer.failures != failures or not self._checkpoint():
                return False
            self._forget_full()
            return True

    def _commit_again(self) -> None:
        for path in self._full:
            self._writer.put([row for row, _ in _kept_in(path)])

    def _forget_full(self) -> None:
        while self._full:
            self._full.pop(0).unlink(missing_ok=True)

    def forget(self) -> None:
        """Delete all files; their documents are committed or passed to the writer."""
        with self._settling:
            with self._lock:
                self._full += self._intake.clear()
            self._writer.flush()
            self._forget_full()

    def close(self) -> None:
        """Commit all documents and close the file; those that cannot be committed stay in files."""
        try:
            self.settle()
        except EmbeddedError:
            logger.exception("some documents are not committed; the next start tries again")
        with self._lock:
            self._write_held()
            self._intake.close()


def _latest_change_s(files: Iterable[Path]) -> float:
    return max((path.stat().st_mtime for path in files), default=0.0)


def _kept_in(path: Path) -> list[tuple[DocumentRow, bool]]:
    """Return the documents in a file of the intake, and whether each was open."""
    return [
        (row, document.is_open)
        for document in documents_in(path)
        for row in read_documents(document.body)
        if isinstance(row, DocumentRow)
    ]
