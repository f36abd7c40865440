"""Rejects documents of closed traces: X-Ray closes a trace to updates after some days.

AWS General Reference, quotas of X-Ray. The time in a trace id and the times of segments are not
validated: the API reference says that they are "not required or validated", and users who load old
documents want to see them.
"""

from collections.abc import Iterable, Sequence

from tracing_lab.embedded.xray import undocumented
from tracing_lab.embedded.xray.ingest.documents import DocumentRow, Rejection, trace_epoch_s

from .traces import TraceStore

_IDS_PER_QUERY = 500
_CLOCK_SKEW_S = 60  # ids with a later time are random, as those of OpenTelemetry's default


def without_closed(
    store: TraceStore, rows: Sequence[DocumentRow], *, now_s: float
) -> tuple[list[DocumentRow], list[Rejection]]:
    """Split documents into accepted ones and those that are too late for their trace.

    Parameters
    ----------
    store
        Has the time of each trace's last document.
    rows
        Valid documents.
    now_s
        The time, epoch seconds.
    """
    oldest_s = now_s - undocumented.TRACE_OPEN_S
    # a trace is mostly as old as the time in its id, so that new ones need not be looked up
    ids = {row.trace_id for row in rows}
    aged = {
        trace_id
        for trace_id in ids
        if not oldest_s <= trace_epoch_s(trace_id) <= now_s + _CLOCK_SKEW_S
    }
    closed = _closed(store, sorted(aged), oldest_s) if aged else set()
    if not closed:
        return list(rows), []
    cause = "the trace is closed for updates"
    rejected = [
        Rejection(undocumented.CLOSED_TRACE_CODE, cause, row.id)
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
