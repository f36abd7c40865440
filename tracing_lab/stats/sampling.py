"""Estimates of all requests from a sample of them that was not drawn evenly."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from tracing_lab.summaries.schema import ENTRY_POINT
from tracing_lab.xray_model.outcomes import FAILURES

from .latency import PERCENTILES
from .quantiles import Sample, needed_count
from .shares import share_bounds
from .span_groups import table_of_groups
from .traces import whole_traces

_WINDOW: Final = pd.Timedelta(seconds=10)  # what a sampling statistic is about
_NO_TRACES: Final = pd.DataFrame({"response_s": [], "status": [], "weight": []}, dtype=float)


def sampling_weights(
    frame: pd.DataFrame, statistics: Iterable[Mapping[str, Any]], *, rule: str | None = None
) -> "pd.Series[float]":
    """Return the number of requests that each trace represents.

    A trace does not say with which probability it was sampled, but the rules count: of the requests
    in ten seconds, so many were recorded. Each trace gets the inverse of that share (Horvitz and
    Thompson, Journal of the American Statistical Association 47, 1952, 663-685).

    Parameters
    ----------
    frame
        A span frame or a summary frame.
    statistics
        Items of X-Ray's GetSamplingStatisticSummaries, all pages.
    rule
        Name of the rule by which the traces were sampled; all rules together by default.

    Returns
    -------
    weight
        By ``trace_id``; NaN where no statistic is about the time at which the trace started.

    Raises
    ------
    TraceDataError
        If the frame is neither a summary frame nor a span frame.

    Examples
    --------
    >>> from tracing_lab.summaries import frame_from_summaries
    >>> summaries = frame_from_summaries([{"Id": "1-0000000a-1", "StartTime": 14.0}])
    >>> statistic = {"Timestamp": 10.0, "RequestCount": 100, "SampledCount": 20}
    >>> sampling_weights(summaries, [statistic]).tolist()
    [5.0]
    """
    traces = whole_traces(frame)
    starts = traces["start"][~traces.index.duplicated()]
    columns = {"Timestamp": float, "RequestCount": float, "SampledCount": float}
    rows = [
        [
            _seconds(statistic["Timestamp"]),
            statistic.get("RequestCount", 0),
            statistic.get("SampledCount", 0),
        ]
        for statistic in statistics
        if rule is None or statistic.get("RuleName") == rule
    ]
    counts = pd.DataFrame(rows, columns=[*columns]).astype(columns).groupby("Timestamp").sum()
    if counts.empty:
        return pd.Series(math.nan, index=starts.index, name="weight")
    since = np.asarray(starts.dt.as_unit("ns").astype("int64"), dtype=float) / 1e9
    places = np.searchsorted(counts.index.to_numpy(), since, side="right") - 1
    window = counts.iloc[np.maximum(places, 0)]
    is_known = (places >= 0) & (since < window.index.to_numpy() + _WINDOW.total_seconds())
    sampled = window["SampledCount"].to_numpy()
    shares = window["RequestCount"].to_numpy() / np.where(sampled > 0, sampled, math.nan)
    return pd.Series(np.where(is_known, shares, math.nan), index=starts.index, name="weight")


def weighted_summary(
    frame: pd.DataFrame,
    weights: "pd.Series[float]",
    *,
    by: str | None = None,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return the estimated number, failures and latency of all requests, by group.

    Parameters
    ----------
    frame
        A span frame or a summary frame.
    weights
        For how many requests each trace stands, by ``trace_id``, see `sampling_weights`; traces
        without a weight above 0 are left out.
    by
        Column to group by, see `whole_traces`.
    confidence
        Of the intervals: Wilson's with the number of traces that an even sample would need (Kish,
        Survey Sampling, 1965), for percentiles by Woodruff's method (Journal of the American
        Statistical Association 47, 1952, 635-646).

    Returns
    -------
    summary
        One row per group: ``count`` (traces), ``effective_count`` (as many traces of an even sample
        know as much), ``requests`` (how many they stand for), ``failure_rate`` with
        ``failure_low`` and ``failure_high``, and percentiles with bounds as in `latency_summary`.

    Raises
    ------
    ValueError
        If `by` or `confidence` is not one of the values above.
    TraceDataError
        If the frame is neither a summary frame nor a span frame.
    """
    traces = whole_traces(frame, by=by)
    traces = traces.assign(weight=weights.reindex(traces.index)).query("weight > 0")
    groups = traces.groupby(["group"], sort=False, dropna=False)
    rows = {key: _estimates(group, confidence) for key, group in groups}
    return table_of_groups(rows, [by or ENTRY_POINT], _estimates(_NO_TRACES, confidence))


def _estimates(traces: pd.DataFrame, confidence: float) -> dict[str, Any]:
    weight = traces["weight"].to_numpy(dtype=np.float64)
    effective = _effective_count(weight)
    failed = float(weight[traces["status"].isin(FAILURES)].sum()) / (float(weight.sum()) or 1.0)
    rate, low, high = share_bounds(failed * effective, effective, confidence=confidence)
    row = {"count": len(traces), "effective_count": effective, "requests": float(weight.sum())}
    row |= {"failure_rate": rate, "failure_low": low, "failure_high": high}
    seconds = traces["response_s"].to_numpy(dtype=np.float64)
    done = ~np.isnan(seconds)
    order = np.argsort(seconds[done])
    values, weight = seconds[done][order], weight[done][order]
    for name, q in PERCENTILES.items():
        row |= _percentile(name, q, values, weight, confidence)
    return row


def _effective_count(weight: Sample) -> float:
    return float(weight.sum() ** 2 / (weight**2).sum()) if weight.size else 0.0


def _percentile(
    name: str, q: float, values: Sample, weight: Sample, confidence: float
) -> dict[str, float]:
    columns = {f"{name}_s": math.nan, f"{name}_low_s": math.nan, f"{name}_high_s": math.nan}
    effective = _effective_count(weight)
    if not effective:
        return columns
    below = np.cumsum(weight) / weight.sum()
    shares = share_bounds(q * effective, effective, confidence=confidence)
    places = np.minimum(np.searchsorted(below, shares), len(values) - 1)
    columns = dict(zip(columns, values[places].tolist(), strict=True))
    if effective < needed_count(q, confidence=confidence):
        columns[f"{name}_high_s"] = math.nan
    if effective < needed_count(1 - q, confidence=confidence) and q <= 1 / 2:
        columns[f"{name}_low_s"] = math.nan
    return columns


def _seconds(timestamp: Any) -> float:
    """Return the seconds since 1970 of a timestamp, which boto3 makes a datetime."""
    return float(timestamp.timestamp() if hasattr(timestamp, "timestamp") else timestamp)
