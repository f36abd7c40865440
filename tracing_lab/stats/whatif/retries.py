"""Events that a function fails to process, tried again more often or less.

How long further attempts take follows from all other changes, so that policies come last, and those
of functions that others start before those of the others.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from tracing_lab.errors import TraceDataError
from tracing_lab.spans.tree import NO_ROW, Flags, Rows, levels
from tracing_lab.xray_model.documents import SEGMENT, SUBSEGMENT
from tracing_lab.xray_model.lambda_segments import ATTEMPT_PREFIX, SERVICE as LAMBDA

from .case import Case, Tail, times_of
from .changes import Retried
from .retiming import Seconds
from .work import service_named

LAMBDA_WAITS_S: Final = (60.0, 120.0)
"""https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html"""


class _Attempts(NamedTuple):
    """Rows of attempts, which of an event each is, whether it failed, and its event's row."""

    row: Rows
    number: Rows
    failed: Flags
    event: Rows


def with_retries(case: Case, rng: np.random.Generator) -> Case:
    """Return traces with their retry policies, after all other changes.

    Parameters
    ----------
    case
        The traces.
    rng
        Source of randomness.

    Raises
    ------
    TraceDataError
        If a service processes no events, or nothing says what further attempts would do.
    """
    wanted = [(change, _attempts(case, service)) for service, change in _policies(case).items()]
    depth = case.spans["depth"].to_numpy()
    for change, attempts in sorted(wanted, key=lambda each: -depth[each[1].row].max()):
        case = _retried(case, change, attempts, rng)
    return replace(case, retries=())


def _policies(case: Case) -> dict[str, Retried]:
    """Return the policy of each service; of several the last, with what the others state alone."""
    found: dict[str, Retried] = {}
    for change in case.retries:
        service = service_named(case.spans, change.service)
        before = found.get(service, change)
        waits_s = before.waits_s if change.waits_s is None else change.waits_s
        success = before.success if change.success is None else change.success
        found[service] = replace(change, waits_s=waits_s, success=success)
    return found


def _retried(case: Case, change: Retried, attempts: _Attempts, rng: np.random.Generator) -> Case:
    lag_s, again = case.lag_s.copy(), attempts.row[attempts.number > 1]
    if change.waits_s is not None:
        number = attempts.number[attempts.number > 1]
        lag_s[again] = _waits(change.waits_s, number)[:, np.newaxis]
    waits_s = change.waits_s or _waits_seen(case, attempts)
    more = _more(replace(case, lag_s=lag_s), change, attempts, waits_s, rng)
    dead = case.dead.copy()
    dead[attempts.row[attempts.number > change.attempts]] = True
    for level in [*levels(case.happened.parents)][1:]:
        dead[level] |= dead[case.happened.parents[level]]
    return replace(case, lag_s=lag_s, dead=dead, tails=(*case.tails, *more))


def _attempts(case: Case, service: str) -> _Attempts:
    spans, parents = case.spans, case.happened.parents
    name = service_named(spans, service)
    mask = (spans["service"] == name) & (spans["kind"] == SUBSEGMENT)
    mask &= spans["name"].str.startswith(ATTEMPT_PREFIX)
    row: Rows = np.flatnonzero(mask.to_numpy(dtype=bool) & (parents != NO_ROW))
    row = row[(spans["origin"].iloc[parents[row]] == LAMBDA).to_numpy(dtype=bool)]
    if not row.size:
        msg = (
            f"The traces show no attempts of {name!r}: Lambda does not call it with events, so "
            "that it has no retry policy of its own."
        )
        raise TraceDataError(msg)
    names = spans["name"].iloc[row].astype(str)
    number = np.asarray(names.str.removeprefix(ATTEMPT_PREFIX), dtype=np.int64)
    failed = spans[["error", "fault", "throttle"]].iloc[row].any(axis=1).to_numpy(dtype=bool)
    return _Attempts(row, number, failed, parents[row])


def _waits(waits_s: Sequence[float], number: Rows) -> Seconds:
    """Return the waits before attempts with these numbers."""
    waits = np.asarray(waits_s, dtype=np.float64)
    wait_s: Seconds = waits[np.minimum(number - 2, len(waits) - 1)]
    return wait_s


def _waits_seen(case: Case, attempts: _Attempts) -> tuple[float, ...]:
    """Return the usual wait before each further attempt; of those that were none, Lambda's."""
    waits = []
    for number in range(2, 2 + len(LAMBDA_WAITS_S)):
        lags = case.lag_s[attempts.row[attempts.number == number]]
        waits.append(float(np.median(lags)) if lags.size else LAMBDA_WAITS_S[number - 2])
    return tuple(waits)


def _more(
    case: Case,
    change: Retried,
    attempts: _Attempts,
    waits_s: Sequence[float],
    rng: np.random.Generator,
) -> tuple[Tail, ...]:
    """Return what comes after events that were given up and would now be tried again."""
    order = np.lexsort((attempts.number, attempts.event))
    last = order[np.append(np.diff(attempts.event[order]) != 0, True)]
    last = last[attempts.failed[last] & (attempts.number[last] < change.attempts)]
    if not last.size:
        return ()
    success = _success(change, attempts)
    taken_s = _lengths(case, attempts.row)
    failing, working = taken_s[attempts.failed], taken_s[~attempts.failed]
    if success > 0 and not working.size:
        msg = f"No attempt of {change.service!r} succeeds in these traces; use success=0."
        raise TraceDataError(msg)
    shape = (len(last), case.cases)
    length_s, runs = np.zeros(shape), np.ones(shape, dtype=bool)
    for number in range(2, change.attempts + 1):
        tries = runs & (attempts.number[last] < number)[:, np.newaxis]
        succeeds = rng.random(shape) < success
        then = np.where(succeeds, _drawn(working, shape, rng), _drawn(failing, shape, rng))
        length_s += np.where(tries, _waits(waits_s, np.array([number])) + then, 0.0)
        runs &= ~(tries & succeeds)
    return (Tail(attempts.row[last] + len(case.spans), length_s),)


def _success(change: Retried, attempts: _Attempts) -> float:
    again = attempts.failed[attempts.number > 1]
    if change.success is not None:
        return change.success
    if again.size:
        return float(1 - again.mean())
    msg = (
        f"No event of {change.service!r} was tried again in these traces, so that they do not say "
        "whether further attempts succeed; state their share with success=."
    )
    raise TraceDataError(msg)


def _lengths(case: Case, rows: Rows) -> Seconds:
    """Return how long it takes from attempts to the end of all that they start, by row and case."""
    happened, count = case.happened, len(case.spans)
    time_s = times_of(case)
    is_segment = (case.spans["kind"] == SEGMENT).to_numpy(dtype=bool) & ~case.dead
    last = np.where(is_segment[:, np.newaxis], time_s[count:], -np.inf)
    for tail in case.lasting_tails:
        np.maximum.at(last, tail.event % count, time_s[tail.event] + tail.length_s)
    for level in [*levels(happened.parents)][:0:-1]:
        np.maximum.at(last, happened.parents[level], last[level])
    ends = np.maximum(last[rows], time_s[rows + count])
    return np.asarray(ends - time_s[rows], dtype=np.float64)


def _drawn(lengths_s: Seconds, shape: tuple[int, int], rng: np.random.Generator) -> Seconds:
    """Return lengths of any of the attempts, each from its own case."""
    if not lengths_s.size:
        return np.zeros(shape)
    drawn: Seconds = lengths_s[rng.integers(len(lengths_s), size=shape), np.arange(shape[1])]
    return drawn
