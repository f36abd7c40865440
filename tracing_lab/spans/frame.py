"""How the span frame is made from the documents of traces."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.frames import NOT_ENDED, TEXT, nanoseconds, timestamps

from .documents import Problem
from .rows import SpanRow, rows_from_traces
from .schema import (
    INDEX_NAMES,
    INIT_NAMES,
    LAMBDA_FUNCTION,
    LAMBDA_SERVICE,
    SEGMENT,
    SPAN_COLUMNS,
    SPAN_DTYPES,
    SUBSEGMENT,
)
from .self_time import accounted_parents, self_times
from .tree import Rows, levels, parent_rows
from .validation import unusable_traces

_CIRCLE: Final = "the parents of span {} form a circle"


def spans_from_traces(
    traces: Iterable[Mapping[str, Any]], *, skip_unusable: bool = False
) -> pd.DataFrame:
    """Return the span frame of traces.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them; a ``Document`` may be JSON text or already parsed.
        A trace that occurs twice, or a segment both in progress and finished, counts once.
    skip_unusable
        Leave a trace out if any of its documents is unusable, and warn about it, instead of
        rejecting them all. What would remain of such a trace could not be trusted: its parents,
        self times and flags might be those of the missing part.

    Returns
    -------
    spans
        One row per segment and subsegment, in the form that `tracing_lab.spans` describes.

    Raises
    ------
    TraceDataError
        If documents are unusable; the message lists what is wrong in which trace.

    Warns
    -----
    TraceDataWarning
        With `skip_unusable`, if traces are left out; lists what is wrong in which trace.

    Examples
    --------
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> traces = [{"Id": "1-0000000a-1", "Segments": [{"Id": "x", "Document": document}]}]
    >>> spans_from_traces(traces)[["service", "duration_s", "status"]].values.tolist()
    [['shop', 0.5, 'ok']]
    """
    all_rows, problems = rows_from_traces(traces)
    rows = _without(all_rows, unusable_traces(problems, skip=skip_unusable))
    parents, depth, service = _tree(rows)
    circles = _circles(rows, depth)
    if circles:
        rows = _without(rows, unusable_traces(circles, skip=skip_unusable))
        parents, depth, service = _tree(rows)
    spans = _with_derived(_frame(rows, depth, service), parents)
    trace_number = pd.factorize(spans.index.get_level_values("trace_id"))[0]
    return spans.iloc[np.lexsort((depth, nanoseconds(spans["start"]), trace_number))]


def _without(rows: Sequence[SpanRow], trace_ids: Collection[str]) -> Sequence[SpanRow]:
    return [row for row in rows if row.trace_id not in trace_ids] if trace_ids else rows


def _tree(rows: Sequence[SpanRow]) -> tuple[Rows, Rows, npt.NDArray[np.object_]]:
    """Return each row's parent, its depth (-1 when no root leads to it) and its service."""
    parents = parent_rows(
        [row.trace_id for row in rows],
        [row.span_id for row in rows],
        [row.parent_id for row in rows],
    )
    return parents, *_down_the_tree(rows, parents)


def _circles(rows: Sequence[SpanRow], depth: Rows) -> list[Problem]:
    return [
        Problem(row.trace_id, f"trace {row.trace_id}: {_CIRCLE.format(row.span_id)}")
        for row in (rows[number] for number in np.flatnonzero(depth < 0).tolist())
    ]


def _down_the_tree(rows: Sequence[SpanRow], parents: Rows) -> tuple[Rows, npt.NDArray[np.object_]]:
    """Return each row's depth (-1 when no root leads to it) and its owning segment's service."""
    depth = np.full(len(rows), -1, dtype=np.int64)
    service = np.array([row.service for row in rows], dtype=object)
    is_part = np.array([row.kind == SUBSEGMENT for row in rows], dtype=bool)
    for number, level in enumerate(levels(parents)):
        depth[level] = number
        parts = level[is_part[level]]
        if number:
            service[parts] = service[parents[parts]]
        else:  # a subsegment whose segment is missing counts as its own service
            service[parts] = [rows[row].name for row in parts]
    return depth, service


def _frame(rows: Sequence[SpanRow], depth: Rows, service: npt.NDArray[np.object_]) -> pd.DataFrame:
    """Return rows as columns; those that are derived later have a neutral value."""
    columns = zip(*rows, strict=True) if rows else ([] for _ in SpanRow._fields)
    raw: dict[str, Any] = dict(zip(SpanRow._fields, map(list, columns), strict=True))
    index = pd.MultiIndex.from_arrays(
        [pd.Index(raw["trace_id"], dtype=TEXT), pd.Index(raw["span_id"], dtype=TEXT)],
        names=INDEX_NAMES,
    )
    raw |= {"service": service, "depth": depth, "status": "ok", "cold_start": False}
    raw |= {"start": _times(raw["start_us"]), "end": _times(raw["end_us"])}
    raw |= {"duration_s": np.nan, "self_s": np.nan}
    return pd.DataFrame({name: raw[name] for name in SPAN_COLUMNS}, index=index).astype(SPAN_DTYPES)


def _times(microseconds: Sequence[int | None]) -> pd.DatetimeIndex:
    known = [NOT_ENDED if time is None else time * 1000 for time in microseconds]
    return timestamps(known)


def _with_derived(spans: pd.DataFrame, parents: Rows) -> pd.DataFrame:
    start, end = nanoseconds(spans["start"]), nanoseconds(spans["end"])
    accounted = accounted_parents(spans, parents)
    return spans.assign(
        duration_s=(spans["end"] - spans["start"]).dt.total_seconds(),
        self_s=self_times(start, end, accounted),
        status=pd.array(_status(spans), dtype=TEXT),
        cold_start=_cold_starts(spans, parents),
    )


def _status(spans: pd.DataFrame) -> npt.NDArray[Any]:
    flags = [spans["end"].isna(), spans["throttle"], spans["fault"], spans["error"]]
    return np.select(flags, ["in_progress", "throttle", "fault", "error"], default="ok")


def _cold_starts(spans: pd.DataFrame, parents: Rows) -> npt.NDArray[np.bool_]:
    """Return which function segments have an initialization, or their service segment does."""
    origin = spans["origin"].to_numpy(dtype=object)
    is_part = (spans["kind"] == SUBSEGMENT) & spans["name"].isin(INIT_NAMES)
    inits = np.flatnonzero(is_part.to_numpy(dtype=bool) & (parents >= 0))
    owners = np.zeros(len(spans), dtype=bool)
    owners[parents[inits]] = np.isin(origin[parents[inits]], [LAMBDA_FUNCTION, LAMBDA_SERVICE])
    is_function = (origin == LAMBDA_FUNCTION) & (spans["kind"] == SEGMENT).to_numpy(dtype=bool)
    by_service = owners[parents] & (parents >= 0)
    return np.asarray(is_function & (owners | by_service))
