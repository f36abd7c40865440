"""Whether nodes work longer, and whether requests wait longer for them."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from tracing_lab.stats.quantiles import Sample
from tracing_lab.stats.significance import detectable_shift, rank_test, share_rise_test

from .model import EDGE, NODE, OWN_TIME, WAIT, Evidence, edge_name
from .observations import RequestWindow

_LEVELS: Final = np.linspace(0.05, 0.95, 19)
"""Quantiles whose mean shift is the change, so that a few extreme values do not make it."""

_FEWEST: Final = 5
"""Traces that a time takes on either side to be compared."""

_MORE_COLD_P: Final = 0.35
"""So that a single one in forty traces counts, where none of eighty had one."""

_NOTABLE: Final = 0.02
"""Share of the sum of all from which a time says how busy the machine is."""


class _Pair(NamedTuple):
    """A time in both windows, one value per trace."""

    good: Sample
    bad: Sample

    @property
    def shift_s(self) -> float:
        """Return by how much the quantiles are later on average."""
        return float(np.mean(np.quantile(self.bad, _LEVELS) - np.quantile(self.good, _LEVELS)))


def work(good: RequestWindow, bad: RequestWindow, *, alpha: float) -> Iterator[Evidence]:
    """Yield for each node whether it works longer than all do.

    Parameters
    ----------
    good, bad
        The two windows.
    alpha
        Of each test.
    """
    samples = (_samples(window, "own_s", ["node"]) for window in (good, bad))
    pairs = {(NODE, key[0], OWN_TIME): pair for key, pair in _pairs(*samples).items()}
    yield from _rises(pairs, _work_s(good), alpha=alpha)


def waits(good: RequestWindow, bad: RequestWindow, *, alpha: float) -> Iterator[Evidence]:
    """Yield for each edge whether requests wait longer until somebody works on them.

    After cold starts a backlog remains for a while, wherever environments were starting, so that
    nothing is compared if the bad window has more of them.

    Parameters
    ----------
    good, bad
        The two windows.
    alpha
        Of each test.
    """
    cold = [int(window.requests.groupby("trace")["cold"].any().sum()) for window in (good, bad)]
    if share_rise_test(cold[0], good.traces, cold[1], bad.traces) < _MORE_COLD_P:
        return
    samples = (_samples(window, "wait_s", ["source", "node"]) for window in (good, bad))
    pairs = {(EDGE, edge_name(*key), WAIT): pair for key, pair in _pairs(*samples).items()}
    yield from _rises(pairs, _work_s(good), alpha=alpha)


def _rises(
    pairs: Mapping[tuple[str, str, str], _Pair], typical_s: float, *, alpha: float
) -> Iterator[Evidence]:
    shared_s = _shared_s([*pairs.values()])
    for (kind, name, test), (before, after) in pairs.items():
        own = _Pair(before, after - shared_s)
        added_s = max(own.shift_s, 0.0)
        yield Evidence(
            kind=kind,
            name=name,
            test=test,
            good=float(np.median(before)),
            bad=float(np.median(after)),
            change=own.shift_s,
            impact=added_s / (added_s + typical_s) if added_s else 0.0,
            p=_longer_p(own),
            detectable=detectable_shift(*own, alpha=alpha),
        )


def _samples(window: RequestWindow, column: str, keys: list[str]) -> dict[tuple[str, ...], Sample]:
    """Return a time by node or edge: the mean per trace, of warm and successful requests."""
    requests = window.requests
    known = requests[requests["ok"] & ~requests["cold"] & requests[column].notna()]
    means = known.groupby([*keys, "trace"])[column].mean()
    groups: dict[Any, pd.Series[float]] = dict(iter(means.groupby(level=keys)))
    return {
        key if isinstance(key, tuple) else (key,): np.asarray(values, dtype=np.float64)
        for key, values in groups.items()
    }


def _pairs(
    good: dict[tuple[str, ...], Sample], bad: dict[tuple[str, ...], Sample]
) -> dict[tuple[str, ...], _Pair]:
    pairs = {key: _Pair(good[key], bad[key]) for key in good if key in bad}
    return {key: pair for key, pair in pairs.items() if min(map(len, pair)) >= _FEWEST}


def _shared_s(pairs: list[_Pair]) -> float:
    """Return by how much everything takes longer, as on a busy machine: the lower median."""
    whole_s = sum(float(np.median(pair.good)) for pair in pairs)
    notable = (pair for pair in pairs if np.median(pair.good) >= _NOTABLE * whole_s)
    shifts = sorted(pair.shift_s for pair in notable)
    # what is alone has nothing in common with others
    return max(shifts[(len(shifts) - 1) // 2], 0.0) if len(shifts) > 1 else 0.0


def _work_s(window: RequestWindow) -> float:
    """Return how long all nodes together work for a trace, typically."""
    known = window.requests[window.requests["ok"] & ~window.requests["cold"]]
    return float(known.groupby("trace")["own_s"].sum().median()) if len(known) else math.nan


def _longer_p(pair: _Pair) -> float:
    """Return the p-value of a rise of the whole sample, or of its upper half.

    A service that is slow now and then has the same median as before. Of the values beyond the
    median of both windows, those of the bad one are larger then.
    """
    middle = float(np.median(np.concatenate(pair)))
    upper = _Pair(*(values[values >= middle] for values in pair))
    return min(1.0, 2 * min(_rise_p(pair), _rise_p(upper)))


def _rise_p(pair: _Pair) -> float:
    effect, p = rank_test(*pair)
    if math.isnan(p):
        return 1.0
    return p / 2 if effect > 1 / 2 else 1 - p / 2
