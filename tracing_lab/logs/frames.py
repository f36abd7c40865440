"""Frames of log lines and of query results. Pure."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from tracing_lab.otlp.documents import trace_id_of
from tracing_lab.xray_model.trace_ids import TRACE_ID

_TRACE_ID = re.compile(rf"\b{TRACE_ID.pattern}\b")
_REQUEST_ID = re.compile(
    r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.IGNORECASE
)
_LEVEL = re.compile(r"\[(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\]")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?(?:[eE][+-]?\d+)?")
_ID = re.compile(r"(?:^|[._@])id$|[a-z]Id$|_id$", re.IGNORECASE)
_POINTER = "@ptr"
_COLUMNS = (
    "timestamp",
    "service",
    "level",
    "message",
    "trace_id",
    "request_id",
    "stream",
    "fields",
)


def frame_from_events(events: Mapping[str, Iterable[Mapping[str, Any]]]) -> pd.DataFrame:
    """Return log lines as a frame, oldest first.

    Lines without a trace id, such as Lambda's START, get that of another line of the same request.

    Parameters
    ----------
    events
        Service to its log events, as FilterLogEvents returns them.

    Returns
    -------
    pandas.DataFrame
        Columns ``timestamp`` (UTC), ``service``, ``level``, ``message``, ``trace_id``,
        ``request_id``, ``stream``, and ``fields``: all members of a line of JSON.

    Examples
    --------
    >>> line = '{"level": "INFO", "message": "paid", "trace_id": "1-a"}'
    >>> frame = frame_from_events({"payment": [{"timestamp": 0, "message": line}]})
    >>> frame[["service", "level", "message", "trace_id"]].iloc[0].tolist()
    ['payment', 'INFO', 'paid', '1-a']
    """
    rows = [_line(service, event) for service, found in events.items() for event in found]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    frame["timestamp"] = pd.to_datetime(frame["timestamp"], unit="ms", utc=True)
    traced = frame.dropna(subset=["request_id", "trace_id"])
    known = traced.drop_duplicates("request_id").set_index("request_id")["trace_id"]
    frame["trace_id"] = frame["trace_id"].fillna(frame["request_id"].map(known))
    return frame.sort_values("timestamp", kind="stable", ignore_index=True)


def frame_from_results(results: Iterable[Sequence[Mapping[str, str]]]) -> pd.DataFrame:
    """Return the results of a Logs Insights query as a frame.

    Columns of times become UTC timestamps, columns of numbers numbers; ids stay text. Pointers to
    events (``@ptr``) are left out.

    Parameters
    ----------
    results
        The rows of ``field`` and ``value`` that GetQueryResults returns.

    Returns
    -------
    pandas.DataFrame
        A row for each result, a column for each field.

    Examples
    --------
    >>> time = {"field": "bin(1h)", "value": "2026-11-23 12:00:00.000"}
    >>> frame_from_results([[time, {"field": "n", "value": "3"}]]).dtypes.astype(str).to_dict()
    {'bin(1h)': 'datetime64[ms, UTC]', 'n': 'int64'}
    """
    rows = [{cell["field"]: cell["value"] for cell in row} for row in results]
    frame = pd.DataFrame(rows).drop(columns=_POINTER, errors="ignore")
    return pd.DataFrame({name: _typed(str(name), frame[name]) for name in frame.columns})


def lines_of_traces(lines: pd.DataFrame, spans: pd.DataFrame) -> pd.DataFrame:
    """Return the log lines of some traces, each with its time since the trace began.

    Parameters
    ----------
    lines
        As `frame_from_events` makes it.
    spans
        The traces' span frame, or a part of it.

    Returns
    -------
    pandas.DataFrame
        The lines whose trace is among the spans, by trace and time, with ``trace_start`` and
        ``offset_s`` besides.
    """
    starts = spans.groupby(level="trace_id")["start"].min().rename("trace_start")
    joined = lines.merge(starts, left_on="trace_id", right_index=True, how="inner")
    joined["offset_s"] = (joined["timestamp"] - joined["trace_start"]).dt.total_seconds()
    return joined.sort_values(["trace_start", "trace_id", "timestamp"], ignore_index=True)


def _line(service: str, event: Mapping[str, Any]) -> tuple[Any, ...]:
    text = str(event["message"]).rstrip("\n")
    fields = _json_object(text)
    return (
        event["timestamp"],
        service,
        fields.get("level") or _first(_LEVEL, text, group=1),
        str(fields.get("message") or text),
        _trace_id(fields) or _first(_TRACE_ID, text),
        _request_id(fields) or _first(_REQUEST_ID, text),
        event.get("logStreamName"),
        fields,
    )


def _json_object(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _trace_id(fields: dict[str, Any]) -> str | None:
    """Return the trace that a line states; OpenTelemetry's spans have ``traceId``, in its form."""
    found = fields.get("trace_id") or fields.get("xray_trace_id")
    span_of = fields.get("traceId")
    return found or (trace_id_of(span_of) if isinstance(span_of, str) else None)


def _request_id(fields: Mapping[str, Any]) -> str | None:
    for name in ("request_id", "requestId", "function_request_id", "AWSRequestId"):
        if isinstance(fields.get(name), str):
            return str(fields[name])
    record = fields.get("record")  # Lambda's own events
    return record.get("requestId") if isinstance(record, dict) else None


def _first(pattern: "re.Pattern[str]", text: str, *, group: int = 0) -> str | None:
    match = pattern.search(text)
    return None if match is None else match[group]


def _typed(name: str, column: "pd.Series[Any]") -> "pd.Series[Any]":
    texts = column.dropna().astype(str)
    if texts.empty or _ID.search(name):
        return column
    if texts.map(lambda text: _TIME.fullmatch(text) is not None).all():
        return pd.to_datetime(column, utc=True).dt.as_unit("ms")
    if texts.map(lambda text: _NUMBER.fullmatch(text) is not None).all():
        return pd.to_numeric(column)
    return column
