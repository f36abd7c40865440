"""What services were asked to do, by span: the span frame itself does not say so."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import pandas as pd
import pyarrow as pa

from tracing_lab.spans.frames import TEXT

from .reading.documents import documents_from_traces
from .reading.gathering import Gathered, gathered
from .reading.operation_columns import operations_of_texts
from .reading.operation_rows import operations_of_documents
from .schema import INDEX_NAMES
from .validation import unusable_traces

_COLUMNS: Final[dict[str, Any]] = {"trace": "int64", "span_id": TEXT, "operation": TEXT}


def operations_from_traces(
    traces: Iterable[Mapping[str, Any]], *, annotation: str | None = None, strict: bool = False
) -> "pd.Series[str]":
    """Return what each segment was asked to do, as far as documents say.

    X-Ray knows no operations of services, only parts of documents that stand for one:
    `xray_model.operations` has what counts for AWS's services, HTTP and SQL. A Lambda function's
    documents name neither handler nor event; the first subsegment that its code began stands for
    what it does (``charge_payment``; with Powertools, ``## lambda_handler``).

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.
    annotation
        Key of an annotation, such as one with the type of an event, that names what a segment was
        asked to do; it counts before the rest, in the segment or any of its subsegments.
    strict
        Reject all traces if any document is unusable, instead of leaving out its trace.

    Returns
    -------
    operations
        Texts by ``trace_id`` and ``span_id``, of the segments of which something is known, for
        `graph.service_graph_from_spans` and `graph.compare`.

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
    >>> http = {"request": {"method": "POST", "url": "https://shop.example.com/orders/17"}}
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "http": http}
    >>> traces = [{"Id": "1-0000000a-1", "Segments": [{"Document": document}]}]
    >>> operations_from_traces(traces).tolist()
    ['POST /orders/{id}']
    """
    documents = gathered([*traces])
    known, odd = _at_once(documents, annotation)
    parsed, problems = documents_from_traces(documents.again(odd))
    left_out = unusable_traces(problems, strict=strict)
    rows = [
        (documents.number_of[trace_id], *operation)
        for trace_id, segments in parsed.items()
        if trace_id not in left_out
        for operation in operations_of_documents(segments.values(), annotation)
    ]
    singly = pd.DataFrame(rows, columns=[*_COLUMNS]).astype(_COLUMNS)
    return _series(pd.concat([known, singly]), documents.trace_ids)


def _at_once(documents: Gathered, annotation: str | None) -> tuple[pd.DataFrame, set[int]]:
    """Return what is known of segments, and the numbers of traces that have to be read singly."""
    ids = pa.array(documents.trace_ids, pa.string())
    frames, odd = list[pd.DataFrame](), set[int]()
    for texts, trace in documents.batches():
        read = operations_of_texts(texts, ids.take(pa.array(trace)), annotation)
        odd.update(trace[read.is_odd].tolist())
        columns = {"trace": trace, "span_id": read.span_id, "operation": read.operation}
        frames.append(pd.DataFrame(columns).astype(_COLUMNS))
    known = pd.concat(frames)
    odd.update(known.loc[known.duplicated(["trace", "span_id"]), "trace"])
    return known[known["operation"].notna() & ~known["trace"].isin(odd)], odd


def _series(known: pd.DataFrame, trace_ids: Sequence[str]) -> "pd.Series[str]":
    """Return operations by trace and span, traces in the order of their numbers."""
    known = known.sort_values("trace", kind="stable")
    codes, spans = known["span_id"].factorize()
    index = pd.MultiIndex(
        levels=cast("Any", [pd.Index([*trace_ids], dtype=TEXT), pd.Index(spans, dtype=TEXT)]),
        codes=cast("Any", [known["trace"], codes]),
        names=INDEX_NAMES,
    )
    return known["operation"].set_axis(index)
