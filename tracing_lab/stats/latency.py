"""Latency by group: percentiles with confidence intervals, and how many requests failed."""

import math
from typing import Any, Final, cast

import pandas as pd

from tracing_lab.summaries.schema import ENTRY_POINT

from .frame_kinds import is_summary_frame
from .quantiles import known, percentile_columns
from .shares import with_share_intervals
from .span_groups import Grouping, group_keys, request_spans, table_of_groups
from .traces import whole_traces

PERCENTILES: Final[dict[str, float]] = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
"""The percentiles of a latency table, by the beginning of their columns' names."""


def latency_summary(
    frame: pd.DataFrame, *, by: str | None = None, confidence: float = 0.95
) -> pd.DataFrame:
    """Return the latency and the failures of requests, by group.

    Parameters
    ----------
    frame
        A span frame, or a summary frame for the response times of whole traces.
    by
        Of a span frame: ``service`` (default), ``node`` or ``operation``, see `Grouping`. Of a
        summary frame: a column, ``entry_point`` by default, for example of an annotation; see
        `whole_traces`.
    confidence
        Of the intervals, see `percentile_interval`; those of rates are Wilson's.

    Returns
    -------
    summary
        One row per group in order of appearance: ``count`` (with those still in progress),
        ``error_rate``, ``fault_rate`` and ``throttle_rate`` (fractions of the count; throttles are
        not errors here), each with ``_low`` and ``_high`` (``error_low``), ``p50_s``, ``p90_s``,
        ``p95_s``, ``p99_s``, each with ``_low_s`` and ``_high_s`` (``p50_low_s``), and ``max_s``.
        A percentile whose upper bound is NaN comes from too few requests, see `needed_count`.

    Raises
    ------
    ValueError
        If `by` or `confidence` is not one of the values above.
    TraceDataError
        If the frame is neither a span frame nor a summary frame.

    Examples
    --------
    >>> from tracing_lab.spans import spans_from_traces
    >>> document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 10.0, "end_time": 10.5}
    >>> spans = spans_from_traces([{"Id": "1-0000000a-1", "Segments": [{"Document": document}]}])
    >>> latency_summary(spans).loc["shop", ["count", "fault_rate", "p50_s"]].tolist()
    [1.0, 0.0, 0.5]
    """
    if is_summary_frame(frame):
        keys, requests = [by or ENTRY_POINT], whole_traces(frame, by=by)
        requests = requests.rename(columns={"group": keys[0], "response_s": "duration_s"})
    else:
        grouping = cast("Grouping", by or "service")  # group_keys rejects any other text
        keys, requests = group_keys(grouping), request_spans(frame, by=grouping)
    groups = requests.groupby(keys, sort=False, dropna=False)
    rows = {key: _latency(group, confidence) for key, group in groups}
    table = table_of_groups(rows, keys, _latency(requests.iloc[:0], confidence))
    return with_share_intervals(table, confidence=confidence)


def _latency(rows: pd.DataFrame, confidence: float) -> dict[str, Any]:
    count = len(rows)
    share = rows["status"].value_counts() / max(count, 1)
    durations = known(rows["duration_s"].to_numpy())
    return {
        "count": count,
        **{f"{status}_rate": share.get(status, 0.0) for status in ("error", "fault", "throttle")},
        **percentile_columns(durations, PERCENTILES, confidence=confidence),
        "max_s": durations.max() if durations.size else math.nan,
    }
