"""Spans in OpenTelemetry's data model from X-Ray's documents.

What a document states in other words than its span would, or besides, becomes the attribute
`otel.DOCUMENT`: it is what remains after the span has been written and read again, so that nothing
is lost that a format can hold.
"""

import base64
import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from tracing_lab.otlp import model as otel
from tracing_lab.otlp.documents import documents_from_spans, plain, usual_kind
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.spans.frame import spans_from_traces
from tracing_lab.spans.reading.documents import documents_from_traces
from tracing_lab.xray_model.documents import SUBSEGMENT, is_open
from tracing_lab.xray_model.outcomes import FAILURES, status_of

from .nesting import unnested

Document = dict[str, Any]
Through = Callable[[Sequence[OtelSpan]], Iterable[OtelSpan]]

_TRACE_ID: Final = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})")
_TRACE_DIGITS: Final = 32
_SPAN_DIGITS: Final = 16
_NS_PER_US: Final = 1000
_US_PER_S: Final = 1e6
_HEXADECIMAL: Final = set("0123456789abcdef")


def spans_from_documents(
    traces: Iterable[Mapping[str, Any]], *, through: Through
) -> list[OtelSpan]:
    """Return spans of traces, without those in progress and without inferred segments.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.
    through
        Writes spans in a format and reads them again.

    Returns
    -------
    spans
        Complete: read again, they become the documents they were made from.

    Warns
    -----
    TraceDataWarning
        If traces are left out, since they cannot be read.
    """
    traces = [*traces]
    frame = spans_from_traces(traces)
    good = {*frame.index.get_level_values("trace_id")}
    cold = {*frame.index[frame["cold_start"]]}
    by_trace = documents_from_traces(traces)[0]
    spans = []
    for trace_id, documents in by_trace.items():
        if trace_id in good:
            flat = [
                part for document in documents.values() for part in unnested(trace_id, document)
            ]
            spans += _spans(flat, cold, through)
    return spans


def _spans(documents: Sequence[Document], cold: set[Any], through: Through) -> list[OtelSpan]:
    ended = {document["id"] for document in documents if not is_open(document)}
    inferred = {
        document["id"]: document
        for document in documents
        if document.get("inferred") is True and document.get("parent_id") in ended
    }
    services = _services(documents)
    callers = {
        document.get("parent_id") for document in documents if document.get("type") != SUBSEGMENT
    }
    added: dict[Any, list[Document]] = defaultdict(list)
    sources, spans = [], []
    for document in documents:
        caller = _caller(document, inferred)
        if document["id"] in inferred:
            added[caller].append(document)
        elif document["id"] in ended:
            span = _span(
                document, caller, services[document["id"]], is_caller=document["id"] in callers
            )
            is_cold = (document["trace_id"], document["id"]) in cold
            spans.append(_with(span, {otel.COLD_START: True} if is_cold else {}))
            sources.append(document)
    return [
        _with(span, _stated(rest, added[source["id"]]))
        for span, source, rest in zip(spans, sources, _rests(spans, sources, through), strict=True)
    ]


def _caller(document: Document, inferred: Mapping[str, Document]) -> str:
    """Return the id of the nearest parent that is not inferred; it may be outside of the trace."""
    parent = document.get("parent_id") or ""
    while parent in inferred:
        parent = inferred[parent]["parent_id"]
    return str(parent)


def _services(documents: Sequence[Document]) -> dict[str, str]:
    """Return the name of the segment that each document is part of."""
    services: dict[str, str] = {}
    known = {document["id"]: document for document in documents}
    for document in documents:
        line = [document]
        while line[-1]["id"] not in services and _is_part(line[-1], known):
            line.append(known[line[-1]["parent_id"]])
        name = services.get(line[-1]["id"], line[-1]["name"])
        services |= dict.fromkeys((each["id"] for each in line), name)
    return services


def _is_part(document: Document, known: Mapping[str, Document]) -> bool:
    return document.get("type") == SUBSEGMENT and document.get("parent_id") in known


def _span(document: Document, caller: str, service: str, *, is_caller: bool) -> OtelSpan:
    kept = _kept(document)
    usual = otel.CLIENT if is_caller and document.get("type") == SUBSEGMENT else None
    kind = kept.get("kind")
    status = status_of(document)
    has_failed = status in FAILURES
    return OtelSpan(
        trace_id=_trace_id(document["trace_id"]),
        span_id=_hex(document["id"], _SPAN_DIGITS),
        parent_id=_hex(caller, _SPAN_DIGITS) if caller else "",
        name=_annotations(document).get(otel.NAME) or document["name"],
        kind=kind if kind in otel.SPAN_KINDS else usual or usual_kind(document),
        start_ns=_nanoseconds(document["start_time"]),
        end_ns=_nanoseconds(document["end_time"]),
        status="error" if has_failed else "ok" if kept.get("status") == "ok" else "unset",
        message=str(kept.get("message") or (status if has_failed else "")),
        attributes=_attributes(document, kept),
        resource={otel.SERVICE: service} | _object(kept.get("resource")),
        scope=_object(kept.get("scope")) or {"name": otel.SCOPE},
        events=_objects(kept.get("events"), _EVENT) or _exceptions(document),
        links=_objects(kept.get("links"), _LINK),
    )


