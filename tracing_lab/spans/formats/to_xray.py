"""Traces of X-Ray's documents from spans in OpenTelemetry's data model."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from tracing_lab.otlp import model as otel
from tracing_lab.otlp.conventions import database
from tracing_lab.otlp.documents import documents_from_spans, plain
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.spans.reading.documents import as_json
from tracing_lab.xray_model.documents import SUBSEGMENT, is_call
from tracing_lab.xray_model.inferred import infer, is_event_call

from .nesting import nested

Document = dict[str, Any]
Trace = dict[str, Any]

_SERVICES: Final = ("peer.service", "aws.remote.service", "rpc.service")
"""Attributes that name the service that a span calls, the best first; databases come after them."""

_OTHER_CALLEES: Final = (
    *("db.system.name", "db.system", "messaging.destination.name", "server.address"),
    *("net.peer.name", "http.host"),
)
"""Attributes that name what else a span calls, the best first."""

HOSTS: Final = ("url.full", "http.url")
"""Attributes whose host may name it."""

STATEMENTS: Final = ("db.query.text", "db.statement")
"""Attributes that make a call one of a database, whatever they are."""

DECISIVE: Final = frozenset(
    {
        *_SERVICES,
        *("db.namespace", "db.name"),
        *_OTHER_CALLEES,
        *HOSTS,
        *STATEMENTS,
        *("http.response.status_code", "http.status_code", "aws.xray.origin", "rpc.system"),
        *("rpc.method", "aws.operation", "aws.table_name", "aws.dynamodb.table_names"),
        *("aws.queue_url", "aws.sqs.queue.url", "messaging.url"),
    }
)
"""Attributes on which more depends in the span frame than a span's annotations."""


def traces_from_spans(spans: Iterable[OtelSpan]) -> list[Trace]:
    """Return traces as BatchGetTraces returns them.

    Parameters
    ----------
    spans
        Spans of any number of traces, in any order.

    Returns
    -------
    traces
        In the order in which they occur first. A span that was sent again counts once; what a span
        states wrongly is in its document.
    """
    spans = _each_once([*spans])
    by_trace: dict[str, list[tuple[OtelSpan, Document]]] = defaultdict(list)
    for span, document in zip(spans, documents_from_spans(spans), strict=True):
        whole = _restored(span, document)
        by_trace[str(whole["trace_id"])].append((span, whole))
    return [_trace(trace_id, pairs) for trace_id, pairs in by_trace.items()]


def _each_once(spans: list[OtelSpan]) -> list[OtelSpan]:
    """Return spans without those that were sent again: equal ones with the same ids."""
    count = Counter((span.trace_id, span.span_id) for span in spans)
    if len(count) == len(spans):
        return spans
    said = set[str]()
    return [
        span for span in spans if count[span.trace_id, span.span_id] == 1 or _is_new(span, said)
    ]


def _is_new(span: OtelSpan, said: set[str]) -> bool:
    """Return whether no equal span was seen before, and remember it."""
    known = len(said)
    said.add(json.dumps(plain([*span]), sort_keys=True))
    return len(said) > known


def _restored(span: OtelSpan, document: Document) -> Document:
    """Return a document with what its span states of it in X-Ray's own words."""
    stated = _json(span, otel.DOCUMENT)
    if not isinstance(stated, dict):
        return document
    ids = {key: stated[key] for key in ("id", "trace_id") if isinstance(stated.get(key), str)}
    whole = document | stated | {key: document[key] for key in ("id", "trace_id")} | ids
    return {key: value for key, value in whole.items() if value is not None}


def _json(span: OtelSpan, key: str) -> Any:
    text = span.known_attributes.get(key)
    try:
        return orjson.loads(text) if isinstance(text, str) else None
    except orjson.JSONDecodeError:
        return None


def _trace(trace_id: str, pairs: Sequence[tuple[OtelSpan, Document]]) -> Trace:
    documents = [document for _, document in pairs]
    inferred = _inferred(pairs)
    segments = [*nested(documents), *inferred]
    return {
        "Id": trace_id,
        "Duration": _duration(documents),
        "LimitExceeded": False,
        "Segments": [
            {"Id": segment.get("id"), "Document": as_json(segment)} for segment in segments
        ],
    }


def _duration(documents: Iterable[Document]) -> float:
    times = [document.get(key) for document in documents for key in ("start_time", "end_time")]
    known = [time for time in times if isinstance(time, float)]
    return round(max(known) - min(known), 3) if known else 0.0


def _inferred(pairs: Sequence[tuple[OtelSpan, Document]]) -> list[Document]:
    """Return inferred segments: those stated, and for other tools' calls, those X-Ray would add."""
    stated = [(span, document, _json(span, otel.INFERRED)) for span, document in pairs]
    answered = {
        document.get("parent_id")
        for _, document in pairs
        if document.get("type") != SUBSEGMENT or is_call(document)
    }
    segments = []
    for span, document, known in stated:
        if isinstance(known, list):
            segments += [segment for segment in known if isinstance(segment, dict)]
        elif _is_foreign(span) and _is_unanswered(document, answered):
            segments.append(inferred_from_call(span, document))
        elif span.scope.get("name") == otel.XRAY_SCOPE and is_event_call(document):
            segments.append(_between(span, document, pairs))
    return segments


def _between(
    call: OtelSpan, called: Document, pairs: Sequence[tuple[OtelSpan, Document]]
) -> Document:
    """Return the inferred segment of an event service, and make it the parent of its targets."""
    segment = inferred_from_call(call, called)
    for _, document in pairs:
        if document.get("parent_id") == called["id"] and document.get("type") != SUBSEGMENT:
            document["parent_id"] = segment["id"]
    return segment


def inferred_from_call(span: OtelSpan, document: Document) -> Document:
    """Return the inferred segment of what a span of another tool calls.

    Parameters
    ----------
    span
        A call.
    document
        The call's document.
    """
    return infer(document | {"name": _callee(span, document)}, document["trace_id"])


def _is_foreign(span: OtelSpan) -> bool:
    """Return whether a span was never an X-Ray document, which would have its inferred segments."""
    return not span.is_from_xray and otel.DOCUMENT not in span.known_attributes


def _is_unanswered(document: Document, answered: set[Any]) -> bool:
    is_part = document.get("type") == SUBSEGMENT and is_call(document)
    return is_part and bool(document["id"]) and document["id"] not in answered


def _callee(span: OtelSpan, document: Document) -> str:
    attributes = span.known_attributes
    names = [attributes.get(key) for key in _SERVICES] + [database(attributes)]
    names += [attributes.get(key) for key in _OTHER_CALLEES]
    names += [_host(document.get("http", {}).get("request", {}).get("url")), document["name"]]
    name = next(
        (candidate for candidate in names if isinstance(candidate, str) and candidate), "unnamed"
    )
    return name.removeprefix("AWS::")


def _host(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None
