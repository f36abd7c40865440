"""The exceptions that traces carry, as a table."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pandas as pd

from tracing_lab.xray_model.documents import SUBSEGMENT, Document, kind_of

from .reading.documents import as_json, documents_from_traces
from .schema import INDEX_NAMES
from .validation import unusable_traces

_COLUMNS: Final = ("service", "name", "type", "message", "remote", "exception_id")


def exceptions_from_traces(
    traces: Iterable[Mapping[str, Any]], *, strict: bool = False
) -> pd.DataFrame:
    """Return a table of the exceptions that segments and subsegments name as their cause.

    One failure may have several rows: the X-Ray SDK records an exception on the innermost
    subsegment that it left and refers to it from those around, and Lambda records it once more on
    the function's segment.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.
    strict
        Reject all traces if any document is unusable, instead of leaving out its trace. What would
        remain of such a trace could not be trusted: its parents, self times and flags might be
        those of the missing part.

    Returns
    -------
    exceptions
        One row per exception, outer spans first. The index is that of the span frame; the columns
        are the segment's name as ``service``, the span's ``name``, ``type`` and ``message`` of the
        exception, whether it was raised downstream (``remote``), and ``exception_id``.

    Raises
    ------
    TraceDataError
        With `strict`, if documents are unusable; lists what is wrong in which trace.

    Warns
    -----
    TraceDataWarning
        If traces are left out; lists what is wrong in which trace.

    Examples
    --------
    >>> cause = {"exceptions": [{"id": "e1", "type": "KeyError", "message": "sku"}]}
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "fault": True, "cause": cause}
    >>> traces = [{"Id": "1-0000000a-1", "Segments": [{"Document": document}]}]
    >>> exceptions_from_traces(traces)[["service", "type", "message"]].values.tolist()
    [['shop', 'KeyError', 'sku']]
    """
    documents, problems = documents_from_traces(traces)
    left_out = unusable_traces(problems, strict=strict)
    rows = [
        (trace_id, *row)
        for trace_id, segments in documents.items()
        if trace_id not in left_out
        for row in _rows(segments)
    ]
    return pd.DataFrame(rows, columns=[*INDEX_NAMES, *_COLUMNS]).set_index(list(INDEX_NAMES))


def _rows(documents: Mapping[str, Document]) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each exception in the documents of a trace, outer spans first."""
    services = _services(documents)
    for span_id, document in documents.items():
        for span in _spans(document):
            head = (_text(span.get("id")), services[span_id], span.get("name"))
            for exception in _exceptions(span):
                remote = exception.get("remote") is True
                stated = (exception.get("type"), exception.get("message"))
                yield (*head, *stated, remote, exception.get("id"))


def _services(documents: Mapping[str, Document]) -> dict[str, Any]:
    """Return the name of the segment that each document is part of, by the documents' ids.

    Of subsegments without a segment it is the name of the uppermost.
    """
    if all(kind_of(document) != SUBSEGMENT for document in documents.values()):  # nearly always
        return {span_id: document.get("name") for span_id, document in documents.items()}
    places = {_text(span.get("id")): each for each in documents.values() for span in _spans(each)}
    services: dict[str, Any] = {}
    for document in documents.values():
        line = [document]
        while line[-1]["id"] not in services and len(line) <= len(documents):  # else a circle
            above = places.get(_text(line[-1].get("parent_id")))
            if kind_of(line[-1]) != SUBSEGMENT or above is None:
                break
            line.append(above)
        service = services.get(line[-1]["id"], line[-1].get("name"))
        services |= {each["id"]: service for each in line}
    return services


def _text(value: Any) -> str | None:
    """Return what should be an id as text."""
    return value if value is None or isinstance(value, str) else as_json(value)


def _spans(document: Document) -> Iterator[Document]:
    """Yield a document and the subsegments in it, outer ones first, however deep they nest."""
    pending: list[Any] = [document]
    while pending:
        span = pending.pop()
        if isinstance(span, Mapping):
            yield span
            pending.extend(reversed(_listed(span.get("subsegments"))))


def _exceptions(span: Document) -> list[Mapping[str, Any]]:
    """Return the exceptions in a span's cause; a cause that is a text refers to another span's."""
    cause = span.get("cause")
    listed = _listed(cause.get("exceptions") if isinstance(cause, Mapping) else None)
    return [exception for exception in listed if isinstance(exception, Mapping)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
