"""Whether a cause's own trouble goes with what was removed: paired blocks of orders.

Orders are sent in pairs of blocks, one with the suspected cause in place and one without it, next
to each other in time and in turns (ABBA), so that a machine that becomes busier favors neither.
Each test asks twice. Of orders: whether one and the same order fares worse with the cause. Of
blocks: whether the means of their pairs differ by more than pairs differ among themselves, as they
do on a machine that is busy in bursts. The larger p-value counts, so that both have to say so.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence, Set as AbstractSet
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from tracing_lab.rca import model
from tracing_lab.stats.paired import mean_interval, mean_rise_test, signed_rank_rise_test
from tracing_lab.stats.quantiles import Sample, known, quantile
from tracing_lab.stats.significance import share_rise_test, stepped_down

OWN_TIME: Final = "own time"
SLOW: Final = "slowest tenth"
WAIT: Final = "wait"
FAILURES: Final = "failures"
THROTTLES: Final = "throttles"
MISSING: Final = "events missing"
END_TIME: Final = "time until then"
END_FAILURES: Final = "failed or missing"

TIMES: Final = frozenset({OWN_TIME, WAIT, END_TIME})
"""What is in seconds, with medians; everything else is a share of orders."""

JUDGED_COLUMNS: Final = ("with_cause", "without", "change", "low", "high", "p")

LOOKS: Final = {4: 0.5, 8: 0.5}
"""After how many pairs of blocks it is decided, with which part of the false positives allowed.

