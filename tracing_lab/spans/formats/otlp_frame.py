"""The span frame of OTLP in protobuf, without a document for each span.

What follows from a span's kind, status, resource and attributes is decided by `to_xray`, once for
all spans that state the same. Traces in which something is unusual become documents, which are read
as all others.
"""

from contextlib import suppress
from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.errors import TraceDataError
from tracing_lab.otlp import model as otel
from tracing_lab.otlp.documents import EARLIEST_NS, trace_id_of
from tracing_lab.otlp.json_form import spans_from_otlp
from tracing_lab.spans.frame import spans_from_read
from tracing_lab.spans.frames import LAST_SECOND
from tracing_lab.spans.reading.columns import SpanColumns, joined, taken
from tracing_lab.spans.reading.documents import Problem
from tracing_lab.spans.reading.links import links_of
from tracing_lab.spans.reading.read import ReadSpans, read_spans
from tracing_lab.spans.tree import Rows, parent_rows

from .otlp_attributes import Attributes, attributes_of
from .otlp_columns import columns_from_table, microseconds
from .otlp_content import request_from_protobuf, trace_in_response
from .otlp_table import OtlpTable, numbered, table_from_protobuf
from .to_xray import traces_from_spans

_LATEST_NS: Final = int(LAST_SECOND) * 10**9


def spans_from_protobuf(content: bytes, *, strict: bool = False) -> pd.DataFrame:
    """Return the span frame of OTLP in protobuf.

    It is that of `spans_from_traces` for the traces that `load_traces` returns, several times as
    fast; spans that begin at the same time may be in another order.

    Parameters
    ----------
    content
        An ``ExportTraceServiceRequest``, as exporters send it to ``/v1/traces``, or a response of
        Tempo's API v2.
    strict
        As for `spans_from_traces`.

    Returns
    -------
    spans
        One row per span and per inferred segment.

    Raises
    ------
    TraceDataError
        If the content is something else, or cut off. With `strict`, if spans are unusable; lists
        what is wrong in which trace.

    Warns
    -----
    TraceDataWarning
        If traces are left out; lists what is wrong in which trace.

    Examples
    --------
    >>> len(spans_from_protobuf(b""))
    0
    """
    return spans_from_read(_read(content), strict=strict)


def _read(content: bytes) -> ReadSpans:
    with suppress(ValueError):  # something is unusual, if not wrong
        return _read_at_once(content)
    with suppress(ValueError):
        return _read_at_once(trace_in_response(content))
    return read_spans(traces_from_spans(spans_from_otlp(_request(content))))


def _read_at_once(content: bytes) -> ReadSpans:
    table = table_from_protobuf(content)
    if content and not len(table.span):
        message = "it has no spans"
        raise ValueError(message)
    if any(scope.get("name") in otel.OF_DOCUMENTS for scope in table.places.scopes):
        message = "it was made from documents, which are to be restored"
        raise ValueError(message)
    attributes = attributes_of(table.pairs)
    trace_ids = [trace_id_of(known) for known in table.trace_ids]
    parents, again = parent_rows(table.trace, *numbered(table))
    odd = np.unique(table.trace[np.concatenate([unusual_rows(table, attributes), again])])
    columns = columns_from_table(table, attributes, parents, trace_ids)
    columns, problems = _with_odd(columns, table, odd, trace_ids)
    return ReadSpans(columns, links_of(columns), trace_ids, problems)


def _request(content: bytes) -> dict[str, Any]:
    try:
        return request_from_protobuf(content)
    except ValueError as error:
        msg = f"The content is no OTLP in protobuf: {error}. Pass the body of POST /v1/traces."
        raise TraceDataError(msg) from error


def _with_odd(
    columns: SpanColumns, table: OtlpTable, odd: Rows, trace_ids: list[str]
) -> tuple[SpanColumns, list[Problem]]:
    """Return columns in which some traces are read by way of their documents, and the problems."""
    if not len(odd):
        return columns, []
    rows = np.flatnonzero(np.isin(table.trace, odd)).tolist()
    read = read_spans(traces_from_spans(map(table.span_at, rows)))
    number_of = {known: number for number, known in enumerate(trace_ids)}
    numbers = np.array([number_of[known] for known in read.trace_ids], dtype=np.int64)
    again = read.columns._replace(trace=numbers[read.columns.trace])
    return joined([taken(columns, ~np.isin(columns.trace, odd)), again]), read.problems


def unusual_rows(table: OtlpTable, attributes: Attributes) -> Rows:
    """Return the rows of spans that need a closer look, some perhaps several times.

    Parameters
    ----------
    table
        Spans.
    attributes
        Their distinct attributes.
    """
    start, end = microseconds(table.start_ns), microseconds(table.end_ns)
    latest = np.maximum(table.start_ns, table.end_ns) >= _LATEST_NS
    is_odd = (table.span == 0) | (table.start_ns < EARLIEST_NS) | latest
    is_odd |= (table.end_ns > 0) & (end < start)
    stated = table.owner * len(attributes.keys) + attributes.key[table.pair]
    twice = pd.Series(stated).duplicated().to_numpy()
    strange = table.owner[attributes.is_odd[table.pair] | twice]
    return np.concatenate([np.flatnonzero(is_odd), strange])
