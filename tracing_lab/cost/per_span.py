"""What traffic costs, attributed to the spans that caused it: by span, by trace, by latency."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.config import Config
from tracing_lab.spans.entries import entry_rows
from tracing_lab.spans.tree import Rows
from tracing_lab.stats import end_to_end
from tracing_lab.xray_model import lambda_segments

from . import Estimate, estimate
from .load import EVENT_CALL, Load
from .prices import PriceList

PICODOLLARS: Final = 10**12
"""So many are a dollar. Small enough for parts of a span's price; whole, so that sums are exact."""

_BY_REQUEST: Final = ("xray_recorded", "xray_retrieved", "rest_api", "access_logs")
_BY_RUN: Final = ("lambda_requests", "lambda_logs", "log_storage", "sqs_requests")
_BY_TIME: Final = ("lambda_x86_64", "lambda_arm64")
_BY_EVENT: Final = ("events",)

TRAFFIC_ITEMS: Final = (*_BY_REQUEST, *_BY_RUN, *_BY_TIME, *_BY_EVENT)
"""What more requests make dearer, by name in the price file."""

Weights = npt.NDArray[np.float64]


def traffic_bill(
    spans: pd.DataFrame,
    config: Config,
    *,
    requests_per_month: float | None = None,
    free_tier: bool = False,
    sampling_rate: float = 1.0,
    prices: PriceList | None = None,
) -> Estimate:
    """Return the bill for the traffic that traces show.

    Parameters
    ----------
    spans
        A span frame.
    config
        The stack's variables.
    requests_per_month
        What the bill is for; the traces of the frame by default. With more, each trace stands for
        its share of the month's requests, priced at that month's tiers.
    free_tier
        Subtract AWS's free amounts.
    sampling_rate
        Share of the requests that are traced, 0 to 1.
    prices
        Another price list.

    Returns
    -------
    Estimate
        As `estimate` makes it, with what the traces show of the load (`Load.from_spans`).

    Raises
    ------
    ConfigError
        If a number cannot be.
    """
    traces = spans.index.get_level_values("trace_id").nunique()
    return estimate(
        config,
        requests_per_month=traces if requests_per_month is None else requests_per_month,
        free_tier=free_tier,
        sampling_rate=sampling_rate,
        load=Load.from_spans(spans),
        prices=prices,
    )


def span_costs(spans: pd.DataFrame, bill: Estimate) -> pd.DataFrame:
    """Return what each span costs.

    Each item of the bill that depends on traffic is priced to the spans that caused it: GB-seconds
    to the runs of functions, by their time with initialization; requests, logs and dead letters to
    each run alike; events to each call of the bus; REST calls, access logs and traces to where a
    request entered. What costs the same without traffic (metrics, alarms, dashboards, keys) is
    left out.

    Parameters
    ----------
    spans
        A span frame.
    bill
        The bill, from `traffic_bill`.

    Returns
    -------
    costs
        One row per span, indexed as `spans`: a column for each item, named as in the price file, in
        whole picodollars (a millionth of a millionth of a dollar), so that sums are exact: each
        column's is its line of the bill. ``usd``: all of them, in dollars. The costs of traces are
        ``costs.groupby("trace_id").sum()``.

    Examples
    --------
    >>> import tracing_lab as tl
    >>> spans = tl.spans.spans_from_traces(tl.samples.recorded().traces)
    >>> costs = span_costs(spans, traffic_bill(spans, tl.Config()))
    >>> int(costs["events"].sum())  # 24 orders with three events, a millionth of a dollar each
    72000000
    """
    usd = {row.name: row.usd for row in bill.rows}
    costs = pd.DataFrame(index=spans.index)
    for name, rows, weights in _causes(spans, bill):
        if len(rows) and name in usd:
            column = np.zeros(len(spans), dtype=np.int64)
            column[rows] = _apportioned(round(usd[name] * PICODOLLARS), weights)
            costs[name] = column
    costs["usd"] = costs.sum(axis=1) / PICODOLLARS
    return costs


