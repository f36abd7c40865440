"""The journal of control-plane calls, from which a restarted server rebuilds itself."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tracing_lab.embedded.http import HttpRequest

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    number INTEGER PRIMARY KEY,
    seed INTEGER NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL
)
"""


@dataclass(frozen=True)
class Entry:
    """One remembered call and the random seed it ran with."""

    seed: int
    request: HttpRequest


class Journal:
    """Calls in the order in which they were answered, in an SQLite file.

    SQLite's write-ahead log keeps what was appended when the process is killed. One thread at a
    time may use a journal; the control plane's lock sees to that.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(_SCHEMA)

    def append(self, entry: Entry) -> None:
        """Remember a call."""
        request = entry.request
        self._database.execute(
            "INSERT INTO calls (seed, method, path, query, headers, body) VALUES (?,?,?,?,?,?)",
            (
                entry.seed,
                request.method,
                request.path,
                request.query,
                json.dumps(request.headers),
                request.body,
            ),
        )

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.numbered().values())

    def numbered(self) -> dict[int, Entry]:
        """Give all calls in order, by their numbers."""
        rows = self._database.execute(
            "SELECT number, seed, method, path, query, headers, body FROM calls ORDER BY number"
        ).fetchall()
        found = {}
        for number, seed, method, path, query, headers, body in rows:
            pairs = tuple((name, value) for name, value in json.loads(headers))
            found[number] = Entry(seed, HttpRequest(method, path, query, pairs, body))
        return found

    def forget(self, numbers: Iterable[int]) -> None:
        """Forget some calls, all or none."""
        self._database.execute("BEGIN")
        self._database.executemany(
            "DELETE FROM calls WHERE number = ?", [(number,) for number in numbers]
        )
        self._database.execute("COMMIT")

    def clear(self) -> None:
        """Forget everything."""
        self._database.execute("DELETE FROM calls")

    def close(self) -> None:
        """Close the file."""
        self._database.close()
