"""The Parquet files of a lake: traces as they came, a row per trace."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tracing_lab import files
from tracing_lab.errors import FileError, TraceDataError
from tracing_lab.spans.frame import spans_from_traces
from tracing_lab.spans.reading.documents import as_json

from .times import times_of

Trace = dict[str, Any]

_SEGMENT: Final = pa.struct([("id", pa.string()), ("document", pa.string())])
_SCHEMA: Final = pa.schema(
    [
        ("trace_id", pa.string()),
        ("revision", pa.int64()),
        ("start", pa.timestamp("us", tz="UTC")),
        ("duration_s", pa.float64()),
        ("limit_exceeded", pa.bool_()),
        ("segments", pa.list_(_SEGMENT)),
        ("more", pa.string()),  # as JSON: new members, and values that the columns cannot hold
    ]
)
_EXACT_BITS: Final = 53  # of integers that a float holds
REPLACED: Final = ".replaced"
"""Folder in that of a day, with files that merged ones have replaced."""

_REMEDY: Final = "Delete the file and fetch again, or name another lake"


class LakeRow(NamedTuple):
    """A trace in a lake."""

    trace: Mapping[str, Any]
    revision: int

    def values(self) -> dict[str, Any]:
        """Return the values of the columns."""
        trace = self.trace
        segments = [
            {"id": _id(segment.get("Id")), "document": text_of(segment["Document"])}
            for segment in trace["Segments"]
        ]
        duration, limit = trace.get("Duration"), trace.get("LimitExceeded")
        own = {
            "Duration": duration if _is_number(duration) else None,
            "LimitExceeded": limit if isinstance(limit, bool) else None,
        }
        kept = {"Id", "Segments"} | {name for name in own if own[name] is trace.get(name)}
        more = {name: value for name, value in trace.items() if name not in kept}
        return {
            "trace_id": trace["Id"],
            "revision": self.revision,
            "start": datetime.fromtimestamp(times_of(trace).start_s, UTC),
            "duration_s": own["Duration"],
            "limit_exceeded": own["LimitExceeded"],
            "segments": segments,
            "more": as_json(more) if more else None,
        }


@dataclass(frozen=True)
class LakePart:
    """A part of a lake, which whole traces are in; aggregates over parts can be merged.

    Parameters
    ----------
    path
        The Parquet file.
    outdated
        Ids of traces in it of which another part has a newer version.
    start, end
        Traces that began at other times are left out; all are in, if these are None.
    """

    path: Path
    outdated: frozenset[str] = frozenset()
    start: datetime | None = None
    end: datetime | None = None

    def traces(self) -> list[Trace]:
        """Return the traces, as BatchGetTraces returns them."""
        return [_trace(row) for row in self.table().to_pylist()]

    def table(self) -> pa.Table:
        """Return the rows of the traces, as they are in the file."""
        with reading(self.path):
            table = _read(self.path).cast(_SCHEMA)
        return table.filter(self._wanted(table))

    def spans(self) -> pd.DataFrame:
        """Return the span frame of the traces."""
        return spans_from_traces(self.traces())

    def _wanted(self, table: pa.Table) -> "pa.ChunkedArray[Any]":
        outdated = pa.array(sorted(self.outdated), pa.string())
        wanted = pc.invert(pc.is_in(table["trace_id"], value_set=outdated))
        starts = table["start"]
        if self.start is not None:
            wanted = pc.and_(wanted, pc.greater_equal(starts, pa.scalar(self.start, starts.type)))
        if self.end is not None:
            wanted = pc.and_(wanted, pc.less(starts, pa.scalar(self.end, starts.type)))
        return wanted


def is_trace(value: Any) -> bool:
    """Return whether a value has the form of a trace as BatchGetTraces returns it."""
    if not isinstance(value, Mapping) or not _is_text(value.get("Id")):
        return False
    segments = value.get("Segments")
    return isinstance(segments, list) and all(
        isinstance(segment, Mapping) and "Document" in segment for segment in segments
    )


def _is_text(value: Any) -> bool:
    """Return whether a value is a text that a file can hold."""
    return isinstance(value, str) and text_of(value) == value


def write_part(path: Path, rows: Iterable[LakeRow]) -> None:
    """Write a part in full or not at all, whenever the process or the machine ends.

    Parameters
    ----------
    path
        The file, which is not there yet; its folder is made when missing.
    rows
        The traces.

    Raises
    ------
    FileError
        If it cannot be written.
    """
    write_table(path, pa.Table.from_pylist([row.values() for row in rows], _SCHEMA))


def write_table(path: Path, table: pa.Table) -> None:
    """Write rows of traces, as `write_part` does."""
    draft = path.with_name(f".{path.name}")  # readers skip it
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            pq.write_table(table, file, compression="zstd", use_dictionary=False)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        msg = f"{path} cannot be written: {error.strerror or error}. Fetch again to go on."
        raise FileError(msg) from error


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power failure; Windows cannot open folders."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def read_versions(path: Path) -> pa.Table:
    """Return the columns ``trace_id`` and ``revision`` of a part.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    pyarrow.Table
        A row per trace.

    Raises
    ------
    FileError
        If the file cannot be read.
    TraceDataError
        If it is not part of a lake.
    """
    return _read(path, ["trace_id", "revision"])


def _read(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read a file, also one that a compaction has set aside since it was listed."""
    with reading(path):
        try:
            return pq.read_table(path, columns=columns, partitioning=None)
        except FileNotFoundError:
            aside = path.parent / REPLACED / path.name
            return pq.read_table(aside, columns=columns, partitioning=None)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Raise this package's errors where the block cannot read a part."""
    try:
        with files.reading(path, remedy=_REMEDY):
            yield
    except (KeyError, ValueError) as error:  # pyarrow's errors are ValueErrors
        reason = " ".join(str(error).split()).rstrip(".")
        msg = f"{path} is not part of a trace lake: {reason}. {_REMEDY}."
        raise TraceDataError(msg) from error


def text_of(document: Any) -> str:
    """Return a document as text, and one that is text already as it is.

    Parameters
    ----------
    document
        Anything; what is not UTF-8 in it is replaced, since Parquet's texts are.

    Examples
    --------
    >>> text_of({"id": "a"}), text_of(b'{"id": "a"}')
    ('{"id":"a"}', '{"id": "a"}')
    """
    if isinstance(document, bytes | bytearray):
        return document.decode(errors="replace")
    if isinstance(document, str):
        return document if document.isascii() else document.encode(errors="replace").decode()
    return as_json(dict(document) if isinstance(document, Mapping) else document)


def _id(value: Any) -> str | None:
    return None if value is None else text_of(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, float) or (
        isinstance(value, int) and value.bit_length() <= _EXACT_BITS
    )


def _trace(row: Mapping[str, Any]) -> Trace:
    more = json.loads(row["more"]) if row["more"] else {}
    known = {"Duration": row["duration_s"], "LimitExceeded": row["limit_exceeded"]}
    segments = [
        {"Id": segment["id"], "Document": segment["document"]} for segment in row["segments"]
    ]
    return {
        "Id": row["trace_id"],
        **{name: value for name, value in known.items() if value is not None},
        "Segments": segments,
        **more,
    }
