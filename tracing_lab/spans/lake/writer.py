"""Adding traces to a lake, by one process at a time."""

import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tracing_lab.errors import FileError

from .folder import Version, count_traces, day_folder, make_lake, newest_versions
from .listed import ListedRanges
from .parts import LakeRow, text_of, write_part
from .times import times_of

_LOCK: Final = "lock.sqlite"
_MOST_PENDING_BYTES: Final = 32 * 2**20
_LONGEST_PENDING_S: Final = 10.0


class LakeWriter:
    """Adds traces to a lake; what was flushed is safe, however the process ends.

    Parameters
    ----------
    folder
        The lake, which is made when missing.
    clock
        Returns seconds.

    Raises
    ------
    FileError
        If the lake cannot be written, or another process adds to it.
    TraceDataError
        If the folder has something else in it.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lake, self._clock = make_lake(folder), clock
        self._lock = _locked(self._lake)
        self._pending: dict[Path, dict[str, LakeRow]] = {}
        self._folders: dict[str, Path] = {}  # of traces that the lake is known to have
        self._bytes, self._since_s = 0, clock()
        for draft in self._lake.glob("day=*/.*.parquet"):  # of a process that was killed
            draft.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            self.flush()
        finally:
            self._lock.close()

    def versions(self, trace_ids: Collection[str]) -> dict[str, Version]:
        """Return the newest versions of those of some traces that the lake has."""
        versions = newest_versions(self._lake, trace_ids)
        self._folders |= {trace_id: known.path.parent for trace_id, known in versions.items()}
        return versions

    def listed(self, source: str) -> ListedRanges:
        """Return which time ranges of a source of traces were listed into the lake."""
        return ListedRanges(self._lake, source, traces=count_traces(self._lake))

    def record(
        self, listed: ListedRanges, windows: Iterable[tuple[datetime, datetime]], *, at: datetime
    ) -> None:
        """Write what was added, and then record time ranges whose traces are all in the lake."""
        self.flush()
        listed.add(windows, at=at, traces=count_traces(self._lake))

    def add(self, trace: Mapping[str, Any], revision: int) -> None:
        """Add a trace, whose versions were looked up before; it is on disk after the next flush.

        Parameters
        ----------
        trace
            The trace as BatchGetTraces returns it.
        revision
            Of the trace's versions, that with the highest counts.
        """
        trace_id = trace["Id"]
        folder = day_folder(self._lake, times_of(trace).start_s)
        # All versions are in the folder of the first, so that they are found together.
        folder = self._folders.setdefault(trace_id, folder)
        self._pending.setdefault(folder, {})[trace_id] = LakeRow(trace, revision)
        self._bytes += sum(len(text_of(segment["Document"])) for segment in trace["Segments"])
        if self._bytes > _MOST_PENDING_BYTES:
            self.flush()

    def flush_if_due(self) -> None:
        """Flush if that was some seconds ago."""
        if self._clock() - self._since_s > _LONGEST_PENDING_S:
            self.flush()

    def flush(self) -> None:
        """Write what was added to files, one a day."""
        while self._pending:
            folder, rows = next(iter(self._pending.items()))
            write_part(folder / f"{time.time_ns():020d}.parquet", rows.values())
            del self._pending[folder]
        self._bytes, self._since_s = 0, self._clock()


def _locked(lake: Path) -> sqlite3.Connection:
    """Hold the lock of a lake; the operating system lets go when the process ends, however."""
    lock = sqlite3.connect(lake / _LOCK, timeout=0, isolation_level=None)
    try:
        lock.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        lock.close()
        msg = (
            f"{lake} cannot be written now: {error}. Wait until another process that fills or "
            "compacts it has ended."
        )
        raise FileError(msg) from error
    return lock
