"""Measure whether comparisons find what differs, and nothing where nothing does."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from report import row

import tracing_lab as tl

PAIRS = 1_000
SEEDS = 100
TRACES = 200  # in each window
POOL = 2_000
PAIRS_OF_POOL = 50
PLAIN_CHANGE = 0.1  # of a 95th percentile; what a reader of two tables takes for a change
OWN_MS = {"api": 4.0, "order": 30.0, "payment": 40.0, "stock": 15.0, "mail": 60.0}
CALLERS = {"order": "api", "payment": "order", "stock": "order", "mail": "payment"}
TIERS = ("bronze", "silver", "gold")


def window(
    seed: int, *, traces: int = TRACES, slower_ms: float = 0.0, planted_ms: float = 0.0
) -> pd.DataFrame:
    """Return spans of traces with skewed times and rare failures.

    Payments take `slower_ms` longer, orders of one warehouse in five take `planted_ms` longer.
    """
    rng = np.random.default_rng(seed)
    return tl.spans.spans_from_traces(
        _trace(rng, number, slower_ms, planted_ms) for number in range(traces)
    )


def _trace(
    rng: np.random.Generator, number: int, slower_ms: float, planted_ms: float
) -> dict[str, Any]:
    """Return a trace of nested calls, in which every service works before it calls the next."""
    warehouse = int(rng.integers(5))
    own_ms = {name: ms * rng.lognormal(0, 0.5) for name, ms in OWN_MS.items()}
    own_ms["payment"] += slower_ms
    own_ms["order"] += planted_ms if warehouse == 0 else 0.0
    total_ms = dict(own_ms)
    for callee in reversed(CALLERS):
        total_ms[CALLERS[callee]] += total_ms[callee]
    start_ms = {"api": 0.0}
    documents = []
    for name in OWN_MS:
        caller = CALLERS.get(name)
        if caller is not None:
            start_ms[name] = start_ms[caller] + own_ms[caller]
            start_ms[name] += total_ms["payment"] if name == "stock" else 0.0
        documents.append(_segment(name, caller, start_ms[name], total_ms[name], rng))
    documents[1]["annotations"] = _annotations(rng, number, warehouse)
    return {"Id": f"1-00000001-{number:024x}", "Segments": [{"Document": one} for one in documents]}


def _segment(
    name: str, caller: str | None, start_ms: float, took_ms: float, rng: np.random.Generator
) -> dict[str, Any]:
    segment = {"id": f"{name:0>16}", "name": name, "start_time": 1e9 + start_ms / 1e3}
    segment |= {"end_time": 1e9 + (start_ms + took_ms) / 1e3, "fault": bool(rng.random() < 0.02)}
    return segment | ({"parent_id": f"{caller:0>16}"} if caller else {})


def _annotations(rng: np.random.Generator, number: int, warehouse: int) -> dict[str, Any]:
    noise = {f"feature_{at}": bool(rng.random() < 0.3) for at in range(8)}
    tier = TIERS[int(rng.integers(len(TIERS)))]
    order = {"order_id": f"o-{number}", "amount": round(float(rng.gamma(2, 20)), 2), "tier": tier}
    return order | noise | {"warehouse": f"w-{warehouse}"}


def same_pairs(count: int, *, pool_size: int = POOL) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield pairs of windows between which nothing differs, drawn from pools of traces."""
    rng = np.random.default_rng(0)
    for number in range(count):
        if number % PAIRS_OF_POOL == 0:
            pool = window(number, traces=pool_size)
            trace_ids = pool.index.get_level_values("trace_id")
        chosen = rng.permutation(trace_ids.unique())[: 2 * TRACES]
        yield pool[trace_ids.isin(chosen[:TRACES])], pool[trace_ids.isin(chosen[TRACES:])]


def false_discoveries(pairs: int, *, pool_size: int = POOL) -> tuple[float, float]:
    """Return in which share of A/A pairs a row is significant, and in which a p95 just differs."""
    tested = plain = 0
    for first, second in same_pairs(pairs, pool_size=pool_size):
        table = tl.stats.compare(first, second)
        tested += bool(table["significant"].any())
        change = (table["p95_change_s"] / table["p95_first_s"]).abs()
        plain += bool((change > PLAIN_CHANGE).any())
    return tested / pairs, plain / pairs


def slower_on_top(seeds: int) -> int:
    """Return for how many seeds the service that got 30 ms slower is the table's top row."""
    tables = (
        tl.stats.compare(window(2 * seed), window(2 * seed + 1, slower_ms=30.0))
        for seed in range(seeds)
    )
    return sum(table.index[0] == "payment" and table["significant"].iloc[0] for table in tables)


def planted_on_top(seeds: int) -> int:
    """Return for how many seeds the annotation that makes orders slow explains them best."""
    tables = (tl.stats.explain_slow(window(seed, planted_ms=150.0)) for seed in range(seeds))
    first = (tuple(table.loc[0, ["attribute", "value"]]) for table in tables)
    return sum(one == ("annotation.warehouse", "w-0") for one in first)


def false_explanations(seeds: int) -> int:
    """Return for how many seeds something explains slow traces where nothing does."""
    tables = (tl.stats.explain_slow(window(seed)) for seed in range(seeds))
    return sum(bool(table["significant"].any()) for table in tables)


def bench_comparisons(pairs: int = PAIRS) -> None:
    """Print how often comparisons are right."""
    tested, plain = false_discoveries(pairs)
    measure = f"A/A pairs of {pairs:,} with a discovery"
    row(measure, tested * 100, "%", limit=5.0)
    row(measure, tested * 100, "%", peer=plain * 100, peer_name="with a p95 10 % off")
    row(f"+30 ms is the top row, of {SEEDS} seeds", slower_on_top(SEEDS), "", limit=SEEDS)
    row(f"planted annotation first, of {SEEDS} seeds", planted_on_top(SEEDS), "", limit=95)
    row(f"nothing planted but found, of {SEEDS} seeds", false_explanations(SEEDS), "", limit=5)
