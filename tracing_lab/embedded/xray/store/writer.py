"""Group commit to SQLite: one transaction for many callers.

Callers that wait for a commit make it: the first of them commits the items of all, the others find
theirs written. Items without a waiting caller are committed by a thread; it also runs maintenance.

A committed batch survives ``kill -9`` of the process: in WAL mode with ``synchronous=NORMAL`` the
commit has reached the operating system when `GroupCommitWriter.put` returns.
"""

import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from tracing_lab.errors import EmbeddedError

logger = logging.getLogger(__name__)

Item = TypeVar("Item")

_MAINTENANCE_AFTER = 5_000
_GATHER_S = 0.02
"""How long the thread collects items without a waiting caller: commits are expensive."""


@dataclass
class Batch(Generic[Item]):
    """The items of one transaction.

    Parameters
    ----------
    items
        The items of the callers, in order.
    task
        Runs before the items are written, in the same transaction.
    done
        Whether the transaction has ended, successfully or not.
    error
        Why the transaction failed; None if it did not.
    """

    items: list[Item] = field(default_factory=list)
    task: Callable[[sqlite3.Connection], None] | None = None
    done: bool = False
    error: Exception | None = None

    def raise_if_failed(self) -> None:
        """Raise if the batch could not be written.

        Raises
        ------
        EmbeddedError
            If it could not be written.
        """
        if self.error is not None:
            msg = (
                f"the trace store could not be written: {self.error}. "
                "Free some disk space or reset the embedded AWS."
            )
            raise EmbeddedError(msg) from self.error


class GroupCommitWriter(Generic[Item]):
    """Commits items in batches. Thread-safe.

    Parameters
    ----------
    connection
        Exclusively used by this object, and closed by `close`.
    write
        Writes the items of a batch; called inside a transaction.
    on_idle
        Called after `idle_s` seconds without work, in a transaction of its own.
    maintenance
        Maintenance, called now and then after commits, by the thread while others may commit.
    idle_s
        Seconds between two calls of `on_idle`.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        write: Callable[[sqlite3.Connection, Sequence[Item]], None],
        *,
        on_idle: Callable[[sqlite3.Connection], None] | None = None,
        maintenance: Callable[[], object] = lambda: None,
        idle_s: float = 3600.0,
    ) -> None:
        self._connection = connection
        self._write = write
        self._on_idle = on_idle
        self._maintenance = maintenance
        self._since_maintenance = 0  # items written since the last maintenance
        self._idle_s = idle_s
        self._changed = threading.Condition()  # guards the queue
        self._turn = threading.Lock()  # its holder may use the connection
        self._queue: deque[Batch[Item]] = deque()
        self._closing = False
        self.failing = False  # the last commit failed
        self.failures = 0  # number of failed commits
        self._thread = threading.Thread(target=self._run, name="xray-store-writer", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Items that wait to be written."""
        with self._changed:
            return sum(len(batch.items) for batch in self._queue)

    def add(self, items: Sequence[Item]) -> None:
        """Queue items; return at once."""
        with self._changed:
            idle = not self._queue
            self._enqueue(items)
            if idle:
                self._changed.notify()

    def put(self, items: Sequence[Item]) -> None:
        """Write items, after all queued before; durable when this returns.

        Raises
        ------
        EmbeddedError
            If they could not be written.
        """
        with self._changed:
            batch = self._enqueue(items)
        self._commit_until(batch)
        batch.raise_if_failed()

    def run(self, task: Callable[[sqlite3.Connection], None]) -> None:
        """Run a task in a transaction of its own, after all items queued before.

        Raises
        ------
        EmbeddedError
            If it failed.
        """
        with self._changed:
            self._check_open()
            batch: Batch[Item] = Batch(task=task)
            self._queue.append(batch)
        self._commit_until(batch)
        batch.raise_if_failed()

    def flush(self) -> None:
        """Wait until all items queued before are written, or have failed with a log message."""
        with self._changed:
            last = self._queue[-1] if self._queue else None
        self._commit_until(last)

    def close(self) -> None:
        """Write pending items, end the thread and close the connection. Idempotent."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        with self._turn:
            self._connection.close()

    def _check_open(self) -> None:
        if self._closing:
            msg = "the trace store is closed. Start the embedded AWS again to write to it."
            raise EmbeddedError(msg)

    def _enqueue(self, items: Sequence[Item]) -> Batch[Item]:
        self._check_open()
        if not self._queue or self._queue[-1].task is not None:
            self._queue.append(Batch())
        batch = self._queue[-1]
        batch.items.extend(items)
        return batch

    def _commit_until(self, batch: Batch[Item] | None) -> None:
        """Commit batches up to this one, unless another thread does or did; None for none."""
        with self._turn:
            while batch is not None and not batch.done:
                self._commit_next()

    def _run(self) -> None:
        while True:
            with self._changed:
                called = self._changed.wait_for(self._has_work, timeout=self._idle_s)
                if self._closing and not self._queue:
                    return
            if not self._closing:
                time.sleep(_GATHER_S)
            with self._turn:
                if called:
                    self._commit_next()
                else:
                    self._commit(Batch(task=self._on_idle))
            self._maintain()

    def _has_work(self) -> bool:
        return bool(self._queue) or self._closing or self._since_maintenance >= _MAINTENANCE_AFTER

    def _maintain(self) -> None:
        if self._since_maintenance >= _MAINTENANCE_AFTER:
            self._since_maintenance = 0
            try:
                self._maintenance()
            except EmbeddedError:
                logger.exception("maintenance of the trace store failed")

    def _commit_next(self) -> None:
        with self._changed:
            batch = self._queue.popleft() if self._queue else None
        if batch is not None:
            self._commit(batch)

    def _commit(self, batch: Batch[Item]) -> None:
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            if batch.task is not None:
                batch.task(connection)
            if batch.items:
                self._write(connection, batch.items)
            connection.execute("COMMIT")
        except Exception as error:  # the thread must go on; waiting callers get the error
            logger.exception("%d documents could not be stored", len(batch.items))
            batch.error = error
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        finally:
            batch.done = True
            self.failing = batch.error is not None
            self.failures += self.failing
            self._count_written(len(batch.items))

    def _count_written(self, items: int) -> None:
        self._since_maintenance += items
        if self._since_maintenance >= _MAINTENANCE_AFTER > self._since_maintenance - items:
            with self._changed:
                self._changed.notify()
