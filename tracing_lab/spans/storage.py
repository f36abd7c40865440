"""Span frames in Parquet files, and traces in JSON files."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pandas as pd

from tracing_lab import files
from tracing_lab.errors import TraceDataError
from tracing_lab.frames import TEXT

from .schema import INDEX_NAMES, SPAN_COLUMNS, SPAN_DTYPES
from .validation import validate_spans


def save_spans(spans: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write spans to a Parquet file.

    Parameters
    ----------
    spans
        A span frame.
    path
        File to write; its folder is made when missing.

    Returns
    -------
    path
        The file written.

    Raises
    ------
    TraceDataError
        If `spans` is not a valid span frame; nothing is written then.
    FileError
        If the file cannot be written.
    """
    validate_spans(spans)
    # Parquet would merge the keys of all dictionaries into one struct: JSON text keeps each.
    annotations = [orjson.dumps(value).decode() for value in spans["annotations"]]
    plain = spans.assign(annotations=pd.array(annotations, dtype=TEXT))
    return files.write_bytes(path, plain.reset_index().to_parquet(index=False))


def load_spans(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read spans that `save_spans` wrote.

    Parameters
    ----------
    path
        A Parquet file, or a folder of such files.

    Returns
    -------
    spans
        A span frame.

    Raises
    ------
    FileError
        If the file cannot be read; a MissingFileError if there is none.
    TraceDataError
        If the file holds something else.
    """
    try:
        with files.reading(path, remedy="Name a file that save_spans wrote"):
            plain = pd.read_parquet(path)
        annotations = [orjson.loads(value) for value in plain["annotations"]]
        columns = plain.assign(annotations=pd.Series(annotations, dtype=object, index=plain.index))
        spans = columns.set_index(list(INDEX_NAMES))[list(SPAN_COLUMNS)].astype(SPAN_DTYPES)
    except (KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        msg = f"{path} does not hold a span frame ({reason}). Write it with save_spans."
        raise TraceDataError(msg) from error
    validate_spans(spans)
    return spans


def save_traces(traces: Iterable[Mapping[str, Any]], path: str | os.PathLike[str]) -> Path:
    """Write traces as they are to a JSON file.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.
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
    return files.write_bytes(path, orjson.dumps([*traces], option=orjson.OPT_INDENT_2))


def load_traces(path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """Read traces that `save_traces` wrote.

    Parameters
    ----------
    path
        A JSON file with a list of traces.

    Returns
    -------
    traces
        The traces, as BatchGetTraces returns them.

    Raises
    ------
    FileError
        If the file cannot be read; a MissingFileError if there is none.
    TraceDataError
        If the file holds something else.
    """
    hint = "Write it with save_traces, or save the Traces list of aws xray batch-get-traces."
    try:
        traces = orjson.loads(files.read_bytes(path, remedy="Name a file that save_traces wrote"))
    except orjson.JSONDecodeError as error:
        msg = f"{path} is not JSON ({error}). {hint}"
        raise TraceDataError(msg) from error
    if not isinstance(traces, list) or not all(isinstance(trace, dict) for trace in traces):
        msg = f"{path} does not hold a list of traces. {hint}"
        raise TraceDataError(msg)
    return traces
