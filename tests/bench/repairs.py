"""Measure the rule by which an experiment proves a cause, on the recorded incidents.

``python repairs.py`` runs it alone, ``make bench`` runs it with everything else. An experiment is
put together from recorded orders. For true causes, its blocks are those of a bad window and of the
good one. Where there is no cause, both are of the same good window, block by block in turns, so
that the machine's noise is real. Only incidents whose functions were initialized count, as
`verify_cause` sees to that itself.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from incident_plan import POISON
from report import row

sys.path.append(str(Path(__file__).parents[1] / "support"))  # has what recordings are read with

from incidents import Incident, incidents

from tracing_lab.experiments.decision import LOOKS, judged, proven
from tracing_lab.experiments.measures import OwnRequests, measured, seen

PAIRS: Final = min(LOOKS)
BLOCK: Final = 10
ALPHA: Final = 0.05


def bench_repairs() -> None:
    """Print how often true causes, and services without a fault, are proven by recorded orders."""
    removable = (one for one in incidents() if one.truth.kind != POISON)
    warm = [one for one in removable if one.truth.warm]
    true = [lost for one in warm if one.truth.causes for lost in true_causes(one)]
    none = [lost for one in unshared(warm) for lost in no_causes(one)]
    row(f"true causes proven by {PAIRS} pairs of blocks", percent(true), "%", limit=100)
    row("services without a fault that are", percent(none), "%", limit=100 * ALPHA)


def true_causes(one: Incident) -> Iterator[bool]:
    """Yield whether each cause of an incident is proven."""
    for cause in one.truth.causes:
        bad, good = (orders(spans, cause) for spans in (one.bad, one.good))
        yield is_proven(blocks(bad, PAIRS).assign(in_place=True), blocks(good, PAIRS))


def no_causes(one: Incident) -> Iterator[bool]:
    """Yield whether each service is proven whose orders are compared with orders beside them."""
    for service in sorted({str(name) for name in one.good["service"] if "-api-" not in str(name)}):
        if service == "Events":
            continue
        each = blocks(orders(one.good, service), 2 * PAIRS)
        at = each["pair"]
        state = np.isin(at % 4, [0, 3])  # ABBA
        parts = [each[state == place].assign(pair=at[state == place] // 2) for place in (1, 0)]
        yield is_proven(parts[0].assign(in_place=True), parts[1])


def unshared(found: list[Incident]) -> Iterator[Incident]:
    """Yield an incident for each good window."""
    starts = set()
    for one in found:
        start = one.good["start"].min()
        if start not in starts:
            starts.add(start)
            yield one


def orders(spans: pd.DataFrame, service: str) -> pd.DataFrame:
    """Return what each order of a window shows of a service, in the order in which they came."""
    window, _ = seen(spans)
    began = window.requests.groupby("trace")["start_ns"].min().sort_values()
    names = frozenset({service})
    return measured(window, OwnRequests(names, names)).loc[began.index].astype(float)


def blocks(each: pd.DataFrame, count: int) -> pd.DataFrame:
    """Return the first orders as blocks."""
    chosen = each.iloc[: count * BLOCK].reset_index(drop=True)
    return chosen.assign(pair=chosen.index // BLOCK, number=chosen.index % BLOCK)


def is_proven(with_it: pd.DataFrame, without: pd.DataFrame) -> bool:
    """Return whether blocks prove a cause."""
    both = pd.concat([with_it, without.assign(in_place=False)], ignore_index=True)
    return proven(judged({"cause": both}, pairs=PAIRS, alpha=ALPHA), ["cause"])


def percent(flags: list[bool]) -> float:
    """Return how many of them are true."""
    return 100 * sum(flags) / len(flags)


if __name__ == "__main__":
    bench_repairs()
