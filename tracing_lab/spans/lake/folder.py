"""The folder of a lake: what marks it, its days, and which file has a trace's newest version.

The files themselves are the only record of what is in a lake. A file is complete as soon as it has
its name, and never changes.
"""

import os
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tracing_lab import files
from tracing_lab.errors import FileError, MissingFileError, TraceDataError

from .parts import LakePart, read_versions

_MARK: Final = "trace-lake.json"
_FORMAT: Final = 1
_DAY: Final = "day="
_DAYS_AROUND: Final = timedelta(days=1)
"""How far a trace may begin before its folder's day: it stays there if an earlier segment comes."""


class Version(NamedTuple):
    """A version of a trace: its revision, and the part that it is in."""

    revision: int
    path: Path


def is_lake(folder: str | os.PathLike[str]) -> bool:
    """Return whether a folder is marked as a lake."""
    return (Path(folder) / _MARK).is_file()


def check_lake(folder: str | os.PathLike[str]) -> Path:
    """Return the path of a lake.

    Parameters
    ----------
    folder
        The folder.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    MissingFileError
        If there is no such folder.
    FileError
        If it cannot be read.
    TraceDataError
        If it is not a lake, or one of a newer version.
    """
    lake = Path(folder)
    if lake.is_file():
        msg = f"{lake} is a file. Name the folder of a trace lake."
        raise FileError(msg)
    if not lake.is_dir():
        msg = f"{lake} does not exist. Fill a lake with 'tracing-lab fetch --lake {lake}' first."
        raise MissingFileError(msg)
    try:
        mark = orjson.loads(files.read_bytes(lake / _MARK, remedy="Name the folder of a lake"))
        known = mark["format"] == _FORMAT
    except (MissingFileError, KeyError, TypeError, ValueError) as error:
        msg = (
            f"{lake} is not a trace lake: it has no valid {_MARK}. Name a lake, or another folder."
        )
        raise TraceDataError(msg) from error
    if not known:
        msg = f"{lake} is a trace lake of format {mark['format']}. Update tracing_lab to read it."
        raise TraceDataError(msg)
    return lake


def make_lake(folder: str | os.PathLike[str]) -> Path:
    """Make a folder a lake, unless it is one.

    Parameters
    ----------
    folder
        A lake, an empty folder, or one that is made.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    FileError
        If it cannot be made.
    TraceDataError
        If there is something else in the folder.
    """
    lake = Path(folder)
    try:
        is_new = not lake.exists() or (lake.is_dir() and not any(lake.iterdir()))
    except OSError as error:
        msg = f"{lake} cannot be read: {error.strerror or error}. Choose another folder."
        raise FileError(msg) from error
    if is_new:
        files.write_bytes(lake / _MARK, orjson.dumps({"format": _FORMAT}))
    return check_lake(lake)


def day_folder(lake: Path, start_s: float) -> Path:
    """Return the folder of the traces that began on the same day, by UTC."""
    return lake / f"{_DAY}{datetime.fromtimestamp(start_s, UTC):%Y-%m-%d}"


def part_paths(lake: Path) -> list[Path]:
    """List the files of a lake, by day and then in the order in which they were written."""
    return unchanging(lambda: _listing(lake))


def unchanging(listing: Callable[[], list[Path]]) -> list[Path]:
    """Return a listing that comes out the same twice.

    A compaction may add a file and take others away while folders are read, so that a listing has
    neither.
    """
    before: list[Path] | None = None
    while (paths := listing()) != before:
        before = paths
    return paths


def _listing(lake: Path) -> list[Path]:
    return sorted(path for path in lake.glob(f"{_DAY}*/*.parquet") if path.name[0] != ".")


def parts_of(lake: Path, start: datetime | None, end: datetime | None) -> Iterator[LakePart]:
    """Yield the parts of a lake that may have traces of a time range.

    Parameters
    ----------
    lake
        The folder.
    start, end
        The range, open where it is None.

    Yields
    ------
    LakePart
        By day.
    """
    days: dict[Path, list[Path]] = {}
    for path in part_paths(lake):
        days.setdefault(path.parent, []).append(path)
    for folder, paths in days.items():
        if _may_have(_day(folder), start, end):
            outdated = outdated_traces(paths)
            yield from (LakePart(path, frozenset(outdated[path]), start, end) for path in paths)


def newest_versions(lake: Path, trace_ids: Collection[str]) -> dict[str, Version]:
    """Return the newest version that a lake has of some traces.

    Parameters
    ----------
    lake
        The folder.
    trace_ids
        The traces.

    Returns
    -------
    dict[str, Version]
        Only traces that the lake has.
    """
    wanted = pa.array([*trace_ids], pa.string())
    newest: dict[str, Version] = {}
    for path in part_paths(lake):
        table = read_versions(path)
        for row in _rows(table.filter(pc.is_in(table["trace_id"], value_set=wanted))):
            _keep_newest(newest, row, path)
    return newest


def count_traces(lake: Path) -> int:
    """Return how many traces a lake has, each counted once."""
    ids = [read_versions(path)["trace_id"] for path in part_paths(lake)]
    return int(pc.count_distinct(pa.chunked_array(ids, pa.string())).as_py())


def outdated_traces(paths: list[Path]) -> dict[Path, set[str]]:
    """Return the traces by file that another file of the day has a newer version of."""
    outdated: dict[Path, set[str]] = {path: set() for path in paths}
    if len(paths) == 1:
        return outdated
    newest: dict[str, Version] = {}
    for path in paths:
        for row in _rows(read_versions(path)):
            if older := _keep_newest(newest, row, path):
                outdated[older].add(row["trace_id"])
    return outdated


def _keep_newest(newest: dict[str, Version], row: dict[str, Any], path: Path) -> Path | None:
    """Note a version if it is the newest, and return the part of the one that it outdates."""
    known, version = newest.get(row["trace_id"]), Version(row["revision"], path)
    newest[row["trace_id"]] = max(known, version) if known else version
    return min(known, version).path if known else None


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _day(folder: Path) -> date | None:
    try:
        return date.fromisoformat(folder.name.removeprefix(_DAY))
    except ValueError:
        return None


def _may_have(day: date | None, start: datetime | None, end: datetime | None) -> bool:
    if day is None:
        return False
    begins_too_late = end is not None and day - _DAYS_AROUND > end.astimezone(UTC).date()
    return not begins_too_late and (start is None or day >= start.astimezone(UTC).date())
