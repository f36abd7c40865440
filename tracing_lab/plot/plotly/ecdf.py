"""Distributions: which share of requests took at most how long."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgba

from tracing_lab.plot.colours import Colours
from tracing_lab.plot.ecdf import WIDEST_BAND, band_alpha, steps_of
from tracing_lab.plot.groups import GroupTimes, largest_groups, legend_name, title_of_groups

from .figures import colours_of, graph_objects, new_figure, text, time_axis

if TYPE_CHECKING:  # an optional extra
    from plotly.graph_objects import Figure

_ROWS_PX: Final = 380
_BELOW_PX: Final = 60
_LINE_PX: Final = 20  # of the legend
_COLUMNS: Final = 3
_DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "5px", "9px,3px")


def plot_ecdf(
    frame: pd.DataFrame, *, by: str | None = None, confidence: float = 0.95, dark: bool = False
) -> "Figure":
    """Draw which share of requests took at most how long, as `plot.plot_ecdf` does.

    Parameters
    ----------
    frame
        A span frame or a summary frame.
    by
        Column of a summary frame, with a curve for each of its values: ``entry_point`` by default,
        or for example an annotation.
    confidence
        Of each band.
    dark
        Draw on dark paper.

    Returns
    -------
    figure
        A plotly figure; its legend hides and shows groups.

    Raises
    ------
    ValueError
        If the summary frame has no column `by`, the frame is a span frame and there is a `by`, or
        `confidence` is not between 0 and 1.
    TraceDataError
        If the frame is neither a span frame nor a summary frame.
    MissingExtraError
        If plotly is not installed.
    """
    colours = colours_of(dark=dark)
    groups, count = largest_groups(frame, by)
    curves = [
        curve
        for number, group in enumerate(groups)
        for curve in _curves(group, number, confidence, colours, alpha=band_alpha(groups))
    ]
    title = title_of_groups("Distribution of response times", len(groups), count)
    below = _BELOW_PX + _LINE_PX * math.ceil(len(groups) / _COLUMNS)
    figure = new_figure(curves, title, rows_px=_ROWS_PX, colours=colours, below_px=below)
    seconds = np.concatenate([[], *(group.seconds for group in groups)])
    figure.update_xaxes(title_text="response time", **time_axis(seconds))
    figure.update_yaxes(title_text="share of requests", tickformat=".0%", range=[-0.02, 1.02])
    return figure


def _curves(
    group: GroupTimes, number: int, confidence: float, colours: Colours, *, alpha: float
) -> Iterator[Any]:
    """Yield the curve of a group, and its band around it."""
    go = graph_objects()
    steps = steps_of(group.seconds, confidence=confidence)
    colour = colours.series[number]
    yield go.Scatter(
        x=steps.seconds, y=steps.shares, mode="lines",
        name=text(legend_name(group)), legendgroup=number,
        line={"color": colour, "dash": _DASHES[number], "shape": "hv"},
        hovertemplate="%{y:.1%} within %{x:.3s}s",
    )  # fmt: skip
    if steps.margin >= WIDEST_BAND:
        return
    red, green, blue, _ = to_rgba(colour)
    fill = f"rgba({255 * red:.0f},{255 * green:.0f},{255 * blue:.0f},{alpha:.3f})"
    for sign in (-1, 1):
        yield go.Scatter(
            x=steps.seconds, y=np.clip(steps.shares + sign * steps.margin, 0, 1), mode="lines",
            line={"width": 0, "shape": "hv"}, fill="tonexty" if sign > 0 else None, fillcolor=fill,
            legendgroup=number, showlegend=False, hoverinfo="skip",
        )  # fmt: skip
