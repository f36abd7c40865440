"""Axes of durations, with units in their labels."""

import math
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, NullLocator

from .labels import duration
from .style import size_in

SHORTEST_S: Final = 1e-6
"""X-Ray's resolution; what took less is drawn as this much."""

_MILLISECOND_S: Final = 1e-3
_FEWEST_BINS: Final = 10
_LOG_FROM: Final = 15  # ratio of longest to shortest from which an axis is logarithmic
_MOST_TICKS: Final = 9
_TICK_IN: Final = 0.55  # what one tick's label needs of the axis
_AIR: Final = 0.04
_MOST_POINTS: Final = 2000  # of a curve; a figure has no more pixels


def time_axis(
    ax: Axes,
    seconds: npt.NDArray[np.float64],
    *,
    which: Literal["x", "y"] = "x",
    beside: float = 0.0,
) -> None:
    """Scale an axis to durations: logarithmic if they span more than a decade or so.

    Parameters
    ----------
    ax
        The axes.
    seconds
        All durations to be shown.
    which
        ``x`` or ``y``.
    beside
        Fraction of the axis to leave free at its far end.
    """
    known = np.maximum(seconds[~np.isnan(seconds)], SHORTEST_S)
    low, high = (float(known.min()), float(known.max())) if known.size else (1e-3, 1e-1)
    is_log = is_log_scale(known)
    low, high = (math.log10(low), math.log10(high)) if is_log else (0.0, high)
    span = max(high - low, 1e-6) / (1 - 2 * _AIR - beside)
    limits = (low - (_AIR * span if is_log else 0), low + (1 - _AIR) * span)
    length_in = size_in(ax)[0 if which == "x" else 1] * (1 - beside)
    most = min(max(int(length_in / _TICK_IN), 2), _MOST_TICKS)
    ticks = log_ticks(low, high, most) if is_log else _even_ticks(high, most)
    axis = ax.xaxis if which == "x" else ax.yaxis
    (ax.set_xscale if which == "x" else ax.set_yscale)("log" if is_log else "linear")
    (ax.set_xlim if which == "x" else ax.set_ylim)(*(10**at if is_log else at for at in limits))
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_minor_locator(NullLocator())
    axis.set_ticklabels([tick_label(tick) for tick in ticks])
    ax.grid(visible=True, axis=which)


def is_log_scale(seconds: npt.NDArray[np.float64]) -> bool:
    """Return whether an axis of durations is logarithmic: if they span more than a decade or so.

    Parameters
    ----------
    seconds
        Durations above zero.

    Examples
    --------
    >>> is_log_scale(np.array([0.01, 0.1])), is_log_scale(np.array([0.001, 0.1]))
    (False, True)
    """
    return not seconds.size or bool(seconds.max() / seconds.min() >= _LOG_FROM)


