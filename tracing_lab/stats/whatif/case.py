"""Traces as they would have been: lags, and what there is no longer or is more."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tracing_lab.spans.entries import entry_rows
from tracing_lab.spans.frames import nanoseconds
from tracing_lab.spans.tree import Flags, Rows
from tracing_lab.xray_model.documents import SEGMENT

from .changes import Retried
from .happening import Happening, happening
from .retiming import Seconds, lags_of, times_with, waves_of


@dataclass(frozen=True)
class Tail:
    """What is added to traces after an event.

    Parameters
    ----------
    event
        The event.
    length_s
        Of each how much later the trace ends; a column per case.
    """

    event: Rows
    length_s: Seconds


@dataclass(frozen=True)
class Case:
    """Traces with lags, as recorded or with changes.

    Parameters
    ----------
    spans
        A span frame in which all spans have ended.
    happened
        Its events.
    lag_s
        A row per event; a column per case, of which only one is needed without randomness.
    dead
        Which spans there are no longer.
    tails
        What is added.
    retries
        Retry policies that are still to be applied: what they add depends on all other changes.
    """

    spans: pd.DataFrame
    happened: Happening
    lag_s: Seconds
    dead: Flags
    tails: tuple[Tail, ...] = ()
    retries: tuple[Retried, ...] = ()

    @property
    def cases(self) -> int:
        """How many columns there are."""
        return int(self.lag_s.shape[1])

    @property
    def lasting_tails(self) -> Iterator[Tail]:
        """What is added to spans that there still are."""
        for tail in self.tails:
            lasts = ~self.dead[tail.event % len(self.spans)]
            yield Tail(tail.event[lasts], tail.length_s[lasts])


def case_of(spans: pd.DataFrame, *, cases: int) -> Case:
    """Return traces as they were recorded.

    Parameters
    ----------
    spans
        A span frame in which all spans have ended.
    cases
        How many columns lags get.
    """
    happened = happening(spans)
    lag_s = lags_of(happened, waves_of(happened))
    columns = np.repeat(lag_s[:, np.newaxis], cases, axis=1)
    return Case(spans, happened, columns, np.zeros(len(spans), dtype=bool))


def times_of(case: Case) -> Seconds:
    """Return when each event is, by row and case; as recorded where clocks contradict each other.

    Parameters
    ----------
    case
        The traces.
    """
    time_s = times_with(waves_of(case.happened), case.lag_s)
    return np.where(np.isnan(time_s), case.happened.time_s[:, np.newaxis], time_s)


@dataclass(frozen=True)
class Durations:
    """How long each trace took, a row per trace and a column per case.

    Parameters
    ----------
    request_s
        Until the response.
    chain_s
        Until the end of its last segment.
    """

    request_s: Seconds
    chain_s: Seconds


def durations_of(case: Case) -> Durations:
    """Return how long each trace takes.

    Parameters
    ----------
    case
        The traces.
    """
    spans, count = case.spans, len(case.spans)
    time_s = times_with(waves_of(case.happened), case.lag_s)
    trace = case.happened.trace
    known, number = np.unique(trace, return_inverse=True)
    entries = entry_rows(spans)
    entries = entries[np.argsort(nanoseconds(spans["start"].iloc[entries]), kind="stable")]
    _, first = np.unique(trace[entries], return_index=True)
    root = entries[first]
    begin = np.full((len(known), case.cases), np.inf)
    finish = np.full((len(known), case.cases), -np.inf)
    segments = np.flatnonzero((spans["kind"] == SEGMENT).to_numpy(dtype=bool) & ~case.dead)
    np.minimum.at(begin, number[segments], time_s[segments])
    np.maximum.at(finish, number[segments], time_s[segments + count])
    for tail in case.lasting_tails:
        ends = time_s[tail.event] + tail.length_s
        np.maximum.at(finish, number[tail.event % count], ends)
    has_root = np.isin(known, trace[root])
    request = np.full((len(known), case.cases), np.nan)
    request[has_root] = time_s[root + count] - time_s[root]
    return Durations(request, finish - begin)
