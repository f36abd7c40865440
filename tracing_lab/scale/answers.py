"""Latency, self time and the service graph, from spans in partitions."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.graph import Graph
from tracing_lab.graph.model import Node
from tracing_lab.graph.service_graph import graph_from_statistics
from tracing_lab.graph.statistics import Statistics, statistics_from_counts
from tracing_lab.stats import order_bounds
from tracing_lab.stats.shares import with_share_intervals
from tracing_lab.stats.span_groups import Grouping, group_keys
from tracing_lab.xray_model.outcomes import ERROR, FAULT, THROTTLE
from tracing_lab.xray_model.statistics import RequestCounts

from .counting import BIN, EDGE, NODE, STATUS, count_calls, count_requests, count_self_time
from .partitions import Partitions
from .running import counted
from .sketch import UNKNOWN_BIN, values_at_ranks, values_of

_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def latency_summary(
    spans: Partitions,
    *,
    by: Grouping = "service",
    confidence: float = 0.95,
    scheduler: str | None = None,
) -> pd.DataFrame:
    """Return the latency and the failures of requests, by group.

    Parameters
    ----------
    spans
        Spans in partitions, see `partitions_of`.
    by
        ``service``, ``node`` or ``operation``, as for `stats.latency_summary`.
    confidence
        Of the intervals; each bound is the value of an order statistic.
    scheduler
        ``local`` for a Dask cluster on this machine, or the address of a Dask scheduler; this
        process alone if not given.

    Returns
    -------
    summary
        One row per group in the order of the alphabet: ``count``, ``error_rate``, ``fault_rate``,
        ``throttle_rate``, each with ``_low`` and ``_high``, and ``p50_s``, ``p95_s`` and
        ``p99_s``, each with ``_low_s`` and ``_high_s``, NaN where there are too few requests.

    Raises
    ------
    MissingFileError
        If a file or folder is missing.
    ValueError
        If `by` or `confidence` is not one of the values above.
    """
    counts = counted(partial(count_requests, by=by), spans, scheduler=scheduler)["requests"]
    keys = group_keys(by)
    groups = counts.rename("count").reset_index().groupby(keys)
    rows = {key: _latency(rows, confidence) for key, rows in groups}
    index = pd.MultiIndex.from_tuples(list(rows), names=keys)
    table = pd.DataFrame([*rows.values()], index=index, columns=[*_latency(None, confidence)])
    table = with_share_intervals(table, confidence=confidence)
    return table if len(keys) > 1 else table.set_axis(index.get_level_values(0))


def self_time_summary(
    spans: Partitions, *, by: Grouping = "operation", scheduler: str | None = None
) -> pd.DataFrame:
    """Return where time was spent, without waiting for children.

    Parameters
    ----------
    spans
        Spans in partitions, see `partitions_of`.
    by
        ``service``, ``node`` or ``operation``.
    scheduler
        As for `latency_summary`.

    Returns
    -------
    summary
        One row per group, the largest total first, with the columns of `stats.self_time_summary`.

    Raises
    ------
    MissingFileError
        If a file or folder is missing.
    """
    counts = counted(partial(count_self_time, by=by), spans, scheduler=scheduler)
    summary = pd.DataFrame({"count": counts["spans"], "self_s": counts["self_ns"] / 1e9})
    summary["share"] = summary["self_s"] / summary["self_s"].sum()
    summary["mean_self_s"] = summary["self_s"] / summary["count"]
    return summary.sort_values("self_s", ascending=False, kind="stable")


def service_graph(spans: Partitions, *, scheduler: str | None = None) -> Graph:
    """Return the service graph of spans.

    Parameters
    ----------
    spans
        Spans in partitions, see `partitions_of`.
    scheduler
        As for `latency_summary`.

    Returns
    -------
    graph
        As `graph.service_graph_from_spans` returns it; the counts are the same, the percentiles
        within `RELATIVE_ERROR`.

    Raises
    ------
    MissingFileError
        If a file or folder is missing.
    """
    counts = counted(count_calls, spans, scheduler=scheduler)
    served, calls = _by_key(counts["served"], NODE), _by_key(counts["calls"], EDGE)
    on_bus = _by_key(counts["bus"], EDGE)
    nodes = {Node(*key): statistics for key, statistics in served.items()}
    edges = {
        (Node(*key[:2]), Node(*key[2:])): (
            replace(statistics, bus_s=on_bus[key].times_s) if key in on_bus else statistics
        )
        for key, statistics in calls.items()
    }
    window_ns = counts["last_ns"].max() - counts["first_ns"].min()
    return graph_from_statistics(nodes, edges, window_s=window_ns / 1e9)


def _by_key(counts: "pd.Series[Any]", keys: Sequence[str]) -> dict[Any, Statistics]:
    table = counts.rename("count").reset_index()
    return {key: _statistics(rows) for key, rows in table.groupby([*keys])}


def _statistics(rows: pd.DataFrame) -> Statistics:
    by_status = rows.groupby(STATUS)["count"].sum()
    counts = RequestCounts(*(int(by_status.get(name, 0)) for name in RequestCounts._fields))
    times_s = np.repeat(values_of(rows[BIN].to_numpy()), rows["count"])
    return statistics_from_counts(counts, times_s[~np.isnan(times_s)])


def _latency(rows: pd.DataFrame | None, confidence: float) -> dict[str, Any]:
    if rows is None:
        rows = pd.DataFrame({STATUS: [], BIN: [], "count": []}).astype({BIN: np.int32})
    share = rows.groupby(STATUS)["count"].sum() / max(rows["count"].sum(), 1)
    row: dict[str, Any] = {"count": int(rows["count"].sum())}
    row |= {f"{status}_rate": share.get(status, 0.0) for status in (ERROR, FAULT, THROTTLE)}
    known = rows[rows[BIN] != UNKNOWN_BIN]
    sizes = known["count"].to_numpy(dtype=np.int64)
    for name, q in _QUANTILES.items():
        ranks = _ranks(int(sizes.sum()), q, confidence)
        values = values_at_ranks(known[BIN].to_numpy(), sizes, ranks)
        names = (f"{name}_s", f"{name}_low_s", f"{name}_high_s")
        row |= dict(zip(names, values.tolist(), strict=True))
    return row


def _ranks(count: int, q: float, confidence: float) -> npt.NDArray[np.float64]:
    """Return the ranks of a quantile and of the bounds of its interval, NaN for a missing one."""
    ranks = np.array([q * (count - 1), *order_bounds(count, q, confidence=confidence)])
    return np.where((ranks >= 0) & (ranks < count), ranks, np.nan)
