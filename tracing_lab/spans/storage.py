"""Span frames in Parquet files, and traces in JSON files."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tracing_lab import files
from tracing_lab.errors import TraceDataError
from tracing_lab.spans.frames import TEXT
from tracing_lab.xray_model.documents import KINDS
from tracing_lab.xray_model.outcomes import STATUSES

from .compact import AnnotationsArray, AnnotationsDtype, SpanIdArray
from .schema import INDEX_NAMES, SPAN_COLUMNS, SPAN_DTYPES
from .tree import NO_ROW
from .validation import check_spans
from .values import categories

_CATEGORIES: Final = ("service", "name", "kind", "origin", "status")
_KNOWN: Final = {"kind": [*KINDS], "status": [*STATUSES]}
_WRITTEN_AS_TEXT: Final = frozenset({"parent_id", "annotations", *_CATEGORIES})


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
    check_spans(spans)
    # Parquet would merge the keys of all dictionaries into one struct: JSON text keeps each.
    annotations = spans["annotations"].astype(AnnotationsDtype()).array.as_arrow()
    texts = {name: spans[name].astype(TEXT) for name in ("parent_id", *_CATEGORIES)}
    plain = spans.assign(annotations=pd.array(annotations, dtype=TEXT), **texts)
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
            table = pq.read_table(path, read_dictionary=["trace_id", *_CATEGORIES])
        spans = _spans(table)
    except (KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        msg = f"{path} does not hold a span frame ({reason}). Write it with save_spans."
        raise TraceDataError(msg) from error
    check_spans(spans)
    return spans


def _spans(table: pa.Table) -> pd.DataFrame:
    """Return a frame of columns that are as they are in a file; texts are numbered once."""
    trace, texts = _numbered(table["trace_id"]), map(_numbered, map(table.column, _CATEGORIES))
    ends = [table[name].cast(pa.large_string()) for name in ("span_id", "parent_id")]
    ids = _numbered(pa.chunked_array([chunk for end in ends for chunk in end.chunks], ends[0].type))
    trace_code, code = (part.indices.fill_null(NO_ROW).to_numpy() for part in (trace, ids))
    plain = table.select([name for name in SPAN_COLUMNS if name not in _WRITTEN_AS_TEXT])
    columns: pd.DataFrame = plain.to_pandas().assign(
        parent_id=SpanIdArray(code[len(table) :], ids.dictionary),
        annotations=AnnotationsArray(table["annotations"].cast(pa.string()).combine_chunks()),
        **dict(zip(_CATEGORIES, map(categories, texts), strict=True)),
    )
    for name, known in _KNOWN.items():
        columns[name] = columns[name].cat.set_categories(known)
    columns.index = pd.MultiIndex(
        levels=[pd.Index(part.dictionary, dtype=TEXT) for part in (trace, ids)],
        codes=[trace_code, code[: len(table)]],
        names=INDEX_NAMES,
        verify_integrity=False,
    )
    return columns[list(SPAN_COLUMNS)].astype(SPAN_DTYPES)


def _numbered(texts: "pa.ChunkedArray[Any]") -> "pa.DictionaryArray":
    """Return texts by number."""
    whole = texts.unify_dictionaries().combine_chunks()
    return whole if pa.types.is_dictionary(whole.type) else whole.dictionary_encode()


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
    return files.write_bytes(path, _as_json([*traces]))


def _as_json(traces: list[Mapping[str, Any]]) -> bytes:
    try:
        return orjson.dumps(traces, default=_plain, option=orjson.OPT_INDENT_2)
    except TypeError:  # orjson has no integers beyond 64 bits and no lone surrogates
        return json.dumps(traces, default=_plain, skipkeys=True, indent=2).encode()


def _plain(value: Any) -> Any:
    """Return what JSON can hold in place of a document that is no text and no dictionary."""
    if isinstance(value, bytes | bytearray):
        return value.decode(errors="replace")
    return dict(value) if isinstance(value, Mapping) else str(value)
