"""Reads state of version 0.1.0, which had SQLite files instead of files of records."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from .damage import set_aside


def rows_of(path: Path, query: str) -> list[tuple[Any, ...]]:
    """Return rows of an older SQLite file; none if there is no such file, or it is damaged.

    Parameters
    ----------
    path
        The file. A damaged one is set aside.
    query
        Selects the rows.
    """
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.DatabaseError as error:
        set_aside(path, f"all of it ({error})")
        return []


def forget(path: Path) -> None:
    """Delete an older SQLite file whose rows have been converted."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)