def _kept(document: Document) -> dict[str, Any]:
    """Return what a span of another tool had and an X-Ray document has no member for."""
    return _object(_object(document.get("metadata")).get(otel.METADATA))


def _object(value: Any) -> dict[str, Any]:
    return {**value} if isinstance(value, Mapping) else {}


def _objects(value: Any, needed: Mapping[str, type]) -> list[dict[str, Any]]:
    """Return the objects in a list if all have the members they need."""
    listed = [_object(item) for item in value] if isinstance(value, list) else []
    are_whole = all(
        isinstance(item.get(key), kind) for item in listed for key, kind in needed.items()
    )
    return listed if are_whole else []


def _annotations(document: Document) -> dict[str, Any]:
    return _object(document.get("annotations"))


def _attributes(document: Document, kept: Mapping[str, Any]) -> dict[str, Any]:
    members = {key: _member(document, path, kind) for key, (path, kind) in otel.MEMBERS.items()}
    annotations = {
        key: value
        for key, value in _annotations(document).items()
        if otel.is_scalar(value) and key not in _RESERVED
    }
    known = {key: value for key, value in members.items() if value is not None}
    return known | annotations | _with_bytes(_object(kept.get("attributes")))


_RESERVED: Final = {*otel.MEMBERS, otel.DOCUMENT, otel.INFERRED, otel.COLD_START, otel.NAME}
_EVENT: Final = {"name": str, "time_ns": int, "attributes": Mapping}
_LINK: Final = {"trace_id": str, "span_id": str, "attributes": Mapping}


def _member(document: Any, path: Sequence[str], kind: type) -> Any:
    for name in path:
        document = document.get(name) if isinstance(document, dict | Mapping) else None
    return document if type(document) is kind and otel.is_scalar(document) else None


def _with_bytes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes in which the objects that stand for bytes are bytes."""
    known = dict(attributes)
    for key, value in attributes.items():
        text = value.get("bytes") if isinstance(value, Mapping) and len(value) == 1 else None
        if isinstance(text, str):
            try:
                known[key] = base64.b64decode(text, validate=True)
            except ValueError:
                continue
    return known


def _exceptions(document: Document) -> list[dict[str, Any]]:
    """Return the exceptions of a document's cause as events at its end."""
    cause = document.get("cause")
    listed = cause.get("exceptions") if isinstance(cause, Mapping) else None
    names = {"type": "exception.type", "message": "exception.message"}
    return [
        {
            "name": "exception",
            "time_ns": _nanoseconds(document["end_time"]),
            "attributes": {names[key]: str(item[key]) for key in names if item.get(key)},
        }
        for item in (listed if isinstance(listed, list) else ())
        if isinstance(item, Mapping)
    ]


def _rests(
    spans: Sequence[OtelSpan], documents: Sequence[Document], through: Through
) -> list[Document]:
    """Return what each document states other than what is read from its span."""
    back = {span.span_id: span for span in through(spans)}
    again = documents_from_spans([back[span.span_id] for span in spans])
    return [
        {key: value for key, value in document.items() if not _are_same(value, other.get(key))}
        | {key: None for key in other if key not in document}
        for document, other in zip(documents, again, strict=True)
    ]


def _are_same(value: Any, other: Any) -> bool:
    """Return whether two values are the same in JSON, where 1, 1.0 and true differ."""
    if type(value) is not type(other) or not isinstance(value, dict | list):
        return type(value) is type(other) and bool(value == other)
    if len(value) != len(other):
        return False
    if isinstance(value, list):
        return all(map(_are_same, value, other))
    return all(key in other and _are_same(value[key], other[key]) for key in value)


def _stated(rest: Document, inferred: Sequence[Document]) -> dict[str, str]:
    """Return what a span states in X-Ray's own words."""
    stated = {otel.DOCUMENT: rest, otel.INFERRED: inferred}
    return {key: orjson.dumps(plain(value)).decode() for key, value in stated.items() if value}


def _with(span: OtelSpan, attributes: Mapping[str, Any]) -> OtelSpan:
    return span._replace(attributes=span.attributes | attributes) if attributes else span


def _nanoseconds(epoch_s: float) -> int:
    return round(epoch_s * _US_PER_S) * _NS_PER_US


def _trace_id(trace_id: str) -> str:
    """Return the joined parts of an X-Ray trace id, which are 8 and 24 hexadecimal digits."""
    parts = _TRACE_ID.fullmatch(trace_id)
    return _hex("".join(parts.groups()) if parts else trace_id, _TRACE_DIGITS)


def _hex(text: str, digits: int) -> str:
    """Return an id as it is if it has the right form, or else a hash of it."""
    if len(text) == digits and set(text) <= _HEXADECIMAL and set(text) != {"0"}:
        return text
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:digits]
