"""Writes spans to the log group ``aws/spans`` while Transaction Search is on, and finds them there.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Transaction-Search.html
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from tracing_lab.embedded.xray.ingest.documents import DocumentRow
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.otlp.records import record_of_span
from tracing_lab.xray_model.trace_links import is_carrier

from .otel_spans import otel_trace_id, spans_of_document

GROUP: Final = "aws/spans"
STREAM: Final = "default"
_NS_PER_MS: Final = 1_000_000
_TRACE_ID: Final = re.compile(r'"traceId":"([0-9a-f]{32})"')

SpanRecord = dict[str, Any]
"""What the log group has of one span."""

WriteSpans = Callable[[list[tuple[int, str]]], None]
"""Writes log events, each with its time in epoch milliseconds."""

FindSpans = Callable[[Callable[[str], bool]], list[str]]
"""Returns the log events for which a condition holds, those written just now among them."""


@dataclass(frozen=True)
class SpanGroup:
    """The log group ``aws/spans``, as CloudWatch Logs gives it to X-Ray.

    Parameters
    ----------
    write
        Writes records; returns at once.
    find
        Finds records.
    may_write
        Returns whether the policies of CloudWatch Logs allow X-Ray to write.
    """

    write: WriteSpans = lambda _events: None
    find: FindSpans = lambda _wanted: []
    may_write: Callable[[], bool] = lambda: True


NO_GROUP: Final = SpanGroup()
"""Loses all records."""


class SpanLog:
    """Turns spans and segments into records of ``aws/spans``. Thread-safe.

    Parameters
    ----------
    group
        Where they are written and found.
    is_on
        Returns whether the account's traces go to CloudWatch Logs.
    """

    def __init__(self, group: SpanGroup, *, is_on: Callable[[], bool]) -> None:
        self._write = group.write
        self._find = group.find
        self._is_on = is_on

    def add_spans(self, spans: Iterable[OtelSpan]) -> None:
        """Write spans of OpenTelemetry, one record each."""
        if self._is_on():
            self._add(record_of_span(span) for span in spans)

    def add_documents(self, rows: Iterable[DocumentRow]) -> None:
        """Write the segments and subsegments of documents that have ended, one record each."""
        if self._is_on():
            ended = (orjson.loads(row.body) for row in rows if not row.in_progress)
            sent = (document for document in ended if not is_carrier(document))
            self._add(record for document in sent for record in spans_of_document(document))

    def records(self, trace_ids: Collection[str]) -> dict[str, list[SpanRecord]]:
        """Return the records of some traces by trace.

        Parameters
        ----------
        trace_ids
            The traces, in X-Ray's form.
        """
        ids = {otel_trace_id(trace_id): trace_id for trace_id in trace_ids}
        found = self._find(lambda text: not ids.keys().isdisjoint(_TRACE_ID.findall(text)))
        records: dict[str, list[SpanRecord]] = {}
        for record in map(orjson.loads, found):
            if record["traceId"] in ids:  # and not only in an attribute
                records.setdefault(ids[record["traceId"]], []).append(record)
        return records

    def _add(self, records: Iterable[Mapping[str, Any]]) -> None:
        events = [
            (record["endTimeUnixNano"] // _NS_PER_MS, orjson.dumps(record).decode())
            for record in records
        ]
        if events:
            self._write(events)
