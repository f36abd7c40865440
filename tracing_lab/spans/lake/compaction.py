"""Many small files of a lake made into few, while others may read it.

A merged file is complete before the files that it replaces are set aside, so that every trace is in
the lake at all times; those that are there twice count once (`folder`). Processes that listed the
old files find them in the folder `parts.REPLACED` for a while.
"""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from .folder import check_lake, outdated_traces, part_paths
from .parts import REPLACED, LakePart, reading, write_table
from .writer import LakeWriter

_MOST_BYTES: Final = 128 * 2**20
"""Uncompressed size up to which files are merged: a part has to fit into memory."""


@dataclass(frozen=True)
class LakeCompaction:
    """What a compaction did.

    Parameters
    ----------
    files_before, files_after
        How many files the lake had, and has.
    """

    files_before: int
    files_after: int

    def __str__(self) -> str:
        return f"{self.files_before:,} files became {self.files_after:,}"


def compact(folder: str | os.PathLike[str], *, keep_s: float = 3600.0) -> LakeCompaction:
    """Merge the small files of each day of a lake, and drop older versions of traces.

    The lake can be read meanwhile, and each trace is read once. Whenever the process ends, nothing
    is lost, and another call goes on.

    Parameters
    ----------
    folder
        The lake.
    keep_s
        Seconds to keep replaced files, for processes that began to read them before. Those of
        earlier calls are deleted when they are older.

    Returns
    -------
    LakeCompaction
        How many files there were, and are.

    Raises
    ------
    FileError
        If the lake cannot be read or written, or another process adds to it; a MissingFileError if
        there is none.
    TraceDataError
        If the folder is not a lake, or one of its files is not part of one.
    """
    lake = check_lake(folder)
    with LakeWriter(lake):
        before = part_paths(lake)
        days: dict[Path, list[Path]] = {}
        for path in before:
            days.setdefault(path.parent, []).append(path)
        for paths in days.values():
            _compact_day(paths)
        _delete_replaced(lake, older_than_s=keep_s)
        return LakeCompaction(len(before), len(part_paths(lake)))


def _compact_day(paths: list[Path]) -> None:
    outdated = outdated_traces(paths)
    for group in _groups(paths, outdated):
        tables = [LakePart(path, frozenset(outdated[path])).table() for path in group]
        table = pa.concat_tables(tables)
        if table.num_rows:
            write_table(group[0].with_name(f"{time.time_ns():020d}.parquet"), table)
        for path in group:
            _set_aside(path)


def _groups(paths: Iterable[Path], outdated: dict[Path, set[str]]) -> Iterator[list[Path]]:
    """Yield files to merge; a file alone only if it has older versions."""
    group, size = list[Path](), 0
    for path in paths:
        own = _bytes(path)
        if group and size + own > _MOST_BYTES:
            yield from _worthwhile(group, outdated)
            group, size = [], 0
        group.append(path)
        size += own
    yield from _worthwhile(group, outdated)


def _worthwhile(group: list[Path], outdated: dict[Path, set[str]]) -> Iterator[list[Path]]:
    if len(group) > 1 or outdated[group[0]]:
        yield group


def _bytes(path: Path) -> int:
    with reading(path):
        metadata = pq.read_metadata(path)
    groups = (metadata.row_group(number) for number in range(metadata.num_row_groups))
    return sum(group.total_byte_size for group in groups)


def _set_aside(path: Path) -> None:
    """Move a file to where readers that know it find it; Windows keeps one that is being read."""
    aside = path.parent / REPLACED / path.name
    try:
        aside.parent.mkdir(exist_ok=True)
        os.utime(path)
        path.replace(aside)
    except PermissionError:
        return


def _delete_replaced(lake: Path, *, older_than_s: float) -> None:
    for path in lake.glob(f"day=*/{REPLACED}/*.parquet"):
        if time.time() - path.stat().st_mtime >= older_than_s:
            path.unlink(missing_ok=True)
