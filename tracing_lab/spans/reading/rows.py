"""Segment documents as flat rows: one row per segment or subsegment."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from tracing_lab.spans.frames import is_epoch_seconds
from tracing_lab.xray_model.documents import SUBSEGMENT, Document, is_open, kind_of
from tracing_lab.xray_model.nodes import node_name

from .documents import Problem, as_json, documents_from_traces

_STATUS_BITS: Final = 64
_MOST_SHOWN: Final = 40  # characters of a wrong value


class SpanRow(NamedTuple):
    """One span as its document describes it; times in microseconds since 1970."""

    trace_id: str
    span_id: str
    parent_id: str | None
    service: str | None  # None for subsegments: it is their segment's
    name: str
    kind: str
    origin: str | None
    start_us: int
    end_us: int | None
    error: bool
    fault: bool
    throttle: bool
    http_status: int | None
    annotations: dict[str, Any]


def rows_from_traces(
    traces: Iterable[Mapping[str, Any]],
) -> tuple[list[SpanRow], list[Problem]]:
    """Return a row for each segment and subsegment of traces.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.

    Returns
    -------
    rows, problems
        One row per segment and subsegment, and everything that is wrong.
    """
    documents, problems = documents_from_traces(traces)
    rows = [
        row
        for trace_id, segments in documents.items()
        for document in segments.values()
        for row in _rows_from_document(trace_id, document, problems)
    ]
    return rows, problems + _duplicates(rows)


def _rows_from_document(
    trace_id: str, document: Document, problems: list[Problem]
) -> Iterator[SpanRow]:
    """Walk a segment and its subsegments; without recursion, however deep they nest."""
    pending: list[tuple[Any, str | None, str]] = [
        (document, document.get("parent_id"), kind_of(document))
    ]
    while pending:
        span, parent_id, kind = pending.pop()
        wrong = _wrong(span) if isinstance(span, Mapping) else ["a subsegment is not an object"]
        if wrong:
            span_id = span.get("id") if isinstance(span, Mapping) else None
            where = f"trace {trace_id}, segment {document['id']}"
            where += f", subsegment {span_id}" if span is not document else ""
            problems.extend(Problem(trace_id, f"{where}: {sentence}") for sentence in wrong)
            continue
        yield _row(trace_id, span, parent_id, kind)
        children = span.get("subsegments") or ()
        pending.extend((child, span["id"], SUBSEGMENT) for child in reversed(children))


def _wrong(span: Document) -> list[str]:
    """Return what makes a segment or subsegment unusable."""
    wrong = [
        f'"{key}" is missing or not a text'
        for key in ("id", "name")
        if not isinstance(span.get(key), str) or not span[key]
    ]
    start, end = span.get("start_time"), span.get("end_time")
    if not is_epoch_seconds(start):
        wrong.append(f'"start_time" is missing or not in epoch seconds ({_shown(start)})')
    elif end is not None and not is_epoch_seconds(end):
        wrong.append(f'"end_time" is not in epoch seconds ({_shown(end)})')
    elif end is not None and end < start:
        wrong.append('"end_time" lies before "start_time"')
    wrong += [
        f'"{key}" is not {what}'
        for key, kinds, what in _CONTAINERS
        if span.get(key) is not None and not isinstance(span[key], kinds)
    ]
    return wrong + [
        f'"{key}" is not JSON ({error})' for key in _STORED if (error := _error_in(span.get(key)))
    ]


_STORED: Final = ("id", "name", "origin", "parent_id", "annotations")


def _error_in(value: Any) -> str:
    """Return why JSON cannot hold a value that is given parsed, "" if it can."""
    try:
        orjson.dumps(dict(value) if isinstance(value, Mapping) else value)
    except TypeError as error:
        return str(error)
    return ""


def _shown(value: Any) -> str:
    return repr(value)[:_MOST_SHOWN]


_CONTAINERS: Final = (
    ("subsegments", list, "a list"),
    ("annotations", Mapping, "an object"),
    ("http", Mapping, "an object"),
    ("aws", Mapping, "an object"),
)


def _row(trace_id: str, span: Document, parent_id: str | None, kind: str) -> SpanRow:
    finished = not is_open(span)
    return SpanRow(
        trace_id=trace_id,
        span_id=span["id"],
        parent_id=_text(parent_id),
        service=None if kind == SUBSEGMENT else node_name(span),
        name=span["name"],
        kind=kind,
        origin=_text(span.get("origin")),
        start_us=_microseconds(span["start_time"]),
        end_us=_microseconds(span["end_time"]) if finished else None,
        error=span.get("error") is True,
        fault=span.get("fault") is True,
        throttle=span.get("throttle") is True,
        http_status=_http_status(span),
        annotations=dict(span.get("annotations") or {}),
    )


def _text(value: Any) -> str | None:
    """Return what should be a text as one, other values as they are in JSON."""
    return value if value is None or isinstance(value, str) else as_json(value)


def _microseconds(epoch_s: float) -> int:
    # A double holds today's epoch seconds to a quarter of a microsecond: round there, once.
    return round(epoch_s * 1e6)


def _http_status(span: Document) -> int | None:
    response = (span.get("http") or {}).get("response")
    status = response.get("status") if isinstance(response, Mapping) else None
    return status if is_status(status) else None


def is_status(value: Any) -> bool:
    """Return whether a value can be a response's status; text, fractions and flags cannot.

    Parameters
    ----------
    value
        What a document gives as the status.

    Returns
    -------
    bool
        True for integers of 64 bits.

    Examples
    --------
    >>> is_status(404), is_status("404"), is_status(404.0), is_status(True)
    (True, False, False, False)
    """
    return type(value) is int and value.bit_length() < _STATUS_BITS


def _duplicates(rows: list[SpanRow]) -> list[Problem]:
    seen: set[tuple[str, str]] = set()
    problems = []
    for row in rows:
        key = (row.trace_id, row.span_id)
        if key in seen:
            sentence = f"trace {row.trace_id}: two spans have the id {row.span_id}"
            problems.append(Problem(row.trace_id, sentence))
        seen.add(key)
    return problems
