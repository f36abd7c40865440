"""Segment documents to flat rows: one row per segment or subsegment, and what is wrong with them.

Documents are what BatchGetTraces returns, described in
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import orjson

from ._span_schema import INFERRED, SEGMENT, SUBSEGMENT

_NAMED_BY: Final = {
    "AWS::DynamoDB::Table": "table_name",
    "AWS::SQS::Queue": "queue_url",
    "AWS::Lambda": "function_name",
}
"""Inferred nodes that X-Ray's service map names after the resource, not after the service."""

_LAST_SECOND: Final = 9.2e9  # nanoseconds since 1970 in 64 bits end in the year 2262

Document = Mapping[str, Any]


class Problem(NamedTuple):
    """What is wrong with a trace; the id is empty where the trace has none."""

    trace_id: str
    sentence: str


class SpanRow(NamedTuple):
    """What a document says about one span; times in microseconds since 1970."""

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
    """Flatten traces.

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


def documents_from_traces(
    traces: Iterable[Mapping[str, Any]],
) -> tuple[dict[str, dict[str, Document]], list[Problem]]:
    """Parse the documents of traces.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.

    Returns
    -------
    documents, problems
        Trace id to documents by their id, and everything that is wrong.
    """
    problems: list[Problem] = []
    documents: dict[str, dict[str, Document]] = {}
    for number, trace in enumerate(traces):
        _gather(number, trace, documents, problems)
    return documents, problems


def _gather(
    number: int,
    trace: Any,
    documents: dict[str, dict[str, Document]],
    problems: list[Problem],
) -> None:
    """Add a trace's documents by id; a finished document replaces one that was in progress."""
    trace_id = trace.get("Id") if isinstance(trace, Mapping) else None
    if not isinstance(trace_id, str) or not trace_id:
        problems.append(Problem("", f'trace number {number} has no "Id"'))
        return
    if not isinstance(trace.get("Segments"), list):
        problems.append(Problem(trace_id, f'trace {trace_id}: "Segments" is not a list'))
        return
    mine = documents.setdefault(trace_id, {})
    for segment in trace["Segments"]:
        document = _document(trace_id, segment, problems)
        if document is not None:
            known = mine.get(document["id"])
            if known is None or not _in_progress(document):
                mine[document["id"]] = document


def _document(trace_id: str, segment: Any, problems: list[Problem]) -> Document | None:
    """Parse one entry of ``Segments``; None, and a problem, when that is impossible."""
    document = segment.get("Document") if isinstance(segment, Mapping) else None
    where = f"trace {trace_id}, segment {segment.get('Id') if document is not None else '?'}"
    if isinstance(document, str | bytes):
        try:
            document = orjson.loads(document)
        except orjson.JSONDecodeError as error:
            problems.append(Problem(trace_id, f"{where}: the document is not JSON ({error})"))
            return None
    wrong = "is not an object"
    if isinstance(document, Mapping):
        wrong = _wrong_ids(trace_id, document)
        if not wrong:
            return document
    problems.append(Problem(trace_id, f"{where}: the document {wrong}"))
    return None


def _wrong_ids(trace_id: str, document: Document) -> str:
    """Return what is wrong with a document's ids, "" if nothing is."""
    if not isinstance(document.get("id"), str) or not document["id"]:
        return 'has no "id"'
    if document.get("trace_id", trace_id) != trace_id:
        return f"belongs to trace {document['trace_id']}"
    return ""


def _rows_from_document(
    trace_id: str, document: Document, problems: list[Problem]
) -> Iterator[SpanRow]:
    """Walk a segment and its subsegments; without recursion, however deep they nest."""
    kind = SUBSEGMENT if document.get("type") == "subsegment" else SEGMENT
    kind = INFERRED if document.get("inferred") is True else kind
    pending: list[tuple[Any, str | None, str]] = [(document, document.get("parent_id"), kind)]
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
    """List what makes a segment or subsegment unusable."""
    wrong = [
        f'"{key}" is missing or not a text'
        for key in ("id", "name")
        if not isinstance(span.get(key), str) or not span[key]
    ]
    start, end = span.get("start_time"), span.get("end_time")
    if not _is_time(start):
        wrong.append('"start_time" is missing or not in epoch seconds')
    elif end is not None and not _is_time(end):
        wrong.append('"end_time" is not in epoch seconds')
    elif end is not None and end < start:
        wrong.append('"end_time" lies before "start_time"')
    wrong += [
        f'"{key}" is not {what}'
        for key, kinds, what in _CONTAINERS
        if span.get(key) is not None and not isinstance(span[key], kinds)
    ]
    return wrong


_CONTAINERS: Final = (
    ("subsegments", list, "a list"),
    ("annotations", Mapping, "an object"),
    ("http", Mapping, "an object"),
    ("aws", Mapping, "an object"),
)


def _is_time(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and 0 < value < _LAST_SECOND


def _row(trace_id: str, span: Document, parent_id: str | None, kind: str) -> SpanRow:
    finished = not _in_progress(span)
    return SpanRow(
        trace_id=trace_id,
        span_id=span["id"],
        parent_id=parent_id,
        service=None if kind == SUBSEGMENT else _service(span, kind),
        name=span["name"],
        kind=kind,
        origin=span.get("origin"),
        start_us=_microseconds(span["start_time"]),
        end_us=_microseconds(span["end_time"]) if finished else None,
        error=span.get("error") is True,
        fault=span.get("fault") is True,
        throttle=span.get("throttle") is True,
        http_status=_http_status(span),
        annotations=dict(span.get("annotations") or {}),
    )


def _microseconds(epoch_s: float) -> int:
    # A double holds today's epoch seconds to a quarter of a microsecond: round there, once.
    return round(epoch_s * 1e6)


def _in_progress(span: Document) -> bool:
    return span.get("in_progress") is True or span.get("end_time") is None


def _service(segment: Document, kind: str) -> str:
    """Give the name of the segment's node in the service map."""
    key = _NAMED_BY.get(segment.get("origin") or "") if kind == INFERRED else None
    aws = segment.get("aws") or {}
    names = aws.get("resource_names") or [None]
    called = (aws.get(key) or names[0]) if key else None
    return called if isinstance(called, str) else str(segment["name"])


def _http_status(span: Document) -> int | None:
    response = (span.get("http") or {}).get("response")
    status = response.get("status") if isinstance(response, Mapping) else None
    return status if type(status) is int else None


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
