"""What an account has configured in X-Ray: small JSON records in SQLite.

A record that was written survives ``kill -9`` of the process: in WAL mode with
``synchronous=NORMAL`` the commit has reached the operating system when `Records.write` returns.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tracing_lab.errors import EmbeddedError

_SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID
"""
_PUT = (
    "INSERT INTO records (kind, key, body) VALUES (?, ?, ?) "
    "ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body"
)


class Change(NamedTuple):
    """One record to write.

    Parameters
    ----------
    kind
        Kind of record, for example ``group``.
    key
        What names it among its kind.
    value
        Its new value, anything that JSON can say; None deletes the record.
    """

    kind: str
    key: str
    value: Any


class Records:
    """Records by kind and key. Safe to use from several threads.

    Parameters
    ----------
    path
        The SQLite file; made when missing, with its folder.

    Raises
    ------
    EmbeddedError
        If the file cannot be opened or was written by a newer version.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = _opened(path)

    def all(self, kind: str) -> dict[str, Any]:
        """Give the records of a kind by key, in the order of the keys."""
        with self._using() as connection:
            rows = connection.execute(
                "SELECT key, body FROM records WHERE kind = ? ORDER BY key", (kind,)
            ).fetchall()
        return {key: orjson.loads(body) for key, body in rows}

    def get(self, kind: str, key: str) -> Any:
        """Give a record; None when there is none."""
        with self._using() as connection:
            row = connection.execute(
                "SELECT body FROM records WHERE kind = ? AND key = ?", (kind, key)
            ).fetchone()
        return None if row is None else orjson.loads(row[0])

    def write(self, *changes: Change) -> None:
        """Make all changes or none; they are durable when this returns."""
        gone = [(one.kind, one.key) for one in changes if one.value is None]
        put = [
            (one.kind, one.key, orjson.dumps(one.value)) for one in changes if one.value is not None
        ]
        with self._using() as connection, _transaction(connection):
            connection.executemany("DELETE FROM records WHERE kind = ? AND key = ?", gone)
            connection.executemany(_PUT, put)

    def reset(self) -> None:
        """Delete all records."""
        with self._using() as connection:
            connection.execute("DELETE FROM records")

    def close(self) -> None:
        """Close the file. May be called twice."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                msg = (
                    f"the X-Ray settings in {self._path} cannot be read or written: {error}. "
                    "Free some disk space or reset the embedded AWS."
                )
                raise EmbeddedError(msg) from error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    try:
        _prepare(connection)
    except sqlite3.Error as error:
        connection.close()
        msg = (
            f"the X-Ray settings in {path} cannot be opened: {error}. "
            "Delete the file to start with AWS's defaults."
        )
        raise EmbeddedError(msg) from error
    return connection


def _prepare(connection: sqlite3.Connection) -> None:
    found: Sequence[int] = connection.execute("PRAGMA user_version").fetchone()
    if found[0] not in (0, _SCHEMA_VERSION):
        msg = f"it has schema {found[0]}, this version reads {_SCHEMA_VERSION}"
        raise sqlite3.DatabaseError(msg)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(_SCHEMA)
    connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
