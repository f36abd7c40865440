"""Apply changes to traces."""

from dataclasses import replace

import numpy as np

from tracing_lab.spans.tree import Rows

from .case import Case
from .changes import Change, Delayed, InParallel, Replaced, Retried, Scaled
from .in_parallel import in_parallel
from .latency import drawn_s
from .retiming import Seconds
from .work import work_of


def is_random(change: Change) -> bool:
    """Return whether a change is another one each time.

    Parameters
    ----------
    change
        The change.
    """
    if isinstance(change, Delayed):
        return change.latency is not None
    return isinstance(change, Replaced | Retried)


def changed(change: Change, case: Case, rng: np.random.Generator) -> Case:
    """Return traces with a change; retry policies are noted, for `with_retries`.

    Parameters
    ----------
    change
        The change.
    case
        The traces.
    rng
        Source of randomness.

    Raises
    ------
    TraceDataError
        If nothing in the traces can change so.
    """
    if isinstance(change, Scaled):
        return _scaled(change, case)
    if isinstance(change, Delayed):
        return _delayed(change, case, rng)
    if isinstance(change, Replaced):
        return _replaced(change, case, rng)
    if isinstance(change, InParallel):
        return in_parallel(case, change)
    return replace(case, retries=(*case.retries, change))


def _scaled(change: Scaled, case: Case) -> Case:
    work = work_of(case.spans, case.happened, change.service, change.operation)
    return _with_lags(case, work.event, change.factor * _lags(case, work.event))


def _delayed(change: Delayed, case: Case, rng: np.random.Generator) -> Case:
    work = work_of(case.spans, case.happened, change.service, change.operation)
    event = _longest(work.event, work.request, _lags(case, work.event).mean(axis=1))
    shape = (len(event), case.cases)
    added_s = (
        np.full(shape, change.added_ms / 1000)
        if change.latency is None
        else drawn_s(change.latency, shape, rng)
    )
    return _with_lags(case, event, np.maximum(_lags(case, event) + added_s, 0.0))


def _replaced(change: Replaced, case: Case, rng: np.random.Generator) -> Case:
    work = work_of(case.spans, case.happened, change.service, change.operation)
    lags = _lags(case, work.event)
    requests, number = np.unique(work.request, return_inverse=True)
    total = np.zeros((len(requests), case.cases))
    np.add.at(total, number, lags)
    share = np.divide(lags, total[number], out=np.zeros_like(lags), where=total[number] > 0)
    drawn = drawn_s(change.latency, total.shape, rng)
    longest = np.isin(work.event, _longest(work.event, work.request, lags.mean(axis=1)))
    share[longest] = np.where(total[number[longest]] > 0, share[longest], 1.0)
    return _with_lags(case, work.event, share * drawn[number])


def _lags(case: Case, event: Rows) -> Seconds:
    """Return lags; where clocks differ, some are below zero."""
    lags: Seconds = np.maximum(case.lag_s[event], 0.0)
    return lags


def _with_lags(case: Case, event: Rows, lag_s: Seconds) -> Case:
    """Return traces with lags in place of theirs; what is below zero stays below by as much."""
    lags = case.lag_s.copy()
    lags[event] = lag_s + np.minimum(case.lag_s[event], 0.0)
    return replace(case, lag_s=lags)


def _longest(event: Rows, request: Rows, lag_s: Seconds) -> Rows:
    """Return the event with the longest lag of each request, of several the first."""
    order = np.lexsort((-lag_s, request))
    _, first = np.unique(request[order], return_index=True)
    return event[order[first]]
