"""The learner's progress: a small SQLite file to which entries are only added.

SQLite does the locking, so kernels that work at the same time lose nothing of each other's.
A file that SQLite cannot read is renamed and a new one begun, since no check may fail for it.
"""

import json
import logging
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import platformdirs

from tracing_lab.errors import WorkshopError

logger = logging.getLogger(__name__)
_T = TypeVar("_T")

PROGRESS_VARIABLE = "TRACING_LAB_PROGRESS"
ANSWER, HINT, SOLUTION, PREDICTION, MEASUREMENT = (
    "answer",
    "hint",
    "solution",
    "prediction",
    "measurement",
)

_TIMEOUT_S = 10.0
_TABLE = """CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL,
    exercise TEXT NOT NULL, body TEXT NOT NULL)"""
_ADD = "INSERT INTO entries (at, kind, exercise, body) VALUES (?, ?, ?, ?)"
_HAS_TABLE = "SELECT 1 FROM sqlite_master WHERE name = 'entries'"
_READ = "SELECT at, kind, exercise, body FROM entries ORDER BY id"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One thing that a learner did.

    Parameters
    ----------
    kind
        ``answer``, ``hint``, ``solution``, ``prediction`` or ``measurement``.
    exercise
        The id of the exercise or prediction.
    body
        What belongs to the kind, as plain JSON values.
    at
        When, in UTC; the store fills it in.
    """

    kind: str
    exercise: str
    body: Mapping[str, Any]
    at: str = ""


class Store(Protocol):
    """Where entries are kept."""

    problem: str
    """What to tell the learner about the last call; empty when all is well."""

    def add(self, entry: Entry) -> None:
        """Keep an entry."""
        ...

    def entries(self) -> Sequence[Entry]:
        """Return all entries, the oldest first."""
        ...


class MemoryStore:
    """Entries that end with the process, for tests and examples."""

    def __init__(self) -> None:
        self.problem = ""
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Keep an entry."""
        self._entries.append(entry)

    def entries(self) -> Sequence[Entry]:
        """Return all entries, the oldest first."""
        return tuple(self._entries)


class FileStore:
    """Entries in a file.

    Parameters
    ----------
    path
        The file; it and its folder are made when the first entry is added.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""

    def add(self, entry: Entry) -> None:
        """Keep an entry; if that is impossible, `problem` says why."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        row = (now, entry.kind, entry.exercise, json.dumps(entry.body))
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._retried_without_damage(lambda: _add(self.path, row))
        except (OSError, sqlite3.Error) as error:
            self._report(f"Progress is not kept: {self.path} cannot be written ({error}).")

    def entries(self) -> Sequence[Entry]:
        """Return all entries, the oldest first; none if there is no file that can be read."""
        try:
            return self._retried_without_damage(lambda: read_entries(self.path))
        except (OSError, sqlite3.Error) as error:
            self._report(f"Progress is not kept: {self.path} cannot be read ({error}).")
            return ()

    def _retried_without_damage(self, action: Callable[[], _T]) -> _T:
        """Do something with the file; if it is damaged, set it aside and do it with a new one."""
        try:
            return action()
        except sqlite3.OperationalError:  # locked, read-only or no file: it may be sound
            raise
        except sqlite3.DatabaseError as error:
            self._set_aside(error)
            return action()

    def _set_aside(self, reason: Exception) -> None:
        if _is_sound(self.path):  # another kernel has been here first
            return
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        aside = self.path.replace(self.path.with_name(f"{self.path.name}.damaged-{stamp}"))
        self._report(f"Your progress file was damaged ({reason}): it is kept as {aside}.")

    def _report(self, problem: str) -> None:
        logger.warning(problem)
        self.problem = f"{self.problem} {problem}".strip()


def default_path() -> Path:
    """Return where this learner's progress is kept: by TRACING_LAB_PROGRESS, or per user."""
    chosen = os.environ.get(PROGRESS_VARIABLE, "")
    if chosen:
        return Path(chosen).expanduser()
    return platformdirs.user_data_path("tracing_lab", appauthor=False) / "progress.sqlite"


def read_entries(path: Path) -> Sequence[Entry]:
    """Return the entries of a progress file without changing it; none if there is no file.

    Raises
    ------
    sqlite3.Error
        If it is no progress file, or damaged.
    """
    if not path.exists():
        return ()
    uri = f"{path.resolve().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=_TIMEOUT_S)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")  # it may be a stranger's file
        is_new = connection.execute(_HAS_TABLE).fetchone() is None
        rows = [] if is_new else connection.execute(_READ).fetchall()
    return tuple(_entry(*row) for row in rows)


def read_collected(path: Path) -> Sequence[Entry]:
    """Return the entries of a file that a learner handed in.

    Raises
    ------
    WorkshopError
        If it cannot be read.
    """
    try:
        return read_entries(path)
    except (OSError, sqlite3.Error, ValueError) as error:
        msg = f"{path} is no progress file: {error}. Have the learner send it once more."
        raise WorkshopError(msg) from error


def _entry(at: str, kind: str, exercise: str, body: str) -> Entry:
    try:
        return Entry(at=at, kind=kind, exercise=exercise, body=dict(json.loads(body)))
    except (TypeError, ValueError, RecursionError) as error:
        msg = "an entry is no JSON object"
        raise sqlite3.DatabaseError(msg) from error


def _add(path: Path, row: Sequence[str]) -> None:
    with closing(sqlite3.connect(path, timeout=_TIMEOUT_S)) as connection, connection:
        connection.execute(_TABLE)
        connection.execute(_ADD, row)


def _is_sound(path: Path) -> bool:
    try:
        read_entries(path)
    except sqlite3.DatabaseError:
        return False
    return True
