"""The summary frame: what GetTraceSummaries knows of traces, as a table with one row per trace.

Summaries are the cheap first look. One call returns a page of them, filtered by X-Ray itself, with
the times, the flags and the annotations of whole traces; the traces themselves take a call for
every five. Fetch summaries to see how things are and which traces matter, then fetch those traces
and make a span frame of them to see why. The index is ``trace_id``; the columns are

======================== =====================================================================
``start``                start of the earliest segment, UTC; from the trace id (whole seconds)
                         where an older response lacks it
``duration_s``           first start to last end of all segments, asynchronous work included
``response_s``           what the client waited, the root's duration; missing while it is unknown
``has_error, has_fault`` the root answered with 4xx, or 5xx
``has_throttle``         any segment answered with 429
``is_partial``           something is still in progress
``revision``             grows when late segments arrive
``matched_event_time``   of the event that a search by event time matched, else missing
``http_method``, ``http_url``, ``http_status``, ``client_ip``: of the root's request
``entry_point``          name of the service where the request entered
``services``             names of all services in the trace: a sorted tuple, to group by
``users``                likewise, the users
``fault_causes``, ``error_causes``, ``response_time_causes``: root causes, a line each, in a tuple
``annotations``          dictionary from each key to the list of its distinct values in the trace
======================== =====================================================================

and a column for each annotation that was requested. Times are rounded to milliseconds by X-Ray.
Rows are sorted by start.
"""

import json
import logging
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from . import files
from ._span_checks import refuse
from ._span_schema import TEXT
from ._summary_checks import problems_in_summaries
from ._summary_rows import columns_from_items
from ._summary_schema import SUMMARY_COLUMNS, SUMMARY_DTYPES, SUMMARY_INDEX
from .errors import TraceDataError

__all__ = [
    "SUMMARY_COLUMNS",
    "frame_from_summaries",
    "load_summaries",
    "save_summaries",
    "validate_summaries",
]

_LOG = logging.getLogger(__name__)
_NOT_BLANK = re.compile(r"\S")
_HINT = "Write it with save_summaries, or save the JSON of aws xray get-trace-summaries."


def frame_from_summaries(
    items: Iterable[Mapping[str, Any]], *, annotations: Sequence[str] | None = None
) -> pd.DataFrame:
    """Make the summary frame of trace summaries.

    Parameters
    ----------
    items
        ``TraceSummary`` items, as `tracing_lab.xray.fetch_summaries` or `load_summaries` return
        them; times may be datetimes, ISO 8601 texts (UTC where they have no zone) or epoch
        seconds. Of a trace that occurs twice, the highest revision counts.
    annotations
        Annotation keys that become columns of the same name: numbers, texts or booleans, missing
        where a trace lacks the key. Where any trace has several values for the key, the column is
        of type object and has their list there.

    Returns
    -------
    summaries
        One row per trace, in the form this module describes.

    Raises
    ------
    TraceDataError
        If summaries are unusable, or a key is already the name of a column; the message lists
        everything that is wrong.

    Examples
    --------
    >>> values = [{"AnnotationValue": {"StringValue": "o-1"}}]
    >>> item = {"Id": "1-0000000a-1", "StartTime": 10.0, "Duration": 0.5, "ResponseTime": 0.2}
    >>> item |= {"HasFault": True, "Annotations": {"order_id": values}}
    >>> frame = frame_from_summaries([item], annotations=["order_id"])
    >>> frame[["response_s", "has_fault", "order_id"]].values.tolist()
    [[0.2, True, 'o-1']]
    """
    keys = _checked_keys(annotations)
    columns, problems = columns_from_items(items)
    refuse(problems, "The summaries cannot be read")
    index = pd.Index(columns["trace_id"], dtype=TEXT, name=SUMMARY_INDEX)
    typed = {name: pd.Series(columns[name], index, dtype) for name, dtype in SUMMARY_DTYPES.items()}
    frame = pd.DataFrame(typed, index)
    extra = {key: _annotation_column(columns["annotations"], key, index) for key in keys}
    return frame.assign(**extra).sort_values("start", kind="stable")


def validate_summaries(summaries: pd.DataFrame) -> None:
    """Raise if a frame is not a summary frame.

    Parameters
    ----------
    summaries
        What should be a summary frame; columns of annotations may follow its own.

    Raises
    ------
    TraceDataError
        If anything is wrong; the message lists every violation, not just the first.
    """
    refuse(problems_in_summaries(summaries), "This is not a valid summary frame")


