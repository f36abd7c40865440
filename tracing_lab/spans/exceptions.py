"""The exceptions that traces carry, as a table."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pandas as pd

from tracing_lab.xray_model.documents import Document

from .reading.documents import documents_from_traces
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
        for document in segments.values()
        for row in _rows(document)
    ]
    return pd.DataFrame(rows, columns=[*INDEX_NAMES, *_COLUMNS]).set_index(list(INDEX_NAMES))


def _rows(document: Document) -> Iterator[tuple[Any, ...]]:
    """Yield a row for each exception in a segment and its subsegments, outer ones first."""
    pending: list[Any] = [document]
    while pending:
        span = pending.pop()
        if isinstance(span, Mapping):
            for exception in _exceptions(span):
                head = (span.get("id"), document.get("name"), span.get("name"))
                remote = exception.get("remote") is True
                yield (
                    *head,
                    exception.get("type"),
                    exception.get("message"),
                    remote,
                    exception.get("id"),
                )
            pending.extend(reversed(span.get("subsegments") or ()))


def _exceptions(span: Document) -> list[Mapping[str, Any]]:
    """Return the exceptions in a span's cause; a cause that is a text refers to another span's."""
    cause = span.get("cause")
    listed = cause.get("exceptions") if isinstance(cause, Mapping) else None
    return [exception for exception in listed or () if isinstance(exception, Mapping)]