def unrounded(seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Spread durations in whole milliseconds evenly over the millisecond that each stands for.

    X-Ray rounds the times of summaries. Counted as they are, bins narrower than a few milliseconds
    would be full and empty by turns.

    Parameters
    ----------
    seconds
        Durations, without NaN.

    Returns
    -------
    seconds
        The durations spread, or as they are if they are not all in whole milliseconds.

    Examples
    --------
    >>> unrounded(np.array([0.004, 0.007, 0.004])).round(5).tolist()
    [0.00375, 0.007, 0.00425]
    >>> unrounded(np.array([0.0041, 0.004])).tolist()
    [0.0041, 0.004]
    """
    if not np.allclose(seconds, seconds.round(3), rtol=0, atol=1e-9):
        return seconds
    values = pd.Series(seconds.round(3))
    equal = values.groupby(values)
    share = (equal.cumcount() + 0.5) / equal.transform("size") - 0.5
    spread = np.asarray(values + share * _MILLISECOND_S, dtype=np.float64)
    return np.maximum(spread, SHORTEST_S)


def duration_edges(
    seconds: npt.NDArray[np.float64], most: int, *, is_log: bool
) -> npt.NDArray[np.float64]:
    """Return edges of bins for durations, evenly spaced on the axis that they are drawn on.

    Parameters
    ----------
    seconds
        Durations above zero, at least one.
    most
        How many bins at most; fewer if there are few durations.
    is_log
        Whether the axis is logarithmic.

    Returns
    -------
    edges
        Rising; all durations lie between the first and the last.

    Examples
    --------
    >>> duration_edges(np.array([0.001, 0.1]), 2, is_log=True).round(4).tolist()
    [0.001, 0.01, 0.1]
    """
    lengths = np.log10(seconds) if is_log else seconds
    low, quarter, three_quarters, high = np.quantile(lengths, [0, 0.25, 0.75, 1])
    width = 2 * (three_quarters - quarter) / lengths.size ** (1 / 3)  # Freedman and Diaconis
    count = min(math.ceil((high - low) / width), most) if width * most > high - low else most
    air = 0.0 if is_log else max(0.02 * high - (high - low), 0.0) / 2  # equal times are a bar, too
    fewest = min(_FEWEST_BINS, most, lengths.size)
    count = max(count, fewest) if high > low else 1
    edges = np.linspace(low - air, high + air, count + 1)
    edges = np.asarray(10**edges if is_log else edges, dtype=np.float64)
    edges[[0, -1]] = min(edges[0], seconds.min()), max(edges[-1], seconds.max())
    return edges


def thinned(count: int) -> npt.NDArray[np.int64]:
    """Return which of sorted values a curve is drawn through: all, or so many as can be seen.

    Parameters
    ----------
    count
        How many values there are.

    Returns
    -------
    rows
        Positions from 0 on, rising, with the first and the last; even ones, and ever closer
        together towards both ends, where a logarithmic axis shows single values.

    Examples
    --------
    >>> thinned(4).tolist(), len(thinned(1_000_000)) < 2_000
    ([0, 1, 2, 3], True)
    """
    if count <= _MOST_POINTS:
        return np.arange(count)
    even = np.linspace(0, count - 1, _MOST_POINTS // 2)
    near = np.geomspace(1, count, _MOST_POINTS // 4) - 1
    return np.unique(np.concatenate([even, near, count - 1 - near]).round()).astype(np.int64)


def tick_label(seconds: float) -> str:
    """Return the text of a tick, without the decimals that a round number does not need.

    Parameters
    ----------
    seconds
        The tick.

    Examples
    --------
    >>> [tick_label(seconds) for seconds in (0, 2e-6, 0.0005, 0.02, 5)]
    ['0 ms', '2 µs', '0.5 ms', '20 ms', '5 s']
    """
    if seconds < 1e-4:  # noqa: PLR2004 - too many zeros in milliseconds
        return f"{seconds * 1e6:g} µs" if seconds else "0 ms"
    if seconds < 1e-3:  # noqa: PLR2004 - a millisecond
        return f"{seconds * 1e3:g} ms"
    value, _, unit = duration(seconds).partition(" ")
    return f"{float(value):g} {unit}"


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Return the ticks of a logarithmic axis.

    Parameters
    ----------
    low, high
        Decimal logarithms of what is shown.
    most
        How many ticks at most, where decades are not more.

    Examples
    --------
    >>> log_ticks(-3, -2, 9)
    [0.001, 0.002, 0.005, 0.01]
    """
    for steps in ((1, 2, 5), (1, 3), (1,)):
        decades = range(math.floor(low) - 1, math.ceil(high) + 1)
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        ticks = [tick for tick in ticks if low - 0.02 <= math.log10(tick) <= high + 0.02]
        if len(ticks) <= most:
            break
    return ticks


def _even_ticks(high: float, most: int) -> list[float]:
    step = 10.0 ** math.floor(math.log10(high))
    step = next(step * part for part in (0.1, 0.2, 0.5, 1, 2, 5) if high / (step * part) <= most)
    return [step * number for number in range(int(high / step + 1e-9) + 1)]
