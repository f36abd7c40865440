"""The SQLite file of the trace store: its schema, and connections to it."""

import sqlite3
from pathlib import Path

from tracing_lab.errors import EmbeddedError

SCHEMA_VERSION = 2
_MOST_WAL_PAGES = 50_000  # 200 MB; the writer's thread checkpoints long before

_SCHEMA = """
CREATE TABLE IF NOT EXISTS chunks (
    trace_id TEXT NOT NULL,
    heads BLOB NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS chunks_by_trace ON chunks (trace_id);
CREATE TABLE IF NOT EXISTS traces (
    trace_id TEXT PRIMARY KEY,
    epoch_s INTEGER NOT NULL,
    start_s REAL NOT NULL,
    end_s REAL NOT NULL,
    received_s REAL NOT NULL,
    revision INTEGER NOT NULL,
    version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS traces_by_epoch ON traces (epoch_s, trace_id);
CREATE INDEX IF NOT EXISTS traces_by_start ON traces (start_s, trace_id);
CREATE INDEX IF NOT EXISTS traces_by_end ON traces (end_s, trace_id);
"""

_FROM_SCHEMA_1 = """
INSERT INTO chunks
SELECT trace_id, json_array(json_array(id, json(iif(in_progress, 'true', 'false')), length(body))),
    body
FROM documents;
DROP TABLE documents;
DROP INDEX IF EXISTS traces_by_received;
"""


def open_for_writing(path: Path) -> tuple[sqlite3.Connection, int]:
    """Open or create the file; return the connection and the last version in it.

    Raises
    ------
    EmbeddedError
        If it cannot be opened or was written by a newer version.
    """
    connection = connect(path)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_MOST_WAL_PAGES}")
        found = connection.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, 1, SCHEMA_VERSION):
            msg = f"{path} has schema {found}, this version reads {SCHEMA_VERSION}"
            raise sqlite3.DatabaseError(msg)
        if found != SCHEMA_VERSION:  # else nothing is written, which works with a full disk
            convert = _FROM_SCHEMA_1 if found == 1 else ""
            version = f"PRAGMA user_version = {SCHEMA_VERSION};"
            connection.executescript(f"BEGIN; {_SCHEMA} {convert} {version} COMMIT;")
        version = connection.execute("SELECT coalesce(max(version), 0) FROM traces").fetchone()[0]
    except sqlite3.Error as error:
        connection.close()
        msg = (
            f"the trace store {path} cannot be opened: {error}. "
            "Delete the file to start with an empty store."
        )
        raise EmbeddedError(msg) from error
    return connection, version


def connect(path: Path) -> sqlite3.Connection:
    """Connect to the file; any thread may use the connection."""
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
