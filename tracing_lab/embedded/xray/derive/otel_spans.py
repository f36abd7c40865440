"""Converts segments to OpenTelemetry spans, as Transaction Search stores them.

Amazon CloudWatch User Guide, "Transaction Search": segments become spans with OpenTelemetry's
semantic attributes, trace ids lose their dashes. Inferred segments are left out, since
OpenTelemetry has only the calling span, which becomes the parent of their children.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray.ingest.conform import conform
from tracing_lab.otlp.model import MEMBERS, SERVICE, XRAY_SCOPE
from tracing_lab.xray_model.documents import is_call, is_open

from .tree import ProcessedTrace, is_subsegment

_SCOPE: Final = {"name": XRAY_SCOPE}


def otel_spans(trace: ProcessedTrace) -> list[dict[str, str]]:
    """Return the ``Spans`` of a trace: id and JSON document of each that has ended."""
    inferred = {
        segment["id"]: segment.get("parent_id", "")
        for segment in trace.segments
        if segment.get("inferred")
    }
    return [
        {
            "Id": part["id"],
            "Document": orjson.dumps(_span(part, parent, trace.id, segment)).decode(),
        }
        for segment in trace.segments
        if segment["id"] not in inferred
        for part, parent in _with_parents(segment, inferred)
        if not is_open(part)
    ]


def otel_trace_id(trace_id: str) -> str:
    """Return OpenTelemetry's form of a trace id: the same number in 32 digits.

    Examples
    --------
    >>> otel_trace_id("1-6b042ac0-5d09aa705e56bbd015254801")
    '6b042ac05d09aa705e56bbd015254801'
    """
    return trace_id.removeprefix("1-").replace("-", "").lower()


def spans_of_document(document: Document) -> list[dict[str, Any]]:
    """Return the spans of a valid document as it was sent, without those still in progress.

    Parameters
    ----------
    document
        A segment, or a subsegment by itself.
    """
    clean = conform(document)
    return [
        _span(part, parent, clean["trace_id"], clean)
        for part, parent in _with_parents(clean, {})
        if not is_open(part)
    ]


def _with_parents(segment: Document, inferred: Mapping[str, str]) -> Iterator[tuple[Document, str]]:
    caller = segment.get("parent_id", "")
    waiting: list[tuple[Document, str]] = [(segment, inferred.get(caller, caller))]
    while waiting:
        part, parent = waiting.pop()
        yield part, parent
        below = part.get("subsegments", ())
        waiting.extend((child, part["id"]) for child in reversed(below))


def _span(part: Document, parent: str, trace_id: str, segment: Document) -> dict[str, Any]:
    start_ns, end_ns = (round(part[name] * 1e9) for name in ("start_time", "end_time"))
    span: dict[str, Any] = {
        "resource": {"attributes": _resource(segment)},
        "scope": _SCOPE,
        "traceId": otel_trace_id(trace_id),
        "spanId": part["id"],
        "name": part["name"],
        "kind": _kind(part, segment),
        "startTimeUnixNano": start_ns,
        "endTimeUnixNano": end_ns,
        "durationNano": end_ns - start_ns,
        "attributes": _attributes(part),
        "status": {"code": "ERROR" if part.get("fault") or part.get("error") else "UNSET"},
    }
    return {**span, "parentSpanId": parent} if parent else span


def _kind(part: Document, segment: Document) -> str:
    if part is segment and not is_subsegment(part):
        return "SERVER"
    return "CLIENT" if is_call(part) else "INTERNAL"


def _resource(segment: Document) -> dict[str, str]:
    """Return the service; a subsegment that was sent by itself does not say which it is of."""
    return {} if is_subsegment(segment) else {SERVICE: segment["name"]}


def _attributes(part: Document) -> dict[str, Any]:
    """Return annotations, and members by the names that OpenTelemetry's collector has for them."""
    stated = {key: _member(part, path) for key, (path, _) in MEMBERS.items()}
    known = {key: value for key, value in stated.items() if value is not None}
    return {**part.get("annotations", {}), **known}


def _member(part: Document, path: Iterable[str]) -> Any:
    value: Any = part
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
