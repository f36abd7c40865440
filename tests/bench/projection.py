"""The plain projection of a change: what it adds or takes away on each trace's critical path.

It knows who was on the path, but not what else would be: other branches, calls that become the last
one, or what the change moves.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import tracing_lab as tl
from tracing_lab.stats.whatif import Change, Delayed, InParallel, Replaced, Retried, Scaled

Seconds = npt.NDArray[np.float64]


def projected(spans: pd.DataFrame, change: Change, *, of: str) -> Seconds:
    """Return how long each trace takes after a change, by subtraction along its path.

    Parameters
    ----------
    spans
        A span frame.
    change
        The change.
    of
        ``request`` or ``chain``.
    """
    traces = tl.stats.end_to_end(spans)
    now = traces["response_s" if of == "request" else "duration_s"]
    parts = tl.stats.critical_path_parts(spans).reset_index()
    parts["s"] = parts["path_ns"] / 1e9
    if of == "request":  # what lies within the time until the response
        ends = traces["start"] + pd.to_timedelta(traces["response_s"], unit="s")
        parts = parts[parts["start"] < parts["trace_id"].map(ends)]
    added = _added(spans, parts, change).reindex(now.index, fill_value=0.0)
    times_s: Seconds = np.maximum((now + added).to_numpy(dtype=np.float64), 0.0)
    return times_s


def _added(spans: pd.DataFrame, parts: pd.DataFrame, change: Change) -> "pd.Series[Any]":
    if isinstance(change, Retried):
        return -_attempts(parts, change)
    if isinstance(change, InParallel):
        return -_shorter(spans, change)
    its = parts[parts["service"].str.contains(change.service)]
    if change.operation is not None:
        its = its[its["name"] == change.operation]
    on_path = its.groupby("trace_id", observed=True)["s"].sum()
    if isinstance(change, Scaled):
        return (change.factor - 1) * on_path
    times = its.groupby("trace_id", observed=True)["span_id"].nunique()
    if isinstance(change, Delayed) and change.latency is None:
        return times * change.added_ms / 1000
    mean_s = _mean_s(change.latency or {})
    return times * mean_s - (on_path if isinstance(change, Replaced) else 0.0)


def _attempts(parts: pd.DataFrame, change: Retried) -> "pd.Series[Any]":
    its = parts[parts["service"].str.contains(change.service) & (parts["cause"] == "retry")]
    return its.groupby("trace_id", observed=True)["s"].sum()


def _shorter(spans: pd.DataFrame, change: InParallel) -> "pd.Series[Any]":
    """Return the time of all calls but the longest."""
    called = spans[(spans["depth"] > 0) & (spans["origin"] == "AWS::Lambda")]
    called = called[called["service"].isin([*change.calls])]
    each = called.groupby(level="trace_id")["duration_s"]
    return each.sum() - each.max()


def _mean_s(latency: Any) -> float:
    mean = {
        "constant": lambda: latency["ms"],
        "uniform": lambda: (latency["low_ms"] + latency["high_ms"]) / 2,
        "normal": lambda: latency["mean_ms"],
        "lognormal": lambda: latency["median_ms"] * np.exp(latency["sigma"] ** 2 / 2),
        "exponential": lambda: latency["mean_ms"],
    }[latency["distribution"]]()
    return float(mean * latency.get("probability", 1.0) / 1000)
