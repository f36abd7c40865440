"""Whole traces, from spans or summaries: how long clients waited, and for which response."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from tracing_lab.spans.entries import entry_rows
from tracing_lab.spans.frames import TEXT
from tracing_lab.summaries.schema import ENTRY_POINT
from tracing_lab.xray_model.documents import INFERRED, REQUEST_KINDS, SEGMENT
from tracing_lab.xray_model.outcomes import (
    ERROR,
    FAILURES,
    FAULT,
    IN_PROGRESS,
    OK,
    PRECEDENCE,
    THROTTLE,
    TOO_MANY_REQUESTS,
)
from tracing_lab.xray_model.traces import FAILS_WITH_CHILDREN

from .frame_kinds import is_summary_frame


def end_to_end(spans: pd.DataFrame) -> pd.DataFrame:
    """Return each trace as a whole.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    traces
        One row per trace, indexed by ``trace_id``: ``start`` (of the first segment; a Lambda
        environment may have been initialized before), ``root`` (where the request entered),
        ``response_s`` (what the client waited: the root's duration), ``duration_s`` (first start
        to last end of segments, as X-Ray counts it), ``segments`` and ``inferred`` (how many),
        ``status`` (the root's; Lambda's service at the root fails with its function, as in trace
        summaries), ``failed`` (any error, throttle or fault in the trace),
        ``complete`` (one root, no orphans, nothing in progress).
    """
    ids = spans.index.get_level_values("trace_id")
    whole = spans[spans["kind"] == SEGMENT]
    whole_ids = whole.index.get_level_values("trace_id")
    roots = spans[spans["depth"] == 0]
    root_ids = roots.index.get_level_values("trace_id")
    entries = spans.iloc[entry_rows(spans)].sort_values("start", kind="stable")
    first_of_trace = ~entries.index.get_level_values("trace_id").duplicated()
    first = entries[first_of_trace].droplevel("span_id")
    segments = whole.groupby(whole_ids, sort=False)
    whole_tree = roots["parent_id"].isna().groupby(root_ids).agg(["size", "all"])
    finished = spans["end"].notna().groupby(ids).all()
    table = pd.DataFrame(index=pd.Index(ids.unique(), name="trace_id"))
    table["start"] = segments["start"].min()
    table["start"] = table["start"].fillna(spans["start"].groupby(ids).min())
    table["root"] = first["service"].astype(TEXT)
    table["response_s"] = first["duration_s"]
    table["duration_s"] = (segments["end"].max() - segments["start"].min()).dt.total_seconds()
    table["segments"] = segments.size().reindex(table.index, fill_value=0)
    table["inferred"] = (spans["kind"] == INFERRED).groupby(ids).sum()
    table["status"] = _statuses_at_root(spans, entries)[first_of_trace].droplevel("span_id")
    table["failed"] = spans["status"].isin(FAILURES).groupby(ids).any()
    table["complete"] = (whole_tree["size"] == 1) & whole_tree["all"] & finished
    return table


def _statuses_at_root(spans: pd.DataFrame, roots: pd.DataFrame) -> "pd.Series[str]":
    """Return the status of each root, as `xray_model.traces.flag_at_root` judges it."""
    shows_failures = roots["origin"].isin(FAILS_WITH_CHILDREN).to_numpy(dtype=bool)
    if not shows_failures.any():
        return roots["status"].astype(TEXT)
    failing = spans[spans["kind"].isin(REQUEST_KINDS) & (spans[ERROR] | spans[FAULT])]
    trace_ids = failing.index.get_level_values("trace_id")
    parents = pd.MultiIndex.from_arrays([trace_ids, failing["parent_id"].astype(TEXT)])
    flags = {IN_PROGRESS: roots["end"].isna(), THROTTLE: roots[THROTTLE]}
    for flag in (FAULT, ERROR):
        below = roots.index.isin(parents[failing[flag].to_numpy(dtype=bool)])
        flags[flag] = roots[flag] | (shows_failures & below)
    return _by_precedence(flags)


def whole_traces(frame: pd.DataFrame, *, by: str | None = None) -> pd.DataFrame:
    """Return the requests of clients, from a span frame or a summary frame.

    Parameters
    ----------
    frame
        A span frame or a summary frame.
    by
        Column to group by, ``entry_point`` by default: of a summary frame any, of a span frame one
        of `end_to_end`. A trace with several values, such as those of an annotation, has a row for
        each of them.

    Returns
    -------
    traces
        Index ``trace_id``: ``start``, ``response_s`` (what the client waited, missing while that
        is unknown), ``status`` (what the client got: ``ok``, ``error``, ``throttle``, ``fault`` or
        ``in_progress``) and ``group`` (the value in the column `by`).

    Raises
    ------
    ValueError
        If the frame does not have the column `by`.
    TraceDataError
        If the frame is neither a summary frame nor a span frame.
    """
    if is_summary_frame(frame):
        traces, status = frame, _statuses(frame)
    else:
        traces = end_to_end(frame).rename(columns={"root": ENTRY_POINT})
        status = traces["status"]
    group = _requested_column(traces, by or ENTRY_POINT)
    requests = traces[["start", "response_s"]].assign(status=status, group=group)
    return requests.explode("group") if group.dtype == object else requests


def _requested_column(table: pd.DataFrame, by: str) -> "pd.Series[Any]":
    if by not in table.columns or by == "annotations":
        msg = (
            f"by is {by!r}; it must be a column with values to group by. An annotation becomes one "
            f"with frame_from_summaries(items, annotations=[{by!r}])."
        )
        raise ValueError(msg)
    column: pd.Series[Any] = table[by]
    return column


def _statuses(summaries: pd.DataFrame) -> "pd.Series[str]":
    """Return the status of each root's response.

    `has_throttle` means that some segment responded with 429; it is the root if the root responded
    with 4xx and its status, where known, is 429, and it did not fail otherwise.
    """
    is_429 = (summaries["http_status"] == TOO_MANY_REQUESTS).fillna(value=True)
    has_error, has_fault = summaries["has_error"], summaries["has_fault"]
    flags = {
        IN_PROGRESS: summaries["response_s"].isna(),
        THROTTLE: has_error & summaries["has_throttle"] & is_429 & ~has_fault,
        FAULT: has_fault,
        ERROR: has_error,
    }
    return _by_precedence(flags)


def _by_precedence(flags: Mapping[str, "pd.Series[bool]"]) -> "pd.Series[str]":
    """Return the status of each row, by the precedence of its flags."""
    conditions = [flags[status].to_numpy(dtype=bool) for status in PRECEDENCE]
    names = np.select(conditions, PRECEDENCE, default=OK)
    return pd.Series(names, index=flags[ERROR].index, dtype=TEXT)
