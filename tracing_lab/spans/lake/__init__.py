"""Trace lakes: folders of Parquet files that keep fetched traces, as they came.

`tracing_lab.xray.fetch_into_lake` fills a lake from X-Ray; here it is read, without AWS. A lake
has a folder for each day (UTC) on which traces began, with files of whole traces. Spans are derived
when they are read, so they are always those that this version makes of the documents. Many small
fetches leave many small files: `compact` merges them.
"""

import os
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from tracing_lab.errors import TraceDataError
from tracing_lab.spans.frame import spans_from_traces
from tracing_lab.spans.reading.whole import whole_traces

from .compaction import LakeCompaction, compact
from .folder import check_lake, is_lake, parts_of
from .parts import LakePart, is_trace
from .writer import LakeWriter

__all__ = [
    "LakeCompaction",
    "LakePart",
    "add_traces",
    "compact",
    "is_lake",
    "lake_parts",
    "load_spans",
    "load_traces",
]


def load_traces(
    folder: str | os.PathLike[str], *, start: datetime | None = None, end: datetime | None = None
) -> list[dict[str, Any]]:
    """Read traces from a lake.

    Parameters
    ----------
    folder
        The lake.
    start, end
        Read only traces that began in this range, with time zone; the end is not part of it.

    Returns
    -------
    list[dict[str, Any]]
        The traces as BatchGetTraces returned them, each once, by day.

    Raises
    ------
    FileError
        If the lake cannot be read; a MissingFileError if there is none.
    TraceDataError
        If the folder is not a lake, or one of its files is not part of one.
    """
    return [trace for part in lake_parts(folder, start=start, end=end) for trace in part.traces()]


def load_spans(
    folder: str | os.PathLike[str], *, start: datetime | None = None, end: datetime | None = None
) -> pd.DataFrame:
    """Read traces from a lake as a span frame.

    Parameters
    ----------
    folder
        The lake.
    start, end
        Read only traces that began in this range, with time zone; the end is not part of it.

    Returns
    -------
    pandas.DataFrame
        A span frame, in the form that `tracing_lab.spans` describes.

    Raises
    ------
    FileError
        If the lake cannot be read; a MissingFileError if there is none.
    TraceDataError
        If the folder is not a lake, or one of its files is not part of one.

    Warns
    -----
    TraceDataWarning
        If traces have unusable documents; they are left out.
    """
    return spans_from_traces(load_traces(folder, start=start, end=end))


def lake_parts(
    folder: str | os.PathLike[str], *, start: datetime | None = None, end: datetime | None = None
) -> list[LakePart]:
    """List the parts of a lake, to read them one by one or in several processes.

    Parameters
    ----------
    folder
        The lake.
    start, end
        List only parts that may have traces that began in this range, with time zone, and have them
        leave out others.

    Returns
    -------
    list[LakePart]
        The parts by day. Each trace is whole and in one of them.

    Raises
    ------
    FileError
        If the lake cannot be read; a MissingFileError if there is none.
    TraceDataError
        If the folder is not a lake, or one of its files is not part of one.

    Examples
    --------
    >>> spans_by_service = lambda part: part.spans().groupby("service").size()
    >>> sum(map(spans_by_service, lake_parts("lake")))  # doctest: +SKIP
    """
    return [*parts_of(check_lake(folder), start, end)]


def add_traces(traces: Iterable[Mapping[str, Any]], folder: str | os.PathLike[str]) -> int:
    """Add traces to a lake, for example those of a file.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them; parts of the same trace are put together.
    folder
        The lake, which is made when missing.

    Returns
    -------
    int
        How many were added. Those that the lake has already are not.

    Raises
    ------
    FileError
        If the lake cannot be written, or another process adds to it.
    TraceDataError
        If a trace is not one, or the folder has something else in it; nothing is added then.
    """
    given = list(traces)
    wrong = next((trace for trace in given if not is_trace(trace)), None)
    if wrong is not None:
        msg = f"{str(wrong)[:80]} is not a trace. Pass traces as load_traces returns them."
        raise TraceDataError(msg)
    with LakeWriter(folder) as writer:
        by_id = {trace["Id"]: trace for trace in whole_traces(given)}
        known = writer.versions(by_id)
        new = [trace for trace_id, trace in by_id.items() if trace_id not in known]
        for trace in new:
            writer.add(trace, revision=0)
    return len(new)
