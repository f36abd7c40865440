"""Why slow requests are slow: their time beyond that of a typical one, by cause and group."""

import math
from collections.abc import Hashable
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.spans.path_parts import path_parts
from tracing_lab.spans.tree import Rows

from .critical_path import groups_of_parts
from .span_groups import Grouping
from .tail_interval import Ranks, excess_interval

_FEWEST_SLOW: Final = 10
"""Slow requests that an interval takes."""

_TYPICAL_UNTIL: Final = 0.6

_EXACT: Final = 1e-9  # 0.7 * 10 is a little more than 7


class _Requests(NamedTuple):
    """Requests from fast to slow: their durations, and where the time went."""

    duration_ns: Rows
    by_group_ns: Rows
    names: pd.MultiIndex


def tail_attribution(
    spans: pd.DataFrame,
    *,
    q: float = 0.95,
    by: Grouping = "service",
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Return what makes slow requests slower than the median, by cause and group.

    Slow are the requests at and beyond a percentile; how long one took is what `end_to_end` has as
    ``duration_s``, and `critical_path_parts` says for what. A group's part in the tail is its mean
    time over the slow requests: the contribution to the *expected shortfall*, which unlike parts of
    a percentile adds up (D. Tasche, "Risk contributions and performance measurement", 1999). What
    the median of all requests is compared with are the parts of the typical ones, between the 40th
    and the 60th percentile, scaled to the median.

    Parameters
    ----------
    spans
        A span frame.
    q
        The percentile as a fraction: with 0.99, the slowest 1 %.
    by
        ``service``, ``node`` or ``operation``, see `Grouping`.
    confidence
        Of the intervals.
    seed
        Of the bootstrap behind them; the same seed gives the same intervals.

    Returns
    -------
    attribution
        One row per cause (see `critical_path_parts`) and group, the largest excess first:

        ``slow_ns``, ``median_ns``, ``excess_ns``: whole nanoseconds over all slow requests. They
        add up exactly: to the time of the slow requests, to as many medians, and to the difference.
        ``mean_slow_s``, ``mean_median_s``, ``mean_excess_s``: the same per slow request;
        ``excess_low_s``, ``excess_high_s``: bootstrap interval of the mean excess, NaN for fewer
        than 10 slow requests; ``share``: of the whole excess; negative for what slow requests spend
        less time on; ``share_of_slow``: of the time of the slow requests.

        ``attrs`` has ``requests``, ``slow`` (how many), ``threshold_s`` and ``median_s``.

    Raises
    ------
    ValueError
        If `q` is not between 0.6 and 1, below which slow requests would be typical ones,
        `confidence` not between 0 and 1, or `by` not one of the values above.

    Examples
    --------
    >>> import tracing_lab as tl
    >>> spans = tl.spans.spans_from_traces(tl.samples.recorded().traces)
    >>> table = tail_attribution(spans, q=0.75)
    >>> table.attrs["slow"], int(table["slow_ns"].sum()), int(table["excess_ns"].sum())
    (6, 1634806000, 371776000)
    """
    _check("q", q, _TYPICAL_UNTIL)
    _check("confidence", confidence, 0.0)
    requests = _requests(spans, by=by)
    ranks = _ranks(requests.duration_ns, q)
    table = _table(requests, ranks)
    low, high = _interval(requests, ranks, confidence, np.random.default_rng(seed))
    table.insert(6, "excess_low_s", low)
    table.insert(7, "excess_high_s", high)
    table = table.sort_values("excess_ns", ascending=False, kind="stable")
    table.attrs = _attributes(requests.duration_ns, ranks)
    return table


def _check(name: str, fraction: float, least: float) -> None:
    if not least < fraction < 1:
        msg = f"{name} is {fraction}; it must be between {least:g} and 1."
        raise ValueError(msg)


def _requests(spans: pd.DataFrame, *, by: Grouping) -> _Requests:
    parts = path_parts(spans)
    group, names = groups_of_parts(spans, parts, by=by)
    request, traces = pd.factorize(parts.trace)
    table = np.zeros((len(traces), len(names)), dtype=np.int64)
    np.add.at(table, (request, group), parts.end_ns - parts.start_ns)
    duration = table.sum(axis=1)
    order = np.argsort(duration, kind="stable")
    return _Requests(duration[order], table[order], names)


def _ranks(duration_ns: Rows, q: float) -> Ranks:
    """Return which requests are slow and which typical; ties at the threshold are all slow."""
    count = len(duration_ns)
    first = min(math.ceil(q * count - _EXACT), count - 1)
    slow = int(np.searchsorted(duration_ns, duration_ns[first])) if count else 0
    low = 2 * count // 5
    return Ranks(total=count, typical=low, above_typical=count - low, slow=slow)


def _table(requests: _Requests, ranks: Ranks) -> pd.DataFrame:
    slow = ranks.total - ranks.slow
    typical = requests.by_group_ns[ranks.typical : ranks.above_typical].sum(axis=0)
    median = _apportioned(_median_ns(requests.duration_ns), typical)
    table = pd.DataFrame(index=requests.names)
    table["slow_ns"] = requests.by_group_ns[ranks.slow :].sum(axis=0)
    table["median_ns"] = slow * median
    table["excess_ns"] = table["slow_ns"] - table["median_ns"]
    for name in ("slow", "median", "excess"):
        table[f"mean_{name}_s"] = table[f"{name}_ns"] / 1e9 / max(slow, 1)
    table["share"] = table["excess_ns"] / (table["excess_ns"].sum() or math.nan)
    table["share_of_slow"] = table["slow_ns"] / max(table["slow_ns"].sum(), 1)
    return table


def _median_ns(duration_ns: Rows) -> int:
    middle = duration_ns[(len(duration_ns) - 1) // 2 : len(duration_ns) // 2 + 1]
    return int(middle.sum()) // max(len(middle), 1)


def _apportioned(total: int, weights: Rows) -> Rows:
    """Return whole numbers in proportion to the weights that sum to the total.

    What rounding down leaves goes to those that it took most from (largest remainders).
    """
    whole = max(int(weights.sum()), 1)
    products = [total * int(weight) for weight in weights]  # beyond 64 bits
    parts = np.array([product // whole for product in products], dtype=np.int64)
    left = total - int(parts.sum())
    remainders = np.array([product % whole for product in products], dtype=np.float64)
    parts[np.argsort(-remainders, kind="stable")[:left]] += 1
    return parts


def _interval(
    requests: _Requests, ranks: Ranks, confidence: float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    if ranks.total - ranks.slow < _FEWEST_SLOW:
        unknown = np.full(len(requests.names), math.nan)
        return unknown, unknown
    return excess_interval(requests.by_group_ns / 1e9, ranks, confidence=confidence, rng=rng)


def _attributes(duration_ns: Rows, ranks: Ranks) -> dict[Hashable | None, Any]:
    return {
        "requests": ranks.total,
        "slow": ranks.total - ranks.slow,
        "threshold_s": int(duration_ns[ranks.slow]) / 1e9 if ranks.total else math.nan,
        "median_s": _median_ns(duration_ns) / 1e9 if ranks.total else math.nan,
    }
