"""Numbers about traces: latency with intervals, error rates, self time, cold starts, comparisons.

Every function takes a span frame and returns a new table; the same input gives the same output.
`latency_summary`, `whole_traces` and `error_rates` take a summary frame as well: it has a row per
trace, so their requests are those of clients, answered by whole traces.
"""

from typing import Any, Final, Literal, TypeAlias, cast

import numpy as np
import pandas as pd

from . import _timing
from ._path_times import path_times
from ._quantiles import (
    Sample,
    difference_interval,
    known,
    percentile_interval,
    quantile,
    share_interval,
)
from ._span_schema import INIT_NAMES, LAMBDA_FUNCTION, LAMBDA_SERVICE, SEGMENT, SUBSEGMENT
from ._summary_schema import ENTRY_POINT, is_summary_frame
from ._whole_traces import end_to_end, whole_traces

__all__ = [
    "Grouping",
    "cold_starts",
    "compare",
    "end_to_end",
    "error_rates",
    "latency_summary",
    "path_times",
    "percentile_interval",
    "request_spans",
    "self_time_summary",
    "whole_traces",
]

Grouping: TypeAlias = Literal["service", "node", "operation"]
"""What to group spans by.

``service``: one group per service, with the spans that answer its requests (a Lambda function's own
segment, not the Lambda service's; an inferred segment where nothing else speaks for a callee);
``node``: one group per node of the service graph, so a function counts twice; ``operation``: one
group per node and span name, subsegments included.
"""

_KEYS: Final[dict[str, list[str]]] = {
    "service": ["service"],
    "node": ["service", "origin"],
    "operation": ["service", "origin", "name"],
}
_QUANTILES: Final = {"p50_s": 0.5, "p90_s": 0.9, "p95_s": 0.95, "p99_s": 0.99}
_FAILURES: Final = ("error", "throttle", "fault")
_COMPARED: Final = {"p50": 0.5, "p95": 0.95}


def latency_summary(
    frame: pd.DataFrame, *, by: str | None = None, confidence: float = 0.95
) -> pd.DataFrame:
    """Summarize how long requests took and how many failed.

    Parameters
    ----------
    frame
        A span frame, or a summary frame for the response times of whole traces.
    by
        Of a span frame: ``service`` (default), ``node`` or ``operation``, see `Grouping`. Of a
        summary frame: a column, ``entry_point`` by default, for example of an annotation; see
        `whole_traces`.
    confidence
        Of the intervals of median and 95th percentile, see `percentile_interval`.

    Returns
    -------
    summary
        One row per group in order of appearance: ``count`` (with those still in progress),
        ``error_rate``, ``fault_rate`` and ``throttle_rate`` (fractions of the count; throttles are
        not errors here), ``p50_s``, ``p50_low_s``, ``p50_high_s``, ``p90_s``, ``p95_s``,
        ``p95_low_s``, ``p95_high_s``, ``p99_s``, ``max_s``.

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
        grouping = cast("Grouping", by or "service")  # any other text is refused by _keys
        keys, requests = _keys(grouping), request_spans(frame, by=grouping)
    groups = requests.groupby(keys, sort=False, dropna=False)
    rows = {key: _latency(group, confidence) for key, group in groups}
    return _table(rows, keys, _latency(requests.iloc[:0], confidence))


def error_rates(
    frame: pd.DataFrame,
    *,
    by: str | None = None,
    every: str | pd.Timedelta | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return which part of the requests of clients failed, by group and over time.

    Parameters
    ----------
    frame
        A summary frame or a span frame.
    by
        Column to group by, see `whole_traces`. By default ``entry_point``, or nothing if `every`
        is given.
    every
        Length of the intervals of time to count in, for example ``1min``.
    confidence
        Of the interval of the failure rate (Wilson's score interval).

    Returns
    -------
    rates
        One row per group and per start of an interval in which traces started: ``count``,
        ``error_rate``, ``throttle_rate`` and ``fault_rate`` (fractions of the count; throttles are
        not errors here), ``failure_rate`` (their sum), ``failure_low`` and ``failure_high``.

    Raises
    ------
    ValueError
        If the frame does not have the column `by`, `every` is not a length of time, or
        `confidence` is not between 0 and 1.
    TraceDataError
        If the frame is neither a summary frame nor a span frame.

    Examples
    --------
    >>> from tracing_lab.summaries import frame_from_summaries
    >>> items = [{"Id": f"1-0000000a-{n}", "ResponseTime": 1, "HasFault": n < 2} for n in range(8)]
    >>> summaries = frame_from_summaries(items)
    >>> error_rates(summaries, every="1min")["failure_rate"].tolist()
    [0.25]
    """
    traces = whole_traces(frame, by=by)
    keys = [traces["group"].rename(by or ENTRY_POINT)] if by or every is None else []
    if every is not None:
        keys.append(traces["start"].dt.floor(_length(every)))
    outcomes = {f"{status}_rate": traces["status"] == status for status in _FAILURES}
    groups = pd.DataFrame(outcomes).groupby(keys, dropna=False)
    rates = groups.mean()
    rates.insert(0, "count", groups.size())
    rates["failure_rate"] = rates[[*outcomes]].sum(axis=1)
    low, high = share_interval(rates["failure_rate"], rates["count"], confidence=confidence)
    return rates.assign(failure_low=low, failure_high=high)


