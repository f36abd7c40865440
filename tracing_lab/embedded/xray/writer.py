"""One thread that writes batches to SQLite: many callers, one transaction each time (group commit).

A committed batch survives ``kill -9`` of the process: in WAL mode with ``synchronous=NORMAL`` the
commit has reached the operating system when `Batch.done` is set.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tracing_lab.errors import EmbeddedError

logger = logging.getLogger(__name__)

Item = TypeVar("Item")


@dataclass
class Batch(Generic[Item]):
    """What is written in one transaction.

    Parameters
    ----------
    items
        What the callers handed over, in their order.
    task
        Runs before the items are written, in the same transaction.
    done
        Set when the transaction has ended, well or not.
    error
        Why the transaction failed; None when it did not.
    """

    items: list[Item] = field(default_factory=list)
    task: Callable[[sqlite3.Connection], None] | None = None
    done: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None

    def wait(self) -> None:
        """Wait for the commit.

        Raises
        ------
        EmbeddedError
            If the batch could not be written.
        """
        self.done.wait()
        if self.error is not None:
            msg = (
                f"the trace store could not be written: {self.error}. "
                "Free some disk space or reset the embedded AWS."
            )
            raise EmbeddedError(msg) from self.error


class GroupCommitWriter(Generic[Item]):
    """A thread that commits what is handed to it, batch after batch.

    Parameters
    ----------
    connection
        Used by the thread alone from now on, and closed by `close`.
    write
        Writes the items of a batch; called inside a transaction.
    on_idle
        Called after each `idle_s` seconds without work, in a transaction of its own.
    idle_s
        Seconds between two calls of `on_idle`.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        write: Callable[[sqlite3.Connection, Sequence[Item]], None],
        *,
        on_idle: Callable[[sqlite3.Connection], None] | None = None,
        idle_s: float = 3600.0,
    ) -> None:
        self._connection = connection
        self._write = write
        self._on_idle = on_idle
        self._idle_s = idle_s
        self._changed = threading.Condition()
        self._queue: list[Batch[Item]] = []
        self._writing: Batch[Item] | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="xray-store-writer", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Items that wait to be written."""
        with self._changed:
            return sum(len(batch.items) for batch in self._queue)

    def add(self, items: Sequence[Item]) -> Batch[Item]:
        """Hand items over; returns at once. Wait on the batch to know that they are durable."""
        with self._changed:
            self._refuse_when_closed()
            if not self._queue or self._queue[-1].task is not None:
                self._queue.append(Batch())
                self._changed.notify_all()
            batch = self._queue[-1]
            batch.items.extend(items)
            return batch

    def run(self, task: Callable[[sqlite3.Connection], None]) -> None:
        """Run a task in a transaction of its own, after all that was handed over before."""
        with self._changed:
            self._refuse_when_closed()
            batch: Batch[Item] = Batch(task=task)
            self._queue.append(batch)
            self._changed.notify_all()
        batch.wait()

    def flush(self) -> None:
        """Wait until all that was handed over before is written, or has failed and was logged."""
        with self._changed:
            last = self._queue[-1] if self._queue else self._writing
        if last is not None:
            last.done.wait()

    def close(self) -> None:
        """Write what is left, end the thread and close the connection. May be called twice."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        self._connection.close()

    def _refuse_when_closed(self) -> None:
        if self._closing:
            msg = "the trace store is closed. Start the embedded AWS again to write to it."
            raise EmbeddedError(msg)

    def _run(self) -> None:
        while True:
            with self._changed:
                waited = self._changed.wait_for(
                    lambda: bool(self._queue) or self._closing, timeout=self._idle_s
                )
                if self._queue:
                    self._writing = self._queue.pop(0)
                elif waited:
                    return
                else:
                    self._writing = Batch(task=self._on_idle)
            self._commit(self._writing)

    def _commit(self, batch: Batch[Item]) -> None:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            if batch.task is not None:
                batch.task(connection)
            if batch.items:
                self._write(connection, batch.items)
            connection.execute("COMMIT")
        except Exception as error:  # the thread must live on; callers who wait get the error
            logger.exception("%d documents could not be stored", len(batch.items))
            batch.error = error
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        finally:
            batch.done.set()
