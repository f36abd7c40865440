"""What a window of traces shows of each request: its node, its caller, its own time, its failure.

Everything that root-cause analysis compares is in one row per request that a node served, so that
nothing after this module looks at spans.
"""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.graph.requests import node_keys, requests_from_spans
from tracing_lab.spans.frames import NOT_ENDED, nanoseconds
from tracing_lab.spans.tree import NO_ROW, Flags, Rows, families
from tracing_lab.xray_model.calls import waits_for_callee
from tracing_lab.xray_model.documents import INFERRED, REQUEST_KINDS
from tracing_lab.xray_model.lambda_segments import (
    ATTEMPT_PREFIX,
    BEFORE_FUNCTION,
    DWELL_TIME,
    OVERHEAD,
    SERVICE as LAMBDA,
)
from tracing_lab.xray_model.outcomes import OK, THROTTLE, TOO_MANY_REQUESTS

NOT_WORK: Final = (*BEFORE_FUNCTION, DWELL_TIME, OVERHEAD)
"""Parts of Lambda's segments in which the service does not work: starts, waits, and extensions."""

_CLIENT_ERROR: Final = 4  # the hundreds of 4xx


class RequestWindow(NamedTuple):
    """A window of traces.

    Attributes
    ----------
    requests
        One row per request: ``trace`` (its number), ``node``; ``source`` (the node that called,
        empty for an entry) and ``via`` (the node that called an event service, where that is the
        source); ``caller`` (row of the calling request, -1 for none) and ``waits`` (whether the
        caller waits for it); ``own_s`` (its work, without calls, cold starts and what Lambda does
        around it), ``wait_s`` (how long it waited until somebody worked on it),
        ``cold`` (whether it or its caller started cold), ``ok``, ``failed`` (of itself: none of its
        calls failed) and ``throttled``; ``start_ns`` and ``end_ns`` (`NOT_ENDED` while in
        progress).
    traces
        How many traces there are.
    """

    requests: pd.DataFrame
    traces: int


class _Family(NamedTuple):
    segments: Rows
    """Rows of requests in the span frame."""
    caller: Rows
    """Of each request, the position of the calling one in `segments`."""
    parents: Rows
    owners: Rows


def observations(spans: pd.DataFrame) -> RequestWindow:
    """Return what a window of traces shows of each request.

    Parameters
    ----------
    spans
        A span frame.
    """
    family = _family(spans)
    served, _ = requests_from_spans(spans)
    status = served["status"].astype(str).to_numpy()
    parent = family.parents[family.segments]
    kinds = spans["kind"].astype(str).to_numpy()
    own_s = _own_s(spans, family)
    requests = pd.DataFrame(
        {
            "trace": np.asarray(spans.index.codes[0])[family.segments],  # type: ignore[attr-defined] # of a MultiIndex
            "node": node_keys(served),
            "caller": family.caller,
            "waits": [row == NO_ROW or waits_for_callee(kinds[row]) for row in parent],
            "own_s": np.where(_of_lambda(spans, family), np.nan, own_s),
            "wait_s": _wait_s(spans, family, own_s),
            "cold": _with_callees(_cold(spans, family), family),
            "ok": status == OK,
            "throttled": status == THROTTLE,
            "start_ns": nanoseconds(spans["start"])[family.segments],
            "end_ns": nanoseconds(spans["end"])[family.segments],
        }
    )
    requests["failed"] = _failed_of_itself(requests, _rejected(spans, family))
    requests["source"] = _node_of(requests, requests["caller"].to_numpy())
    requests["via"] = _via(requests)
    return RequestWindow(requests, int(spans.index.unique("trace_id").size))


def _family(spans: pd.DataFrame) -> _Family:
    parents, owners = families(spans)
    segments = np.flatnonzero(spans["kind"].isin(REQUEST_KINDS))
    place = np.full(len(spans) + 1, NO_ROW)  # the last is that of no row
    place[segments] = np.arange(len(segments))
    above = parents[segments]
    caller = place[np.where(above == NO_ROW, len(spans), owners[above])]
    return _Family(segments, caller, parents, owners)


