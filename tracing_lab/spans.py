"""The span frame: traces as a table with one row per segment, subsegment or inferred segment.

Everything in the analysis half starts from this frame, so that nothing but this module knows how
X-Ray writes its documents. The index is ``(trace_id, span_id)``; the columns are

=============== ==============================================================================
``parent_id``   id of the parent span; missing for a trace's root
``service``     owning segment's name, as the service map prints it (a table's name for DynamoDB)
``name``        the span's own name
``kind``        ``segment`` (sent by a service), ``subsegment`` (a part of a segment) or
                ``inferred`` (a segment X-Ray adds for a callee that sends none, like EventBridge)
``origin``      AWS resource type of a segment, for example ``AWS::Lambda::Function``
``start, end``  UTC timestamps, exact to X-Ray's microsecond; ``end`` is missing while in progress
``duration_s``  ``end - start``
``self_s``      duration without the time that children cover (`_timing` has the details)
``status``      ``ok``, ``error`` (4xx), ``throttle`` (429), ``fault`` (5xx), ``in_progress``;
                of several the first of: in progress, throttle, fault, error
``error``       the document's own flags; a throttled span usually has ``error`` too
``cold_start``  True on a Lambda function segment that had to initialize its environment
``http_status`` status of the response served (segment) or received (subsegment)
``annotations`` dictionary of the span's own annotations
``depth``       number of ancestors in the trace, across segments; orphans count as roots
=============== ==============================================================================

Rows are sorted by trace in the order given, then by start and depth.
"""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from . import _timing, files
from ._exceptions import exceptions_from_traces
from ._select import matching_traces
from ._span_checks import problems_in_spans, refuse, unusable
from ._span_rows import Problem, SpanRow, rows_from_traces
from ._span_schema import (
    INDEX_NAMES,
    INIT_NAMES,
    KINDS,
    LAMBDA_FUNCTION,
    LAMBDA_SERVICE,
    SEGMENT,
    SPAN_COLUMNS,
    SPAN_DTYPES,
    STATUSES,
    SUBSEGMENT,
    TEXT,
)
from .errors import TraceDataError

_CIRCLE: Final = "the parents of span {} form a circle"

__all__ = [
    "INDEX_NAMES",
    "KINDS",
    "SPAN_COLUMNS",
    "STATUSES",
    "exceptions_from_traces",
    "load_spans",
    "load_traces",
    "save_spans",
    "save_traces",
    "select",
    "spans_from_traces",
    "validate_spans",
]


def spans_from_traces(
    traces: Iterable[Mapping[str, Any]], *, skip_unusable: bool = False
) -> pd.DataFrame:
    """Make the span frame of traces.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them; a ``Document`` may be JSON text or already parsed.
        A trace given twice, or a segment in progress and again finished, counts once.
    skip_unusable
        Leave a trace out if any of its documents is unusable, and warn about it, instead of
        refusing them all. What would remain of such a trace could not be trusted: its parents,
        self times and flags might be those of the missing part.

    Returns
    -------
    spans
        One row per segment and subsegment, in the form this module describes.

    Raises
    ------
    TraceDataError
        If documents are unusable; the message lists what is wrong in which trace.

    Warns
    -----
    TraceDataWarning
        With `skip_unusable`, if traces are left out; lists what is wrong in which trace.

    Examples
    --------
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> traces = [{"Id": "1-0000000a-1", "Segments": [{"Id": "x", "Document": document}]}]
    >>> spans_from_traces(traces)[["service", "duration_s", "status"]].values.tolist()
    [['shop', 0.5, 'ok']]
    """
    all_rows, problems = rows_from_traces(traces)
    rows = _without(all_rows, unusable(problems, skip=skip_unusable))
    parents, depth, service = _tree(rows)
    circles = _circles(rows, depth)
    if circles:
        rows = _without(rows, unusable(circles, skip=skip_unusable))
        parents, depth, service = _tree(rows)
    spans = _with_derived(_frame(rows, depth, service), parents)
    trace_number = pd.factorize(spans.index.get_level_values("trace_id"))[0]
    return spans.iloc[np.lexsort((depth, _timing.nanoseconds(spans["start"]), trace_number))]


def select(spans: pd.DataFrame, expression: str) -> pd.DataFrame:
    """Choose the traces that one of X-Ray's filter expressions holds for.

    Parameters
    ----------
    spans
        A span frame.
    expression
        The expression, for example ``service("payment") { fault }``. The language is described in
        the AWS X-Ray Developer Guide, "Using filter expressions". A span frame does not have
        everything that X-Ray knows: no URLs, users, accounts, groups and root causes.

    Returns
    -------
    spans
        All rows of the traces that it holds for, in the order they were in.

    Raises
    ------
    FilterSyntaxError
        If the expression cannot be read; says at which column what was expected.
    TraceDataError
        If the expression asks for something that a span frame does not have.

    Examples
    --------
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> traces = [{"Id": "1-0000000a-1", "Segments": [{"Id": "x", "Document": document}]}]
    >>> spans = spans_from_traces(traces)
    >>> [len(select(spans, text)) for text in ("ok duration < 1", 'service("shop") { fault }')]
    [1, 0]
    """
    chosen = matching_traces(spans, expression)
    return spans[spans.index.get_level_values("trace_id").isin(chosen)]


