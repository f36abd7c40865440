"""Stores spans of OpenTelemetry as segments, and as records of ``aws/spans``.

A span whose segment X-Ray rejects is not recorded either, so that the number of rejected spans that
a sender is told is that of the missing records.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from tracing_lab.embedded.xray.derive.span_log import SpanLog
from tracing_lab.embedded.xray.ingest.documents import DocumentRow
from tracing_lab.embedded.xray.ingest.span_datagrams import SpanDatagram
from tracing_lab.embedded.xray.ingest.span_requests import SpanRequestError, encoded, sorted_out
from tracing_lab.embedded.xray.store.traces import TraceStore
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.otlp.segments import segments_as_aws_makes_them

SortDocuments = Callable[[Iterable[bytes]], tuple[list[DocumentRow], list[dict[str, str]]]]
"""Returns the accepted documents, and the entries of ``UnprocessedTraceSegments`` of the others."""


class _Taken(NamedTuple):
    rows: list[DocumentRow]
    spans: list[OtelSpan]  # to be recorded
    problems: list[str]


class SpanIntake:
    """Stores spans of exporters and of functions. Thread-safe.

    Parameters
    ----------
    store
        Stores segments.
    span_log
        Records spans.
    sort
        Validates segments.
    clock
        Returns the time in epoch seconds.
    """

    def __init__(
        self,
        store: TraceStore,
        span_log: SpanLog,
        sort: SortDocuments,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._span_log = span_log
        self._sort = sort
        self._clock = clock

    def take(self, spans: Sequence[OtelSpan]) -> list[str]:
        """Store valid spans durably; return why some of them were rejected after all.

        Raises
        ------
        EmbeddedError
            If they could not be written.
        """
        taken = self._segments(spans)
        self._store.put(taken.rows)
        self._span_log.add_spans(taken.spans)
        return taken.problems

    def receive(self, datagrams: Sequence[SpanDatagram]) -> list[list[str]]:
        """Store spans of functions; return for each datagram why some of its spans are rejected.

        Spans of a request that is not sampled are recorded only.
        """
        taken = [self._of_datagram(datagram) for datagram in datagrams]
        self._store.emit([row for each in taken for row in each.rows])
        self._span_log.add_spans(span for each in taken for span in each.spans)
        return [each.problems for each in taken]

    def _of_datagram(self, datagram: SpanDatagram) -> _Taken:
        try:
            found = sorted_out(datagram.spans, now_s=self._clock())
        except SpanRequestError as error:
            return _Taken([], [], [str(error)])
        if not datagram.is_sampled:
            return _Taken([], found.accepted, found.problems)
        taken = self._segments(found.accepted)
        return taken._replace(problems=found.problems + taken.problems)

    def _segments(self, spans: Sequence[OtelSpan]) -> _Taken:
        rows, rejected = self._sort(map(encoded, segments_as_aws_makes_them(spans)))
        kept = {row.id for row in rows}
        recorded = [span for span in spans if span.span_id in kept]
        return _Taken(rows, recorded, [entry["Message"] for entry in rejected])