def _own_s(spans: pd.DataFrame, family: _Family) -> npt.NDArray[np.float64]:
    """Return what each request took without its calls; NaN while it is in progress."""
    self_s = spans["self_s"].to_numpy()
    counts = ~spans["name"].isin(NOT_WORK).to_numpy(dtype=bool)
    weights = np.where(counts, np.nan_to_num(self_s), 0.0)
    own_s = np.bincount(family.owners, weights=weights, minlength=len(spans))
    return np.where(np.isnan(self_s), np.nan, own_s)[family.segments]


def _wait_s(
    spans: pd.DataFrame, family: _Family, own_s: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return how long each request waited for somebody to work on it, NaN where that is unknown.

    Behind an event service, it is the time from that service's response to Lambda's first attempt,
    or to the segment's start where Lambda is not the target. Lambda itself does no work, so that
    else its own time is a wait for an environment.
    """
    start, end = nanoseconds(spans["start"]), nanoseconds(spans["end"])
    attempts = np.flatnonzero(spans["name"].str.startswith(ATTEMPT_PREFIX).to_numpy(dtype=bool))
    began = np.full(len(spans), np.iinfo(np.int64).max)
    np.minimum.at(began, family.owners[attempts], start[attempts])
    began = np.where(began == np.iinfo(np.int64).max, start, began)
    parent = family.parents[family.segments]
    by_event = (parent != NO_ROW) & (spans["kind"] == INFERRED).to_numpy(dtype=bool)[parent]
    known = by_event & (end[parent] != NOT_ENDED)
    waited_s = (began[family.segments] - end[parent]) / 1e9
    return np.where(known, waited_s, np.where(_of_lambda(spans, family), own_s, np.nan))


def _of_lambda(spans: pd.DataFrame, family: _Family) -> Flags:
    return (spans["origin"] == LAMBDA).to_numpy(dtype=bool)[family.segments]


def _cold(spans: pd.DataFrame, family: _Family) -> Flags:
    """Return which requests were cold starts, a function's also at Lambda's service."""
    cold = spans["cold_start"].to_numpy(dtype=bool)[family.segments]
    called = np.flatnonzero(cold & (family.caller != NO_ROW))
    names = spans["service"].astype(str).to_numpy()[family.segments]
    own = called[names[called] == names[family.caller[called]]]
    cold[family.caller[own]] = True
    return cold


def _with_callees(cold: Flags, family: _Family) -> Flags:
    """Return the same with the calls of cold requests: their first connections take longer."""
    return np.asarray(cold | ((family.caller != NO_ROW) & cold[family.caller]))


def _rejected(spans: pd.DataFrame, family: _Family) -> Flags:
    """Return which calls of services without segments were rejected because of the request.

    A response of 4xx says so (RFC 9110, section 15.5), such as a missing permission; but for 429.
    """
    http = spans["http_status"].fillna(0).to_numpy(dtype=np.int64)[family.segments]
    inferred = (spans["kind"] == INFERRED).to_numpy(dtype=bool)[family.segments]
    is_rejected = inferred & (http // 100 == _CLIENT_ERROR) & (http != TOO_MANY_REQUESTS)
    return np.asarray(is_rejected)


def _failed_of_itself(requests: pd.DataFrame, rejected: Flags) -> Flags:
    """Return which requests failed, or never ended, without a call to blame for it.

    A rejected call is blamed on who made it.
    """
    failed = ~requests["ok"].to_numpy(dtype=bool) & ~rejected
    caller = requests["caller"].to_numpy()
    passed_on = failed & (caller != NO_ROW) & requests["waits"].to_numpy(dtype=bool)
    by_call = np.zeros(len(requests), dtype=bool)
    by_call[caller[passed_on]] = True
    return failed & ~by_call


def _node_of(requests: pd.DataFrame, rows: Rows) -> npt.NDArray[np.object_]:
    nodes = np.append(requests["node"].to_numpy(dtype=object), "")
    return nodes[rows]  # -1 is the last


def _via(requests: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return who called the event service that a request came from."""
    caller = np.append(requests["caller"].to_numpy(), NO_ROW)
    above = np.where(requests["waits"], NO_ROW, caller[requests["caller"]])
    return _node_of(requests, above)
