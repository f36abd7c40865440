"""Percentile curves: response time of each service against the percentile."""

from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from .groups import (
    curve_look,
    draw_curve_legend,
    largest_groups,
    new_curve_axes,
    title_of_groups,
)
from .scales import SHORTEST_S, thinned, time_axis
from .style import dress, style

_TAIL: Final = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999)


def plot_percentiles(spans: pd.DataFrame, *, dark: bool = False, ax: Axes | None = None) -> Axes:
    """Draw the response time of each service against the percentile.

    The axis of percentiles stretches towards 100%, because that is where customers notice. A curve
    ends where the data do: a hundred requests have no 99.9th percentile. Of more than eight
    services, the most frequent are drawn.

    Parameters
    ----------
    spans
        A span frame.
    dark
        Draw on dark paper.
    ax
        Where to draw; a new figure by default.

    Returns
    -------
    ax
        The axes.
    """
    groups, count = largest_groups(spans)
    with style(dark=dark) as colours:
        ax = ax or new_curve_axes(groups)
        dress(ax, colours)
        time_axis(ax, np.concatenate([[], *(group.seconds for group in groups)]), which="y")
        for number, group in enumerate(groups):
            rows = thinned(len(group.seconds))
            rest = 1 - rows / len(group.seconds)  # share of requests at least as slow
            times = np.maximum(group.seconds[rows], SHORTEST_S)
            look = curve_look(number, colours)
            mark = "o" if len(times) == 1 else ""  # a single point has no line
            ax.plot(1 / rest, times, drawstyle="steps-post", label=group.name, marker=mark, **look)
        _percentile_axis(ax, max((len(group.seconds) for group in groups), default=1))
        ax.set_ylabel("response time")
        ax.set_title(title_of_groups("Latency percentiles", len(groups), count))
        draw_curve_legend(ax, groups, colours)
    return ax


def _percentile_axis(ax: Axes, longest: int) -> None:
    """Scale the axis of percentiles to as many requests as the largest service had."""
    ax.set_xscale("log")
    ax.set_xlim(1, longest * 1.05)
    shown = [q for q in _TAIL if 1 / (1 - q) <= longest * 1.05]
    labels = [f"{q:.2%}".rstrip("0%").rstrip(".") + "%" for q in shown]
    ax.set_xticks([1 / (1 - q) for q in shown], labels)
    ax.set_xticks([], minor=True)
    ax.grid(visible=True, axis="x")
    ax.set_xlabel("percentile of requests")
