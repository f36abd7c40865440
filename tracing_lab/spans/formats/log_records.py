"""Spans of records of ``aws/spans``, which hold segments and OpenTelemetry's spans side by side."""

from collections.abc import Iterable, Mapping
from typing import Any

from tracing_lab.otlp.model import INTERNAL, SERVER, SERVICE, XRAY_SCOPE, OtelSpan

_Spans = Mapping[tuple[str, str], OtelSpan]


def spans_of_records(records: Iterable[OtelSpan]) -> list[OtelSpan]:
    """Return the spans of records, each once, as parts of one trace.

    A subsegment that was sent by itself states no service; it belongs to that of its parent. The
    span of a function's handler is a part of the segment that Lambda sent of the same function, as
    in X-Ray's own documents.

    Parameters
    ----------
    records
        What the log group has of each span; the last counts where it has several.
    """
    spans = {(span.trace_id, span.span_id): span for span in records}
    known = {key: span._replace(resource=_resource(span, spans)) for key, span in spans.items()}
    return [
        span._replace(kind=INTERNAL) if _is_handler(span, known) else span
        for span in known.values()
    ]


def _resource(span: OtelSpan, spans: _Spans) -> dict[str, Any]:
    """Return the resource of a span, or of the nearest one above that states its service."""
    above, seen = span, set[str]()
    while SERVICE not in above.resource and above.span_id not in seen:
        seen.add(above.span_id)
        above = spans.get((above.trace_id, above.parent_id), above)
    return above.resource if SERVICE in above.resource else span.resource


def _is_handler(span: OtelSpan, spans: _Spans) -> bool:
    parent = spans.get((span.trace_id, span.parent_id))
    is_served = span.kind == SERVER and not _was_segment(span)
    if parent is None or not is_served:
        return False
    return _was_segment(parent) and parent.service == span.service


def _was_segment(span: OtelSpan) -> bool:
    return span.scope.get("name") == XRAY_SCOPE
