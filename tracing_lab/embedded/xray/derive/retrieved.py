"""Traces as they are retrieved: their documents, and the spans that ``aws/spans`` has besides.

A request that was not sampled has no documents: its spans are in the log group only. They become
segments as those of sampled requests did when they arrived.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray.ingest.documents import DocumentRow, read_documents
from tracing_lab.embedded.xray.ingest.span_requests import encoded
from tracing_lab.embedded.xray.store.records import StoredTrace
from tracing_lab.otlp.json_form import span_from_otlp
from tracing_lab.otlp.segments import segments_as_aws_makes_them

from .otel_spans import otel_spans
from .processing import process
from .rendering import render
from .span_log import SpanRecord
from .tree import ProcessedTrace


class RetrievedTrace(NamedTuple):
    """A trace in both of its forms.

    Parameters
    ----------
    trace
        X-Ray's form.
    records
        JSON text of its records in ``aws/spans`` by span.
    """

    trace: ProcessedTrace
    records: Mapping[str, str]

    def segments(self) -> list[dict[str, str]]:
        """Return id and document of each segment."""
        return [
            {"Id": segment["id"], "Document": render(segment)} for segment in self.trace.segments
        ]

    def spans(self) -> list[dict[str, str]]:
        """Return id and document of each span, as ``aws/spans`` has it where it does."""
        made = {span["Id"]: span["Document"] for span in otel_spans(self.trace)}
        return [{"Id": key, "Document": text} for key, text in {**made, **self.records}.items()]


def retrieved(
    trace_id: str, stored: StoredTrace | None, records: Iterable[SpanRecord]
) -> RetrievedTrace:
    """Return a trace; without segments if there is nothing of it.

    Parameters
    ----------
    trace_id
        The trace.
    stored
        Its documents, None if there are none.
    records
        Its records in ``aws/spans``.
    """
    documents = [orjson.loads(body) for body in stored.bodies] if stored else []
    trace = process(trace_id, documents)
    by_span = {record["spanId"]: record for record in records}
    others = [record for key, record in by_span.items() if key not in trace.entities]
    if others:
        trace = process(trace_id, [*documents, *_documents(others)])
    return RetrievedTrace(
        trace, {key: orjson.dumps(record).decode() for key, record in by_span.items()}
    )


def _documents(records: Iterable[SpanRecord]) -> list[Document]:
    made = segments_as_aws_makes_them(map(span_from_otlp, records))
    read = (row for document in made for row in read_documents(encoded(document)))
    return [orjson.loads(row.body) for row in read if isinstance(row, DocumentRow)]