def request_spans(spans: pd.DataFrame, *, by: Grouping = "service") -> pd.DataFrame:
    """Choose the spans that stand for requests.

    Parameters
    ----------
    spans
        A span frame.
    by
        ``service``, ``node`` or ``operation``, see `Grouping`.

    Returns
    -------
    requests
        Rows of `spans`, each with the ``origin`` of the segment that it is part of.

    Raises
    ------
    ValueError
        If `by` is not one of the values above.
    """
    _keys(by)
    named = _with_node(spans)
    if by == "operation":
        return named
    segments = named[named["kind"] != SUBSEGMENT]
    if by == "node":
        return segments
    functions = segments.loc[segments["origin"] == LAMBDA_FUNCTION, "service"].unique()
    doubled = (segments["origin"] == LAMBDA_SERVICE) & segments["service"].isin(functions)
    return segments[~doubled]


def self_time_summary(spans: pd.DataFrame, *, by: Grouping = "operation") -> pd.DataFrame:
    """Summarize where time was spent, without counting waiting for children.

    Parameters
    ----------
    spans
        A span frame.
    by
        ``service``, ``node`` or ``operation``; subsegments count for the segment they belong to.

    Returns
    -------
    summary
        One row per group, the largest total first: ``count``, ``self_s`` (total), ``share`` (of
        the total over all groups), ``mean_self_s``.

    Raises
    ------
    ValueError
        If `by` is not one of the values above.
    """
    groups = _with_node(spans).groupby(_keys(by), sort=False)["self_s"]
    summary = pd.DataFrame({"count": groups.size(), "self_s": groups.sum()})
    summary["share"] = summary["self_s"] / summary["self_s"].sum()
    summary["mean_self_s"] = groups.mean()
    return summary.sort_values("self_s", ascending=False, kind="stable")


def cold_starts(spans: pd.DataFrame) -> pd.DataFrame:
    """Summarize the cold starts of Lambda functions.

    Parameters
    ----------
    spans
        A span frame.

    Returns
    -------
    summary
        One row per function: ``invocations``, ``cold``, ``cold_rate``, ``init_p50_s`` and
        ``init_max_s`` (initialization alone), ``cold_p50_s`` and ``warm_p50_s`` (the function's
        own run, initialization left out, as on AWS).
    """
    runs = spans[(spans["origin"] == LAMBDA_FUNCTION) & (spans["kind"] == SEGMENT)]
    is_init = (spans["kind"] == SUBSEGMENT) & spans["name"].isin(INIT_NAMES)
    inits = spans.loc[is_init].groupby("service")["duration_s"]
    groups = runs.groupby("service", sort=False)
    summary = pd.DataFrame({"invocations": groups.size(), "cold": groups["cold_start"].sum()})
    summary["cold_rate"] = summary["cold"] / summary["invocations"]
    summary["init_p50_s"] = inits.median()
    summary["init_max_s"] = inits.max()
    for name, rows in (("cold", runs["cold_start"]), ("warm", ~runs["cold_start"])):
        summary[f"{name}_p50_s"] = runs[rows].groupby("service")["duration_s"].median()
    return summary


