"""TraceRCA, written from its paper, as a baseline.

Z. Li et al., "Practical Root Cause Localization for Microservice Systems via Trace Analysis",
IWQoS 2021: a service with more abnormal and fewer normal traces passing through it is more likely
the cause. Invocations are abnormal by three standard deviations, or by failing; traces are so if
one of their invocations is. Sets of services that are frequent in abnormal traces are weighed by
support and confidence; within a set, a service counts by how many more traces it is abnormal in as
the callee than as the caller. The selection of features is left out: there are two, duration and
outcome. Traces of the good window count as traces, too.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Final, NamedTuple

import pandas as pd

from .calls import calls

SPREADS: Final = 3.0
LEAST_SUPPORT: Final = 0.1
LARGEST_SET: Final = 3

_LEAST_SPREAD: Final = 1e-6


class _Traces(NamedTuple):
    """Traces by what they have to do with a service."""

    through: dict[str, set[str]]
    called: dict[str, set[str]]
    """Where an abnormal invocation called it."""
    calling: dict[str, set[str]]
    """Where it made an abnormal invocation."""
    abnormal: set[str]


def trace_rca(good: pd.DataFrame, bad: pd.DataFrame) -> dict[str, float]:
    """Return services, the most suspicious first, with their scores; none without anomalies."""
    usual, now = calls(good), calls(bad)
    now["trace_id"] = "bad " + now["trace_id"]
    return ranking(pd.concat([usual, now]).assign(abnormal=lambda both: abnormal(both, usual)))


def abnormal(both: pd.DataFrame, usual: pd.DataFrame) -> "pd.Series[bool]":
    """Return which invocations fail, or take unusually long or short."""
    times = usual.groupby(["source", "target"])["duration_s"].agg(["mean", "std"])
    limits = both[["source", "target"]].join(times, on=["source", "target"])
    spread = limits["std"].fillna(0).clip(lower=_LEAST_SPREAD)
    return both["failed"] | ((both["duration_s"] - limits["mean"]).abs() > SPREADS * spread)


def ranking(invocations: pd.DataFrame) -> dict[str, float]:
    """Return services by their suspiciousness; of equal ones, the one that is called is first.

    Parameters
    ----------
    invocations
        ``trace_id``, ``source``, ``target`` and whether each is ``abnormal``.
    """
    traces = _traces(invocations)
    scores = dict.fromkeys(traces.through, (0.0, 0))
    for services, weight in _frequent(traces):
        passing = set.intersection(*(traces.through[name] for name in services))
        for name in services:
            called = len(traces.called.get(name, set()) & passing)
            calling = len(traces.calling.get(name, set()) & passing)
            scores[name] = max(scores[name], (weight * abs(called - calling), called - calling))
    ordered = sorted(scores, key=lambda name: scores[name], reverse=True)
    return {name: scores[name][0] for name in ordered if scores[name][0] > 0}


def _traces(invocations: pd.DataFrame) -> _Traces:
    wrong = invocations[invocations["abnormal"]]
    wrong_calls = wrong[wrong["source"] != wrong["target"]]
    through: dict[str, set[str]] = {}
    for end in ("source", "target"):
        for name, ids in _trace_ids(invocations, end).items():
            through.setdefault(name, set()).update(ids)
    return _Traces(
        through=through,
        called=_trace_ids(wrong, "target"),
        calling=_trace_ids(wrong_calls, "source"),
        abnormal=set(wrong["trace_id"]),
    )


def _trace_ids(invocations: pd.DataFrame, end: str) -> dict[str, set[str]]:
    sets = invocations.groupby(end)["trace_id"].agg(set)
    return dict(zip(map(str, sets.index), sets, strict=True))


def _frequent(traces: _Traces) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield sets of services with the overlap (Jaccard) of passing and abnormal traces."""
    if not traces.abnormal:
        return
    for size in range(1, LARGEST_SET + 1):
        for services in combinations(sorted(traces.through), size):
            passing = set.intersection(*(traces.through[name] for name in services))
            both = passing & traces.abnormal
            if len(both) >= LEAST_SUPPORT * len(traces.abnormal):
                yield services, len(both) / len(passing | traces.abnormal)
