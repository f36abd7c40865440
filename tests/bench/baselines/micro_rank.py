"""MicroRank, written from its paper, as a baseline.

G. Yu et al., "MicroRank: End-to-End Latency Issue Localization with Extended Spectrum Analysis in
Microservice Environments", WWW 2021. Traces are split into normal and anomalous ones by how long
their operations usually take; a personalised PageRank over traces and operations weights
operations in both halves; a spectrum of how often anomalous and normal traces contain an operation,
weighted by these, ranks them.

Beyond the paper, which is about latency only, a trace with a failed request is anomalous, too, and
an operation's time is the one without its calls: traces with events would hardly ever exceed a sum
of nested times. Operations are services. Traces of the good window count as traces, too.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from .calls import calls

DAMPING: Final = 0.85
OPERATION_WEIGHT: Final = 0.01
"""Weight of calls between operations against that of traces."""

SPREADS: Final = 1.5
"""Standard deviations by which an operation may exceed its mean."""

RANDOM_JUMP: Final = 0.5
_ITERATIONS: Final = 25
_NONE: Final = 1e-7

Matrix = npt.NDArray[np.float64]


def micro_rank(good: pd.DataFrame, bad: pd.DataFrame) -> dict[str, float]:
    """Return services, the most suspicious first, with their scores; none without anomalies."""
    usual, now = calls(good), calls(bad)
    now["trace_id"] = "bad " + now["trace_id"]
    both = pd.concat([usual, now])
    anomalous = anomalous_traces(both, usual)
    if not anomalous:
        return {}
    is_anomalous = both["trace_id"].isin(anomalous)
    return spectrum(both[is_anomalous], both[~is_anomalous])


def anomalous_traces(both: pd.DataFrame, usual: pd.DataFrame) -> set[str]:
    """Return the traces that took longer than their operations usually do, or that failed."""
    times = usual.groupby("target")["self_s"]
    expected_s = times.mean() + SPREADS * times.std(ddof=0)
    limits = both.assign(expected_s=both["target"].map(expected_s).fillna(np.inf))
    traces = limits.groupby("trace_id")
    longer = traces["self_s"].sum() > traces["expected_s"].sum()
    return set(longer.index[longer | traces["failed"].any()])


def spectrum(anomalous: pd.DataFrame, normal: pd.DataFrame) -> dict[str, float]:
    """Return operations by the weighted spectrum's D*, the most suspicious first."""
    weights = [
        page_rank(half, anomalous=is_bad) for half, is_bad in ((anomalous, True), (normal, False))
    ]
    counts = [half.groupby("target")["trace_id"].nunique() for half in (anomalous, normal)]
    failing = anomalous["trace_id"].nunique()
    scores = {}
    for operation, weight in weights[0].items():
        failed = weight * int(counts[0][operation])
        not_failed = weight * (failing - int(counts[0][operation]))
        passed = weights[1].get(operation, 0.0) * int(counts[1].get(operation, 0))
        scores[operation] = failed**2 / max(passed + not_failed, _NONE)
    return dict(sorted(scores.items(), key=lambda item: -item[1]))


def page_rank(half: pd.DataFrame, *, anomalous: bool) -> dict[str, float]:
    """Return the weight of each operation in one half of the traces, at most 1."""
    if half.empty:
        return {}
    trace, trace_ids = pd.factorize(half["trace_id"])
    operation, names = pd.factorize(half["target"])
    covers = np.zeros((len(names), len(trace_ids)))
    covers[operation, trace] = 1
    called = np.zeros((len(names), len(names)))
    sources = pd.Index(names).get_indexer(pd.Index(half["source"]))
    called[operation[sources >= 0], sources[sources >= 0]] = 1
    np.fill_diagonal(called, 0)
    rank = _walk(covers, called, preference(covers, anomalous=anomalous))
    return dict(zip(map(str, names), rank.tolist(), strict=True))


def preference(covers: Matrix, *, anomalous: bool) -> Matrix:
    """Return how much each trace tells: a rare kind of trace, or one with few operations, more.

    Parameters
    ----------
    covers
        Operations by traces, 1 where a trace contains an operation.
    anomalous
        Whether the traces are anomalous; only then does it count how many operations they have.
    """
    _, kind, sizes = np.unique(covers, axis=1, return_inverse=True, return_counts=True)
    rare = 1 / sizes[kind.ravel()]
    rare = rare / rare.sum()
    if not anomalous:
        return np.asarray(rare)
    short = 1 / covers.sum(axis=0)
    return np.asarray(RANDOM_JUMP * short / short.sum() + (1 - RANDOM_JUMP) * rare)


def _walk(covers: Matrix, called: Matrix, jump: Matrix) -> Matrix:
    """Return the PageRank of operations."""
    to_operations, to_traces = _shares(covers), _shares(covers.T)
    between = _shares(called)
    operations, traces = np.ones(len(covers)), np.ones(covers.shape[1])
    for _ in range(_ITERATIONS):
        operations, traces = (
            DAMPING * (to_operations @ traces + OPERATION_WEIGHT * between @ operations),
            DAMPING * to_traces @ operations + (1 - DAMPING) * jump,
        )
        operations, traces = operations / operations.max(), traces / traces.max()
    return np.asarray(operations)


def _shares(matrix: Matrix) -> Matrix:
    return np.asarray(matrix / np.maximum(matrix.sum(axis=0, keepdims=True), 1))
