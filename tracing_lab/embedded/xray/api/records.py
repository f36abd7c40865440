"""Stores an account's X-Ray settings: small JSON records that survive ``kill -9``."""

import threading
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from tracing_lab.embedded.storage.durable_map import DurableMap
from tracing_lab.embedded.storage.older_state import forget, rows_of
from tracing_lab.errors import EmbeddedError

_OLDER_RECORDS = "SELECT kind, key, body FROM records ORDER BY kind, key"
_BETWEEN = "\n"  # no kind has a line break


class RecordChange(NamedTuple):
    """One record to write.

    Parameters
    ----------
    kind
        Kind of record, for example ``group``.
    key
        Its key, unique for its kind.
    value
        Its new JSON-able value; None deletes the record.
    """

    kind: str
    key: str
    value: Any


class Records:
    """Records by kind and key. Thread-safe.

    Parameters
    ----------
    path
        The file; created if missing, with its folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._records = DurableMap[str](path)
        older = path.with_suffix(".sqlite3")
        rows = rows_of(older, _OLDER_RECORDS)
        if rows and not self._records:
            self._records.change(*((_key(*row[:2]), orjson.loads(row[2])) for row in rows))
        forget(older)

    def all(self, kind: str) -> dict[str, Any]:
        """Return the records of a kind by key, in the order of the keys."""
        start = _key(kind, "")
        with self._lock:
            keys = sorted(key for key in self._records if key.startswith(start))
            return {key.removeprefix(start): self._records.get(key) for key in keys}

    def get(self, kind: str, key: str) -> Any:
        """Return a record; None if there is none."""
        with self._lock:
            return self._records.get(_key(kind, key))

    def write(self, *changes: RecordChange) -> None:
        """Make all changes or none; they survive the process when this returns.

        Raises
        ------
        EmbeddedError
            If they could not be written.
        """
        try:
            with self._lock:
                self._records.change(
                    *((_key(change.kind, change.key), change.value) for change in changes)
                )
        except OSError as error:
            msg = (
                f"the X-Ray settings in {self._path} cannot be written: {error}. "
                "Free some disk space or reset the embedded AWS."
            )
            raise EmbeddedError(msg) from error

    def reset(self) -> None:
        """Delete all records."""
        with self._lock:
            self._records.clear()

    def close(self) -> None:
        """Close the file. May be called twice."""
        with self._lock:
            self._records.close()


def _key(kind: str, key: str) -> str:
    return f"{kind}{_BETWEEN}{key}"
