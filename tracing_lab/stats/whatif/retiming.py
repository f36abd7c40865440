"""When everything happens if lags are others."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tracing_lab.spans.tree import Rows, ranges

from .happening import Happening

Seconds = npt.NDArray[np.float64]


class Wave(NamedTuple):
    """Events that can be computed at once, and of each the events before it, one after the other.

    ``first`` is where those of each event begin.
    """

    event: Rows
    before: Rows
    first: Rows


def waves_of(happened: Happening) -> tuple[Wave, ...]:
    """Return the order in which the times of events can be computed.

    Events that wait for themselves, because clocks differ, are in no wave.

    Parameters
    ----------
    happened
        The events.
    """
    count = len(happened.time_s)
    begin, waits, before = _grouped(happened.after, happened.before, count)
    follow_begin, follow, followers = _grouped(happened.before, happened.after, count)
    left, waves = waits.copy(), []
    ready = np.flatnonzero(left == 0)
    while ready.size:
        needed = waits[ready]
        waves.append(Wave(ready, before[ranges(begin[ready], needed)], np.cumsum(needed) - needed))
        released = followers[ranges(follow_begin[ready], follow[ready])]
        np.subtract.at(left, released, 1)
        ready = np.unique(released[left[released] == 0])
    return tuple(waves)


def lags_of(happened: Happening, waves: tuple[Wave, ...]) -> Seconds:
    """Return how long after the latest of the events before it each event was, in seconds.

    Of events that waited for none, it is their time; of those in no wave, NaN.

    Parameters
    ----------
    happened
        The events.
    waves
        Their order.
    """
    lag_s = np.full(len(happened.time_s), np.nan)
    for wave in waves:
        lag_s[wave.event] = happened.time_s[wave.event]
        if wave.before.size:
            lag_s[wave.event] -= np.maximum.reduceat(happened.time_s[wave.before], wave.first)
    return lag_s


def _grouped(keys: Rows, values: Rows, count: int) -> tuple[Rows, Rows, Rows]:
    """Return where the values of each key begin, how many they are, and all values by key."""
    counts = np.bincount(keys, minlength=count)
    return np.cumsum(counts) - counts, counts, values[np.argsort(keys, kind="stable")]


def times_with(waves: tuple[Wave, ...], lag_s: Seconds) -> Seconds:
    """Return when events are.

    Parameters
    ----------
    waves
        As `waves_of` returns them.
    lag_s
        A row per event, a column per case.

    Returns
    -------
    time_s
        In the same shape; NaN for events in no wave.
    """
    time_s = np.full(lag_s.shape, np.nan)
    for wave in waves:
        time_s[wave.event] = lag_s[wave.event]
        if wave.before.size:
            time_s[wave.event] += np.maximum.reduceat(time_s[wave.before], wave.first, axis=0)
    return time_s