def validate_spans(spans: pd.DataFrame) -> None:
    """Refuse a frame that is not a span frame.

    Parameters
    ----------
    spans
        What should be a span frame.

    Raises
    ------
    TraceDataError
        If anything is wrong; the message lists every violation, not just the first.
    """
    refuse(problems_in_spans(spans), "This is not a valid span frame")


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


def _without(rows: Sequence[SpanRow], trace_ids: Collection[str]) -> Sequence[SpanRow]:
    return [row for row in rows if row.trace_id not in trace_ids] if trace_ids else rows


def _tree(rows: Sequence[SpanRow]) -> tuple[_timing.Rows, _timing.Rows, npt.NDArray[np.object_]]:
    """Return each row's parent, its depth (-1 when no root leads to it) and its service."""
    parents = _timing.parent_rows(
        [row.trace_id for row in rows],
        [row.span_id for row in rows],
        [row.parent_id for row in rows],
    )
    return parents, *_down_the_tree(rows, parents)


def _circles(rows: Sequence[SpanRow], depth: _timing.Rows) -> list[Problem]:
    return [
        Problem(row.trace_id, f"trace {row.trace_id}: {_CIRCLE.format(row.span_id)}")
        for row in (rows[number] for number in np.flatnonzero(depth < 0).tolist())
    ]


def _down_the_tree(
    rows: Sequence[SpanRow], parents: _timing.Rows
) -> tuple[_timing.Rows, npt.NDArray[np.object_]]:
    """Give each row its depth (-1 when no root leads to it) and its owning segment's service."""
    depth = np.full(len(rows), -1, dtype=np.int64)
    service = np.array([row.service for row in rows], dtype=object)
    is_part = np.array([row.kind == SUBSEGMENT for row in rows], dtype=bool)
    for number, level in enumerate(_timing.levels(parents)):
        depth[level] = number
        parts = level[is_part[level]]
        if number:
            service[parts] = service[parents[parts]]
        else:  # subsegments whose segment never came speak for themselves
            service[parts] = [rows[row].name for row in parts]
    return depth, service


def _frame(
    rows: Sequence[SpanRow], depth: _timing.Rows, service: npt.NDArray[np.object_]
) -> pd.DataFrame:
    """Put rows into columns, with what is still to be derived left at a neutral value."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in SpanRow._fields)
    raw: dict[str, Any] = dict(zip(SpanRow._fields, map(list, columns), strict=True))
    index = pd.MultiIndex.from_arrays(
        [pd.Index(raw["trace_id"], dtype=TEXT), pd.Index(raw["span_id"], dtype=TEXT)],
        names=INDEX_NAMES,
    )
    raw |= {"service": service, "depth": depth, "status": "ok", "cold_start": False}
    raw |= {"start": _times(raw["start_us"]), "end": _times(raw["end_us"])}
    raw |= {"duration_s": np.nan, "self_s": np.nan}
    return pd.DataFrame({name: raw[name] for name in SPAN_COLUMNS}, index=index).astype(SPAN_DTYPES)


def _times(microseconds: Sequence[int | None]) -> pd.DatetimeIndex:
    known = [_timing.NOT_ENDED if time is None else time * 1000 for time in microseconds]
    return _timing.timestamps(known)


def _with_derived(spans: pd.DataFrame, parents: _timing.Rows) -> pd.DataFrame:
    start, end = _timing.nanoseconds(spans["start"]), _timing.nanoseconds(spans["end"])
    accounted = _timing.accounted_parents(spans, parents)
    return spans.assign(
        duration_s=(spans["end"] - spans["start"]).dt.total_seconds(),
        self_s=_timing.self_times(start, end, accounted),
        status=pd.array(_status(spans), dtype=TEXT),
        cold_start=_cold_starts(spans, parents),
    )


def _status(spans: pd.DataFrame) -> npt.NDArray[Any]:
    flags = [spans["end"].isna(), spans["throttle"], spans["fault"], spans["error"]]
    return np.select(flags, ["in_progress", "throttle", "fault", "error"], default="ok")


def _cold_starts(spans: pd.DataFrame, parents: _timing.Rows) -> npt.NDArray[np.bool_]:
    """Mark function segments with an initialization, under them or under their service segment."""
    origin = spans["origin"].to_numpy(dtype=object)
    is_part = (spans["kind"] == SUBSEGMENT) & spans["name"].isin(INIT_NAMES)
    inits = np.flatnonzero(is_part.to_numpy(dtype=bool) & (parents >= 0))
    owners = np.zeros(len(spans), dtype=bool)
    owners[parents[inits]] = np.isin(origin[parents[inits]], [LAMBDA_FUNCTION, LAMBDA_SERVICE])
    is_function = (origin == LAMBDA_FUNCTION) & (spans["kind"] == SEGMENT).to_numpy(dtype=bool)
    by_service = owners[parents] & (parents >= 0)
    return np.asarray(is_function & (owners | by_service))