def compare(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    by: Grouping = "service",
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare the latency of two sets of traces, for example before and after a change.

    Parameters
    ----------
    first, second
        Span frames.
    by
        ``service``, ``node`` or ``operation``, see `Grouping`.
    confidence
        Of the bootstrap intervals of the differences.
    seed
        Of the bootstrap; the same seed gives the same intervals.

    Returns
    -------
    comparison
        One row per group: ``count_first``, ``count_second`` and, for ``p50`` and ``p95`` each,
        ``_first_s``, ``_second_s``, ``_change_s`` (second minus first), ``_change_low_s`` and
        ``_change_high_s``. An interval without zero is a change that chance hardly explains.

    Raises
    ------
    ValueError
        If `by` is not one of the values above.
    """
    keys = _keys(by)
    samples = [
        {key: known(rows["duration_s"].to_numpy()) for key, rows in groups}
        for groups in (
            request_spans(spans, by=by).groupby(keys, sort=False) for spans in (first, second)
        )
    ]
    empty = np.empty(0)
    rng = np.random.default_rng(seed)
    rows = {
        key: _change(samples[0].get(key, empty), samples[1].get(key, empty), confidence, rng)
        for key in {**samples[0], **samples[1]}
    }
    return _table(rows, keys, _change(empty, empty, confidence, rng))


def _keys(by: Grouping) -> list[str]:
    if by not in _KEYS:
        msg = f"by is {by!r}; it must be one of {', '.join(_KEYS)}."
        raise ValueError(msg)
    return _KEYS[by]


def _length(every: str | pd.Timedelta) -> pd.Timedelta:
    try:
        length = pd.Timedelta(every)
    except ValueError as error:
        msg = f"every={every!r} is not a length of time; write it like '1min' or '30s'."
        raise ValueError(msg) from error
    if not length > pd.Timedelta(0):
        msg = f"every={every!r} must be longer than nothing."
        raise ValueError(msg)
    return length


def _with_node(spans: pd.DataFrame) -> pd.DataFrame:
    """Give every row the origin of the segment it is part of, so that it can be grouped by it."""
    _, owners = _timing.families(spans)
    return spans.assign(origin=spans["origin"].iloc[owners].fillna("").to_numpy())


def _latency(rows: pd.DataFrame, confidence: float) -> dict[str, Any]:
    count = len(rows)
    share = rows["status"].value_counts() / max(count, 1)
    durations = known(rows["duration_s"].to_numpy())
    found = {name: quantile(durations, q) for name, q in _QUANTILES.items()}
    p50 = percentile_interval(durations, 0.5, confidence=confidence)
    p95 = percentile_interval(durations, 0.95, confidence=confidence)
    return {
        "count": count,
        "error_rate": share.get("error", 0.0),
        "fault_rate": share.get("fault", 0.0),
        "throttle_rate": share.get("throttle", 0.0),
        "p50_s": found["p50_s"],
        "p50_low_s": p50[0],
        "p50_high_s": p50[1],
        "p90_s": found["p90_s"],
        "p95_s": found["p95_s"],
        "p95_low_s": p95[0],
        "p95_high_s": p95[1],
        "p99_s": found["p99_s"],
        "max_s": quantile(durations, 1.0),
    }


def _change(
    first: Sample, second: Sample, confidence: float, rng: np.random.Generator
) -> dict[str, Any]:
    row: dict[str, Any] = {"count_first": len(first), "count_second": len(second)}
    for name, q in _COMPARED.items():
        before, after = quantile(first, q), quantile(second, q)
        low, high = difference_interval(first, second, q, confidence=confidence, rng=rng)
        row |= {f"{name}_first_s": before, f"{name}_second_s": after}
        row |= {f"{name}_change_s": after - before}
        row |= {f"{name}_change_low_s": low, f"{name}_change_high_s": high}
    return row


def _table(
    rows: dict[Any, dict[str, Any]], keys: list[str], template: dict[str, Any]
) -> pd.DataFrame:
    """Put rows by group key into a table that has its columns even without rows."""
    index = pd.MultiIndex.from_tuples(list(rows), names=keys)
    table = pd.DataFrame(list(rows.values()), index=index, columns=list(template))
    return table if len(keys) > 1 else table.set_axis(index.get_level_values(0))