def save_summaries(items: Iterable[Mapping[str, Any]], path: str | os.PathLike[str]) -> Path:
    """Write trace summaries to a JSON file, as GetTraceSummaries returns them.

    Parameters
    ----------
    items
        ``TraceSummary`` items.
    path
        File to write; its folder is made when missing.

    Returns
    -------
    path
        The file written.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    content = orjson.dumps({"TraceSummaries": [*items]}, option=orjson.OPT_INDENT_2)
    return files.write_bytes(path, content)


def load_summaries(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Read trace summaries that `save_summaries` or ``aws xray get-trace-summaries`` wrote.

    Parameters
    ----------
    path
        A JSON file: a response with ``TraceSummaries``, several responses after each other, or
        summaries, in a list or after each other. A ``NextToken`` in the last one means that there
        are more pages: a warning is logged.

    Returns
    -------
    items
        ``TraceSummary`` items, for `frame_from_summaries`.

    Raises
    ------
    FileError
        If the file cannot be read; a MissingFileError if there is none.
    TraceDataError
        If the file holds something else.
    """
    pages = _documents(path)
    items = _items(pages, path)
    if isinstance(pages[-1], dict) and pages[-1].get("NextToken"):
        _LOG.warning("%s: the last page has a NextToken, so summaries are missing.", path)
    return items


def _checked_keys(annotations: Sequence[str] | None) -> list[str]:
    if isinstance(annotations, str):
        msg = f"annotations={annotations!r} must be a list of keys: [{annotations!r}]."
        raise TraceDataError(msg)
    keys = list(dict.fromkeys(annotations or ()))
    taken = [key for key in keys if key in {SUMMARY_INDEX, *SUMMARY_COLUMNS}]
    if taken:
        msg = (
            f"Annotation {taken[0]!r} cannot become a column: a summary frame has a column of that "
            f'name. Read it with summaries["annotations"].str[{taken[0]!r}].'
        )
        raise TraceDataError(msg)
    return keys


def _annotation_column(
    annotations: Iterable[Mapping[str, list[Any]]], key: str, index: "pd.Index[str]"
) -> "pd.Series[Any]":
    """Return the values of a key, as plain values where no trace has several."""
    lists = [by_key.get(key) or [None] for by_key in annotations]
    column = [several[0] if len(several) == 1 else several for several in lists]
    kinds = {type(value) for value in column if value is not None}
    dtype: Any = object
    if kinds <= {str}:
        dtype = TEXT
    elif kinds <= {int, float}:
        dtype = "float64"
    elif kinds <= {bool}:
        dtype = "boolean"
    values: pd.Series[Any] = pd.Series(column, index=index, dtype=dtype)
    return values


def _documents(path: str | os.PathLike[str]) -> list[Any]:
    """Parse a file of JSON documents after each other; the usual single one is read fast."""
    content = files.read_bytes(path, remedy="Name a file of trace summaries")
    try:
        return [orjson.loads(content)]
    except orjson.JSONDecodeError:
        pass  # several documents, or none
    try:
        documents = [*_documents_in(content.decode("utf-8-sig"))]
    except ValueError as error:
        msg = f"{path} is not JSON ({error}). {_HINT}"
        raise TraceDataError(msg) from error
    if not documents:
        msg = f"{path} is empty. {_HINT}"
        raise TraceDataError(msg)
    return documents


def _documents_in(text: str) -> Iterator[Any]:
    decoder, at = json.JSONDecoder(), 0
    while start := _NOT_BLANK.search(text, at):
        document, at = decoder.raw_decode(text, start.start())
        yield document


def _items(node: Any, path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Collect the summaries of a page, of a list of pages or summaries, or of a single one."""
    if isinstance(node, list):
        return [item for part in node for item in _items(part, path)]
    if isinstance(node, dict) and "TraceSummaries" in node:
        return _items(node["TraceSummaries"], path)
    if isinstance(node, dict) and ("Traces" in node or "Segments" in node):
        msg = f"{path} holds traces, not summaries. Read them with tracing_lab.spans.load_traces."
        raise TraceDataError(msg)
    if not isinstance(node, dict) or "Id" not in node:
        msg = f"{path} does not hold trace summaries. {_HINT}"
        raise TraceDataError(msg)
    return [node]
