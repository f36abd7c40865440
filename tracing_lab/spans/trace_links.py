"""Links between traces, as a table: the way of messages through queues."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import pandas as pd

from tracing_lab.spans.frames import NOT_ENDED, TEXT, TIME, is_epoch_seconds, timestamps
from tracing_lab.xray_model.documents import Document
from tracing_lab.xray_model.trace_links import Link, links_in

from .reading.documents import documents_from_traces
from .schema import INDEX_NAMES
from .validation import unusable_traces

_DTYPES: Final = {
    "relation": TEXT,
    "linked_trace_id": TEXT,
    "linked_span_id": TEXT,
    "linked_name": TEXT,
    "linked_type": TEXT,
    "received": TIME,
}


def links_from_traces(traces: Iterable[Mapping[str, Any]], *, strict: bool = False) -> pd.DataFrame:
    """Return the links of traces to other traces.

    A function that reads an SQS queue has a trace of its own for each batch of messages. X-Ray
    links the sender's span to it, and its span to the senders.
    https://docs.aws.amazon.com/xray/latest/devguide/xray-tracelinking.html

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.
    strict
        Reject all traces if any document is unusable, instead of leaving out its trace.

    Returns
    -------
    links
        One row per link. The index is that of the span frame. ``relation`` is ``child`` where the
        link leads to what has received a message and ``parent`` where it leads to the sender;
        ``linked_trace_id`` and ``linked_span_id`` say where. Of a ``child``, ``linked_name`` and
        ``linked_type`` are the receiving node, and ``received`` is when it got the message.

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
    >>> attributes = {"aws.xray.reserved.reference_type": "parent"}
    >>> link = {"trace_id": "1-0000000b-1", "id": "53995c3f42cd8ad8", "attributes": attributes}
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "consumer", "links": [link]}
    >>> traces = [{"Id": "1-0000000a-1", "Segments": [{"Document": document}]}]
    >>> links_from_traces(traces)[["relation", "linked_trace_id"]].values.tolist()
    [['parent', '1-0000000b-1']]
    """
    documents, problems = documents_from_traces(traces)
    left_out = unusable_traces(problems, strict=strict)
    rows = [
        (trace_id, span_id, *_values(link))
        for trace_id, segments in documents.items()
        if trace_id not in left_out
        for document in segments.values()
        for span_id, link in _links(document)
    ]
    frame = pd.DataFrame(rows, columns=[*INDEX_NAMES, *_DTYPES]).set_index(list(INDEX_NAMES))
    received = timestamps(frame["received"].to_numpy(dtype="int64"))
    return frame.assign(received=received).astype(_DTYPES)


def linked_trace_ids(traces: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return the ids of the traces that traces are linked to, without their own, in order.

    Unreadable documents have no links.
    """
    documents, _ = documents_from_traces(traces)
    linked = {
        link.trace_id: None
        for segments in documents.values()
        for document in segments.values()
        for _, link in _links(document)
    }
    return [trace_id for trace_id in linked if trace_id not in documents]


def _links(document: Document) -> Iterator[tuple[str, Link]]:
    """Yield the links of a segment and its subsegments with the ids of their spans."""
    pending: list[Any] = [document]
    while pending:
        span = pending.pop()
        if isinstance(span, Mapping):
            for link in links_in(span):
                yield str(span.get("id")), link
            children = span.get("subsegments")
            pending.extend(reversed(children) if isinstance(children, list) else ())


def _values(link: Link) -> tuple[Any, ...]:
    time_s = link.received_s
    is_known = time_s is not None and is_epoch_seconds(time_s)
    received_ns = round((time_s or 0.0) * 1e6) * 1000 if is_known else NOT_ENDED
    return link.relation, link.trace_id, link.id, link.name, link.type, received_ns