The parts add up to one, so that looking several times does not add false positives.
"""

PAIRS: Final = max(LOOKS)

OF_EVIDENCE: Final = {
    model.OWN_TIME: frozenset({OWN_TIME, SLOW}),
    model.WAIT: frozenset({WAIT}),
    model.FAILURES: frozenset({FAILURES}),
    model.THROTTLES: frozenset({THROTTLES}),
    model.LOST: frozenset({MISSING}),
}
"""What tests of root-cause analysis look at, among the tests here."""

_HOPELESS: Final = 0.5
"""Corrected p-value beyond which more orders would hardly help."""

_KEYS: Final = ["pair", "number"]
_SLOW_FROM: Final = 0.9
_MEDIAN: Final = 0.5


class _Arms(NamedTuple):
    """A measure of the same orders with the cause in place and without it, and their pairs."""

    bad: Sample
    good: Sample
    pair: npt.NDArray[np.int64]

    def scored(self, score: Callable[[Sample], Sample]) -> "_Arms":
        """Return scores of all values together, in place of values."""
        both = score(np.concatenate([self.bad, self.good]))
        return _Arms(both[: len(self.bad)], both[len(self.bad) :], self.pair)

    def by_pair(self, average: Callable[[Sample], float]) -> Sample:
        """Return by how much the average of a block is higher with the cause, for each pair."""
        rows = (self.pair == number for number in np.unique(self.pair))
        return np.array([_rise(self.bad[at], self.good[at], average) for at in rows])


class _Measure(NamedTuple):
    """A test, the column that it looks at, and how values are scored and orders compared."""

    what: str
    column: str
    score: Callable[[Sample], Sample]
    of_orders: Callable[[_Arms, _Arms], float]


def judged(
    orders: Mapping[str, pd.DataFrame],
    *,
    pairs: int,
    alpha: float,
    what: Mapping[str, AbstractSet[str]] | None = None,
) -> pd.DataFrame:
    """Return which of the causes' own measures are worse while the causes are in place.

    Parameters
    ----------
    orders
        Cause to its orders: ``pair`` and ``number``, which tell the same order of both blocks of a
        pair; ``in_place`` (whether the cause was); and what `tracing_lab.experiments.measures`
        measures. NaN where there is nothing to measure.
    pairs
        After which of `LOOKS` this is.
    alpha
        Share of experiments that may confirm a wrong cause, of all looks together.
    what
        Cause to the tests that it was named for, so that others need no correction; without it, all
        tests count.

    Returns
    -------
    tests
        One row per cause and test that has something to test: ``cause``, ``what``; ``with_cause``
        and ``without`` (medians in seconds, or shares), ``change`` with its interval from ``low``
        to ``high`` (Student's, of pairs of blocks); ``p`` (one-sided), ``q`` (corrected for the
        number of rows, by Holm's procedure) and ``gone``: whether it goes with the cause.
    """
    chosen = what or {}
    rows = [
        (cause, name, *row)
        for cause, table in orders.items()
        for name, row in _tests(table, alpha=alpha)
        if name in chosen.get(cause, {name})
    ]
    table = pd.DataFrame(rows, columns=["cause", "what", *JUDGED_COLUMNS])
    q = stepped_down(table["p"].to_numpy(dtype=np.float64))
    return table.assign(q=q, gone=q <= alpha * LOOKS[pairs])


def is_decided(tests: pd.DataFrame, causes: Sequence[str], *, pairs: int) -> bool:
    """Return whether more orders would change nothing, most likely.

    Parameters
    ----------
    tests
        As `judged` returns them.
    causes
        The causes that were removed.
    pairs
        After how many pairs.
    """
    best = tests.groupby("cause")["q"].min().reindex([*causes], fill_value=1.0)
    return pairs >= PAIRS or proven(tests, causes) or bool((best > _HOPELESS).any())


def proven(tests: pd.DataFrame, causes: Sequence[str]) -> bool:
    """Return whether something of every cause goes with it.

    Parameters
    ----------
    tests
        As `judged` returns them.
    causes
        The causes that were removed.
    """
    return {*causes} <= {*tests["cause"][tests["gone"]]}


def at_the_end(orders: pd.DataFrame, *, confidence: float) -> pd.DataFrame:
    """Return what the removal changes at the end of the path.

    Parameters
    ----------
    orders
        As `judged` takes them.
    confidence
        Of the intervals.

    Returns
    -------
    effects
        Rows ``what`` with `JUDGED_COLUMNS`: `END_TIME`, and `END_FAILURES` if there are any.
    """
    rows = [(what, *row) for what, row in _tests(orders, alpha=1 - confidence, measures=_ENDS)]
    return pd.DataFrame(rows, columns=["what", *JUDGED_COLUMNS])


def _tests(
    table: pd.DataFrame, *, alpha: float, measures: Sequence[_Measure] | None = None
) -> Iterator[tuple[str, tuple[float, ...]]]:
    states = [table[table["in_place"] == state].set_index(_KEYS) for state in (True, False)]
    orders = states[0].index.union(states[1].index)
    bad, good = (state.reindex(orders) for state in states)
    pair = orders.get_level_values("pair").to_numpy(dtype=np.int64)
    for measure in measures or _OWN:
        values = [state[measure.column].to_numpy(dtype=np.float64) for state in (bad, good)]
        arms = _Arms(values[0], values[1], pair)
        if _has_something(measure, arms):
            yield measure.what, _tested(measure, arms, alpha=alpha)


def _has_something(measure: _Measure, arms: _Arms) -> bool:
    """Return whether there is anything to test, so that others are corrected for it."""
    if not (len(known(arms.bad)) and len(known(arms.good))):
        return False
    return measure.what in {*TIMES, SLOW} or bool(np.nansum(arms.bad) + np.nansum(arms.good))


def _tested(measure: _Measure, arms: _Arms, *, alpha: float) -> tuple[float, ...]:
    scored = arms.scored(measure.score)
    p = max(measure.of_orders(arms, scored), mean_rise_test(scored.by_pair(_mean)))
    shown, average = (arms, _median) if measure.what in TIMES else (scored, _mean)
    rises = known(shown.by_pair(average))
    low, high = mean_interval(rises, confidence=1 - alpha)
    change = float(rises.mean()) if len(rises) else math.nan
    return average(known(shown.bad)), average(known(shown.good)), change, low, high, p


def _rise(bad: Sample, good: Sample, average: Callable[[Sample], float]) -> float:
    values = known(bad), known(good)
    return average(values[0]) - average(values[1]) if all(map(len, values)) else math.nan


def _ranks(values: Sample) -> Sample:
    """Return ranks from 0 to 1, ties in the middle; NaN stays."""
    return np.asarray(pd.Series(values).rank(pct=True), dtype=np.float64)


def _slowest(values: Sample) -> Sample:
    """Return which values are in the slowest tenth of all; NaN stays."""
    limit = quantile(values, _SLOW_FROM)
    return np.asarray(np.where(np.isnan(values), math.nan, values > limit), dtype=np.float64)


def _same(values: Sample) -> Sample:
    return values


def _ranked_orders(arms: _Arms, _scored: _Arms) -> float:
    return signed_rank_rise_test(arms.bad - arms.good)


def _counted_orders(_arms: _Arms, scored: _Arms) -> float:
    good, bad = known(scored.good), known(scored.bad)
    return share_rise_test(int(good.sum()), len(good), int(bad.sum()), len(bad))


def _mean(values: Sample) -> float:
    return float(np.mean(values))


def _median(values: Sample) -> float:
    return quantile(values, _MEDIAN)


_OWN: Final = (
    _Measure(OWN_TIME, "own_s", _ranks, _ranked_orders),
    _Measure(SLOW, "own_s", _slowest, _counted_orders),
    _Measure(WAIT, "wait_s", _ranks, _ranked_orders),
    _Measure(FAILURES, "failed", _same, _counted_orders),
    _Measure(THROTTLES, "throttled", _same, _counted_orders),
    _Measure(MISSING, "missing", _same, _counted_orders),
)
_ENDS: Final = (
    _Measure(END_TIME, "end_s", _ranks, _ranked_orders),
    _Measure(END_FAILURES, "end_failed", _same, _counted_orders),
)
