"""How groups of requests differ between two windows, and which of the differences chance explains.

The unit of the tests is the trace: calls of a group within one trace depend on each other, so that
the test of latency takes their mean, and that of failures whether any of them failed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.xray_model.outcomes import FAILURES

from .quantiles import Sample, difference_interval, known, percentile_columns
from .shares import difference_bounds, share_bounds
from .significance import (
    adjusted,
    detectable_share,
    detectable_shift,
    rank_test,
    share_test,
)
from .span_groups import table_of_groups

TESTS: Final = ("latency", "own", "failure", "presence")

_QUANTILES: Final = {"p50": 0.5, "p95": 0.95}


@dataclass(frozen=True)
class GroupRequests:
    """The requests of a group in one window: arrays, because pandas costs milliseconds a group.

    Parameters
    ----------
    traces
        The trace of each request, as a number.
    failed
        Whether each failed.
    duration_s, own_s
        Their times; NaN where unknown.
    """

    traces: npt.NDArray[np.intp]
    failed: npt.NDArray[np.bool_]
    duration_s: Sample
    own_s: Sample

    @property
    def size(self) -> int:
        """Return the number of requests."""
        return len(self.traces)

    @cached_property
    def trace_count(self) -> int:
        """Return the number of traces."""
        return len(np.unique(self.traces))

    @property
    def failed_trace_count(self) -> int:
        """Return the number of traces with a failed request."""
        return len(np.unique(self.traces[self.failed]))

    def per_trace(self, times_s: Sample) -> Sample:
        """Return the mean of each trace that has a known time."""
        is_known = ~np.isnan(times_s)
        if self.trace_count == self.size:
            return times_s[is_known]
        traces = self.traces[is_known]
        counts = np.bincount(traces)
        sums = np.bincount(traces, weights=times_s[is_known])
        return sums[counts > 0] / counts[counts > 0]


_NO_REQUESTS: Final = GroupRequests(
    np.empty(0, dtype=np.intp), np.empty(0, dtype=np.bool_), np.empty(0), np.empty(0)
)


@dataclass(frozen=True)
class Window:
    """One of the two sets of traces that are compared.

    Parameters
    ----------
    requests
        A row per request, with the columns to group by, ``trace_id``, ``status``, ``duration_s``
        and ``own_s`` (what it took without the requests that it made).
    traces
        How many traces there are, with those that have no request.
    """

    requests: pd.DataFrame
    traces: int

    def groups(self, keys: Sequence[str]) -> Mapping[Any, GroupRequests]:
        """Return the requests of each group."""
        requests = self.requests
        times = requests[["duration_s", "own_s"]].to_numpy(dtype=np.float64)
        failed = requests["status"].isin(FAILURES).to_numpy(dtype=np.bool_)
        traces = pd.factorize(requests["trace_id"])[0]
        places = pd.Series(np.arange(len(requests)), index=requests.index)
        grouped = places.groupby([requests[key] for key in keys], sort=False, observed=True)
        return {
            name: GroupRequests(traces[rows], failed[rows], times[rows, 0], times[rows, 1])
            for name, rows in ((name, rows.to_numpy()) for name, rows in grouped)
        }


def changes(
    first: Window, second: Window, keys: Sequence[str], *, confidence: float, seed: int
) -> pd.DataFrame:
    """Return a row per group, with a p-value (``latency_p``) for each of `TESTS`; not corrected."""
    samples = first.groups(keys), second.groups(keys)
    names = [*{**samples[0], **samples[1]}]
    rng = np.random.default_rng(seed)
    alpha = (1 - confidence) / (len(TESTS) * max(len(names), 1))
    change = _Change((first.traces, second.traces), confidence, alpha, rng)
    rows = {
        name: change.row(*(groups.get(name, _NO_REQUESTS) for groups in samples)) for name in names
    }
    return table_of_groups(rows, [*keys], change.row(_NO_REQUESTS, _NO_REQUESTS))


def judged(table: pd.DataFrame, *, confidence: float) -> pd.DataFrame:
    """Return changes with corrected p-values (``latency_q``), the smallest first.

    What takes longer because it waits for something slower is no change of its own, so that only
    own times, failures and presence decide the order, and latency where own times are unknown.
    """
    names = [f"{test}_p" for test in TESTS]
    p_values = table[names].to_numpy(dtype=float)
    q_values = adjusted(p_values.ravel()).reshape(p_values.shape)
    table = table.assign(
        **{f"{test}_q": q_values[:, at] for at, test in enumerate(TESTS)},
        significant=np.any(np.nan_to_num(q_values, nan=1.0) <= 1 - confidence, axis=1),
    )
    own = table["own_p"].fillna(table["latency_p"])
    order = pd.DataFrame(
        {
            "chance": ~table["significant"],
            "p": table[["failure_p", "presence_p"]].assign(own=own).min(axis=1),
            "size": -table["own_p50_change_s"].fillna(table["p50_change_s"]).abs(),
        }
    )
    places = order.reset_index(drop=True).sort_values(["chance", "p", "size"], kind="stable").index
    return table.iloc[places].drop(columns=names)


@dataclass(frozen=True)
class _Change:
    traces: tuple[int, int]
    confidence: float
    alpha: float
    rng: np.random.Generator

    def row(self, first: GroupRequests, second: GroupRequests) -> dict[str, Any]:
        both = first, second
        row: dict[str, Any] = {"count_first": first.size, "count_second": second.size}
        durations = [known(group.duration_s) for group in both]
        for name, q in _QUANTILES.items():
            row |= self._percentile(name, q, *durations)
        row |= self._percentile("own_p50", 0.5, *(known(group.own_s) for group in both))
        per_trace = [group.per_trace(group.duration_s) for group in both]
        row["latency_effect"], row["latency_p"] = rank_test(*per_trace)
        row["latency_detectable_s"] = detectable_shift(*per_trace, alpha=self.alpha)
        own = [group.per_trace(group.own_s) for group in both]
        row["own_effect"], row["own_p"] = rank_test(*own)
        return row | self._failures(first, second) | self._presence(first, second)

    def _percentile(self, name: str, q: float, first: Sample, second: Sample) -> dict[str, float]:
        columns = {
            **percentile_columns(first, {f"{name}_first": q}, confidence=self.confidence),
            **percentile_columns(second, {f"{name}_second": q}, confidence=self.confidence),
        }
        columns[f"{name}_change_s"] = columns[f"{name}_second_s"] - columns[f"{name}_first_s"]
        # a bootstrap of a few values is narrow, however little they know
        low = columns[f"{name}_second_low_s"] - columns[f"{name}_first_high_s"]
        high = columns[f"{name}_second_high_s"] - columns[f"{name}_first_low_s"]
        bounds = math.nan, math.nan
        if not (math.isnan(low) and math.isnan(high)):
            bounds = difference_interval(first, second, q, confidence=self.confidence, rng=self.rng)
        columns[f"{name}_change_low_s"] = math.nan if math.isnan(low) else bounds[0]
        columns[f"{name}_change_high_s"] = math.nan if math.isnan(high) else bounds[1]
        return columns

    def _failures(self, first: GroupRequests, second: GroupRequests) -> dict[str, Any]:
        row: dict[str, Any] = {}
        shares = []
        for name, group in (("first", first), ("second", second)):
            failed = int(np.count_nonzero(group.failed))
            share, low, high = share_bounds(failed, group.size, confidence=self.confidence)
            shares.append((share, low, high))
            row |= {f"failure_{name}_rate": share, f"failure_{name}_low": low}
            row[f"failure_{name}_high"] = high
        row["failure_change"] = shares[1][0] - shares[0][0]
        row["failure_change_low"], row["failure_change_high"] = difference_bounds(*shares)
        hits, more = first.failed_trace_count, second.failed_trace_count
        count, others = first.trace_count, second.trace_count
        row["failure_p"] = share_test(hits, count, more, others) if count and others else math.nan
        share = hits / count if count else math.nan
        row["failure_detectable"] = detectable_share(share, count, others, alpha=self.alpha)
        return row

    def _presence(self, first: GroupRequests, second: GroupRequests) -> dict[str, Any]:
        hits, more = first.trace_count, second.trace_count
        p = share_test(hits, self.traces[0], more, self.traces[1]) if all(self.traces) else math.nan
        return {"traces_first": hits, "traces_second": more, "presence_p": p}
