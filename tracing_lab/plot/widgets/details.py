"""What is known of one span: times, annotations, metadata and exceptions, as plain data."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from tracing_lab.xray_model.documents import Document

from .listing import milliseconds

_ONLY_SPANS: Final = (
    "Metadata and exceptions are in trace documents: pass traces, not a span frame."
)


def details(
    trace: pd.DataFrame, span_id: str, documents: Mapping[str, Document] | None
) -> dict[str, Any]:
    """Return what is known of a span.

    Parameters
    ----------
    trace
        A span frame with the spans of one trace.
    span_id
        The span.
    documents
        The trace's documents by id, None where there are only spans.

    Returns
    -------
    details
        ``facts`` and ``annotations`` as pairs of texts, ``metadata`` as JSON text, ``exceptions``
        with their type, message and stack, ``note`` for what cannot be known.
    """
    rows = trace.droplevel("trace_id")
    span: dict[str, Any] = rows.loc[[span_id]].to_dict("records")[0]  # type: ignore[assignment]
    found = {} if documents is None else _find(documents, span_id)
    return {
        "span": span_id,
        "title": str(span["name"]),
        "facts": _facts(span, rows["start"].min()),
        "annotations": [[str(key), _text(value)] for key, value in span["annotations"].items()],
        "metadata": _json(found["metadata"]) if found.get("metadata") else "",
        "exceptions": _exceptions(found, documents or {}),
        "note": _ONLY_SPANS if documents is None else "",
    }


def _facts(span: Mapping[str, Any], begin: pd.Timestamp) -> list[list[str]]:
    facts = {
        "service": span["service"],
        "kind": span["kind"],
        "type": span["origin"],
        "status": str(span["status"]).replace("_", " "),
        "HTTP status": span["http_status"],
        "starts after (ms)": milliseconds((span["start"] - begin).total_seconds()),
        "duration (ms)": milliseconds(span["duration_s"]),
        "self time (ms)": milliseconds(span["self_s"]),
    }
    return [[name, str(value)] for name, value in facts.items() if not pd.isna(value)]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def _find(documents: Mapping[str, Document], span_id: str) -> Document:
    return next((span for span in _walk(documents) if span.get("id") == span_id), {})


def _walk(documents: Mapping[str, Document]) -> Iterator[Document]:
    """Yield segments and subsegments; without recursion, however deep they nest."""
    pending: list[Any] = [*documents.values()]
    while pending:
        span = pending.pop()
        if isinstance(span, Mapping):
            yield span
            pending.extend(span.get("subsegments") or ())


def _exceptions(span: Document, documents: Mapping[str, Document]) -> list[dict[str, Any]]:
    """Return a span's exceptions; a cause that is a text names an exception of another span."""
    cause = span.get("cause")
    if not isinstance(cause, str):
        return [_exception(item, "") for item in _listed(span)]
    return [
        _exception(item, str(other.get("name")))
        for other in _walk(documents)
        for item in _listed(other)
        if item.get("id") == cause
    ]


def _listed(span: Document) -> list[Mapping[str, Any]]:
    cause = span.get("cause")
    listed = cause.get("exceptions") if isinstance(cause, Mapping) else None
    return [item for item in listed or () if isinstance(item, Mapping)]


def _exception(item: Mapping[str, Any], raised_in: str) -> dict[str, Any]:
    frames = [frame for frame in item.get("stack") or () if isinstance(frame, Mapping)]
    places = [
        f"{frame.get('path')}:{frame.get('line')} in {frame.get('label')}" for frame in frames
    ]
    return {
        "type": str(item.get("type") or "exception"),
        "message": str(item.get("message") or ""),
        "raised_in": raised_in,
        "stack": places,
    }
