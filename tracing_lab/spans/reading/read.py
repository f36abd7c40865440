"""The spans of traces as BatchGetTraces returns them, and what is wrong with these."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from .columns import SpanColumns, columns_from_flat, columns_from_rows, joined, taken
from .documents import Problem
from .flattening import flatten
from .gathering import Gathered, gathered
from .links import SpanLinks, links_of
from .rows import rows_from_traces
from .suspicions import suspicious_documents

Trace = Mapping[str, Any]


class ReadSpans(NamedTuple):
    """Spans of traces with their links, the traces' ids by number, and what is wrong."""

    columns: SpanColumns
    links: SpanLinks
    trace_ids: list[str]
    problems: list[Problem]

    def without(self, trace_ids: Collection[str]) -> "ReadSpans":
        """Return the spans of all but some traces.

        Parameters
        ----------
        trace_ids
            Ids of the traces to leave out.

        Returns
        -------
        ReadSpans
            The rest; traces keep their numbers.
        """
        out = [number for number, known in enumerate(self.trace_ids) if known in trace_ids]
        keep = ~np.isin(self.columns.trace, out)
        if keep.all():
            return self
        columns = taken(self.columns, keep)
        return self._replace(columns=columns, links=links_of(columns))


def read_spans(traces: Iterable[Trace]) -> ReadSpans:
    """Return the spans of traces, which are in the order in which they were given first.

    Documents are decoded all at once. Traces in which something may be wrong or ambiguous are read
    again, document by document, which says what it is; so are documents that occur twice.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.
    """
    documents = gathered([*traces])
    columns, odd = _columns(documents)
    links = links_of(columns)
    odd |= set(columns.trace[links.again].tolist())
    again = documents.again(odd)
    if not again:
        return ReadSpans(columns, links, documents.trace_ids, [])
    rows, problems = rows_from_traces(again)
    good = taken(columns, ~np.isin(columns.trace, [*odd]))
    columns = joined([good, columns_from_rows(rows, documents.number_of)])
    return ReadSpans(columns, links_of(columns), documents.trace_ids, problems)


def _columns(documents: Gathered) -> tuple[SpanColumns, set[int]]:
    """Return the spans of all documents, and the numbers of traces with odd ones."""
    ids = pa.array(documents.trace_ids, pa.string())
    parts, odd = list[SpanColumns](), set[int]()
    for texts, trace in documents.batches():
        flat = flatten(texts)
        suspicious = suspicious_documents(flat, ids.take(pa.array(trace)), texts)
        odd.update(trace[suspicious].tolist())
        parts.append(columns_from_flat(flat, trace))
    return joined(parts), odd
