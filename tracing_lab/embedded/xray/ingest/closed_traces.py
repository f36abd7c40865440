"""Traces that take no more documents: X-Ray closes a trace to updates after some days.

AWS General Reference, quotas of X-Ray. The time in a trace id is not judged by itself, nor are the
times of a segment: the API reference says that they are "not required or validated", and whoever
loads old documents wants to see them.
"""

from collections.abc import Iterable, Sequence

from tracing_lab.embedded.xray import undocumented as assumptions
from tracing_lab.embedded.xray.store.traces import TraceStore

from .documents import DocumentRow, Rejection, trace_epoch_s

_IDS_PER_QUERY = 500


def without_closed(
    store: TraceStore, rows: Sequence[DocumentRow], *, now_s: float
) -> tuple[list[DocumentRow], list[Rejection]]:
    """Split documents into those that are taken and those that come too late for their trace.

    Parameters
    ----------
    store
        Knows when a trace got its last document.
    rows
        Valid documents.
    now_s
        The time, epoch seconds.
    """
    oldest_s = now_s - assumptions.TRACE_OPEN_S
    # a trace is as old as the time in its id, so that new ones need not be looked up
    aged = {one for one in {row.trace_id for row in rows} if trace_epoch_s(one) < oldest_s}
    closed = _closed(store, sorted(aged), oldest_s) if aged else set()
    if not closed:
        return list(rows), []
    cause = "the trace is closed for updates"
    rejected = [
        Rejection(assumptions.CLOSED_TRACE_CODE, cause, row.id)
        for row in rows
        if row.trace_id in closed
    ]
    return [row for row in rows if row.trace_id not in closed], rejected


def _closed(store: TraceStore, trace_ids: Iterable[str], oldest_s: float) -> set[str]:
    waiting, found = list(trace_ids), set[str]()
    while waiting:
        some, waiting = waiting[:_IDS_PER_QUERY], waiting[_IDS_PER_QUERY:]
        marks = ",".join("?" * len(some))
        where = f"received_s < ? AND trace_id IN ({marks})"
        records = store.find(where, [oldest_s, *some], order="trace_id")
        found.update(record.trace_id for record in records)
    return found