def costs_by_latency(
    spans: pd.DataFrame, bill: Estimate, *, edges: Sequence[float] = (0.5, 0.9, 0.99)
) -> pd.DataFrame:
    """Return what fast and slow requests cost, for example the slowest 1 %.

    Parameters
    ----------
    spans
        A span frame.
    bill
        The bill, from `traffic_bill`.
    edges
        Percentiles between the groups, ascending, as fractions.

    Returns
    -------
    table
        One row per group, the fastest first, indexed by ``percentiles`` such as ``99-100 %``; last,
        if there are any, the requests that have not ended. ``requests`` of the frame;
        ``picodollars``, which sum to all costs exactly, and ``usd``, of all requests that these
        stand for in the bill; ``share`` of the costs; ``usd_per_million`` such requests;
        ``mean_duration_s``.

    Raises
    ------
    ValueError
        If `edges` do not ascend between 0 and 1.
    """
    if [*edges] != sorted({*edges}) or not all(0 < edge < 1 for edge in edges):
        msg = f"edges is {[*edges]}; it must ascend between 0 and 1."
        raise ValueError(msg)
    costs, duration = span_costs(spans, bill), end_to_end(spans)["duration_s"]
    of_trace = costs.drop(columns="usd").sum(axis=1).groupby("trace_id", sort=False).sum()
    bounds = pairwise([0, *(100 * edge for edge in edges), 100])
    names = [*(f"{low:.4g}-{high:.4g} %" for low, high in bounds), _OPEN]
    group = _groups(duration.to_numpy(), edges)
    table = pd.DataFrame(index=pd.Index(names, name="percentiles"))
    table["requests"] = np.bincount(group, minlength=len(names))
    table["picodollars"] = _sums(group, of_trace[duration.index].to_numpy(), len(names))
    table["usd"] = table["picodollars"] / PICODOLLARS
    table["share"] = table["picodollars"] / max(int(table["picodollars"].sum()), 1)
    each = bill.requests_per_month / max(len(duration), 1)  # so many does a trace stand for
    table["usd_per_million"] = table["usd"] / (table["requests"] * each) * 1e6
    seconds = np.bincount(group, weights=duration, minlength=len(names))
    table["mean_duration_s"] = seconds / table["requests"]
    return table if duration.isna().any() else table.drop(index=_OPEN)


_OPEN: Final = "not ended"


def _groups(duration_s: Weights, edges: Sequence[float]) -> npt.NDArray[np.int64]:
    """Return the group of each request; the equally slow are in the same one."""
    known = np.sort(duration_s[~np.isnan(duration_s)])
    first = [min(int(np.ceil(edge * len(known) - 1e-9)), len(known) - 1) for edge in edges]
    bounds = known[first] if len(known) else np.zeros(len(edges))
    places = np.searchsorted(bounds, duration_s, side="right")
    return np.where(np.isnan(duration_s), len(edges) + 1, places)


def _sums(group: Rows, values: Rows, count: int) -> Rows:
    """Return the sum of each group, in whole numbers."""
    sums = np.zeros(count, dtype=np.int64)
    np.add.at(sums, group, values)
    return sums


def _causes(spans: pd.DataFrame, bill: Estimate) -> list[tuple[str, Rows, Weights]]:
    """Return, for each item, the rows that cause it, and how much each does."""
    entered = _entries(spans)
    runs = np.flatnonzero((spans["origin"] == lambda_segments.FUNCTION).to_numpy(dtype=bool))
    events = np.flatnonzero((spans["origin"] == EVENT_CALL).to_numpy(dtype=bool))
    times = _billed_s(spans.iloc[runs], bill.load) if len(runs) else np.ones(len(entered))
    runs = runs if len(runs) else entered  # a bill's default load has runs and events anyway
    events = events if len(events) else entered
    return [
        *((name, entered, np.ones(len(entered))) for name in _BY_REQUEST),
        *((name, runs, np.ones(len(runs))) for name in _BY_RUN),
        *((name, runs, times) for name in _BY_TIME),
        *((name, events, np.ones(len(events))) for name in _BY_EVENT),
    ]


def _entries(spans: pd.DataFrame) -> Rows:
    """Return the row where each trace was entered, or its first."""
    index = cast("pd.MultiIndex", spans.index)
    trace = np.asarray(index.codes[0], dtype=np.int64)
    rows = np.concatenate([entry_rows(spans), np.arange(len(spans))])[::-1]
    first = np.full(len(index.levels[0]), -1, dtype=np.int64)
    first[trace[rows]] = rows  # the last one that is written stays
    known: Rows = first[first >= 0]
    return known


def _billed_s(runs: pd.DataFrame, load: Load) -> Weights:
    """Return how long runs took with the initialization before them."""
    init_s = load.init_ms / 1000 * runs["cold_start"].to_numpy(dtype=np.float64)
    own_s: Weights = runs["duration_s"].fillna(0.0).to_numpy(dtype=np.float64)
    return own_s + init_s


def _apportioned(whole: int, weights: Weights) -> Rows:
    """Return whole numbers in proportion to weights, each off by 1 at most, that sum to a whole."""
    until: Any = np.cumsum(weights if weights.sum() > 0 else np.ones(len(weights)))
    bounds = np.rint(until / until[-1] * whole).astype(np.int64)
    bounds[-1] = whole
    parts: Rows = np.diff(bounds, prepend=0)
    return parts
