"""A pool of connections for reading the SQLite file."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracing_lab.errors import EmbeddedError

from .file import connect


class ConnectionPool:
    """Connections to a file, one for each concurrent reader. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def borrowed(self) -> Iterator[sqlite3.Connection]:
        """Borrow a connection for the block.

        Raises
        ------
        EmbeddedError
            If the file cannot be read.
        """
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
            self._return(connection)

    def close(self) -> None:
        """Close all connections; borrowed ones, when they are returned."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _return(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()
