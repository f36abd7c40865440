"""Takes documents: into a file before their senders have an answer, to the database beside."""

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from tracing_lab.embedded.xray.store.writer import GroupCommitWriter
from tracing_lab.errors import EmbeddedError

from .documents import DocumentRow, read_documents
from .intake import Intake, documents_in

logger = logging.getLogger(__name__)

_MOST_UNCOMMITTED = 20_000  # documents; whoever brings more waits for their commit


class Taking:
    """Keeps documents in the intake until the database file has them. Safe for several threads.

    What a killed process had taken is handed to the writer by `recover`.

    Parameters
    ----------
    intake
        The files, used by this alone from now on.
    writer
        Commits documents.
    checkpoint
        Moves commits to the database file; returns whether all could be moved.
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
        self._lock = threading.Lock()  # what is in the intake is handed to the writer, too
        self._settling = threading.Lock()  # guards the next two
        self._full: list[Path] = intake.left  # files of the intake, oldest first
        self._made_good = 0  # failures of the writer whose documents were committed since
        self._losing = False  # the last append without a caller who could be told has failed
        self.cut_off_s = _latest_change_s(self._full)
        self.interrupted: list[DocumentRow] = []

    def emit(self, rows: Sequence[DocumentRow]) -> None:
        """Keep documents for whose senders there is no answer: a failure is logged."""
        if rows:
            with self._lock:
                self._write_held()
                self._try_to_write(lambda: self._intake.keep([row.body for row in rows]))
                self._writer.add(rows)

    def emit_own(self, row: DocumentRow) -> None:
        """Take a document of one of AWS's own services, to be kept with `write_held`.

        One that is in progress is in the next process's `interrupted` when its final one has not
        come before this process ends.
        """
        with self._lock:
            hold = self._intake.hold_open if row.in_progress else self._intake.hold_final
            hold(row.id, row.body)
            self._writer.add([row])

    def prepare(self, document_id: str, body: bytes) -> None:
        """Take a document that counts only if no later one of its id comes in this process."""
        with self._lock:
            self._intake.hold_open(document_id, body)

    def write_held(self) -> None:
        """Keep the documents of AWS's own services that came up to now: a failure is logged.

        They are also kept with all that comes after them, and with the writer's next commit.
        """
        if self._intake.holds_some:
            with self._lock:
                self._write_held()

    def take(self, rows: Sequence[DocumentRow]) -> None:
        """Keep documents; when this returns they survive the process.

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
            self._losing = False
        except OSError as error:
            if not self._losing:  # once, not for each document while the disk is full
                logger.error("documents may not survive: %s. Free some disk space.", error)  # noqa: TRY400 - the trace would say nothing more
            self._losing = True

    def recover(self) -> None:
        """Commit what a killed process had taken, and note what it had not finished."""
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
        """Delete the intake's files when all that is in them has reached the database file.

        Until then they make good for a write-ahead log that gets damaged, and for commits that
        failed. Returns whether all were deleted.
        """
        with self._settling:
            with self._lock:
                self._write_held()
                full = self._intake.turn_over()
            self._full += [] if full is None else [full]
            self._writer.flush()
            failures = self._writer.failures
            if failures != self._made_good:
                self._commit_again()
                self._made_good = failures
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
        """Delete all files; what was taken is committed or on its way."""
        with self._settling:
            with self._lock:
                self._full += self._intake.clear()
            self._writer.flush()
            self._forget_full()

    def close(self) -> None:
        """Have all committed and close the file; what cannot be committed stays in files."""
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
    """Return the documents in a file of the intake, and whether each was still to be replaced."""
    return [
        (row, document.is_open)
        for document in documents_in(path)
        for row in read_documents(document.body)
        if isinstance(row, DocumentRow)
    ]
