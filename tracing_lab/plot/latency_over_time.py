"""Response times of whole traces against the time at which they started."""

from datetime import UTC
from typing import Any, Final

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.patheffects import withStroke

from tracing_lab.stats import whole_traces

from .scales import SHORTEST_S, duration_edges, time_axis, unrounded
from .style import (
    CALM,
    INK,
    MUTED,
    PAPER,
    STATUS_COLOURS,
    STATUS_NAMES,
    dress,
    new_axes,
    size_in,
    style,
)

Times = npt.NDArray[np.float64]

_SIZE_IN: Final = (8.6, 4.4)
_MARGINS_IN: Final = {"left": 0.85, "right": 0.25, "top": 0.5, "bottom": 0.95}
_HEATMAP_RIGHT_IN: Final = 0.95
_BAD: Final = ("error", "throttle", "fault")
_MOST_DOTS: Final = 2000  # more would cover each other: they become a heatmap
_COLUMNS, _ROWS = 120, 60  # of the heatmap
_MOST_POINTS: Final = 40  # of the lines
_PER_POINT: Final = 20  # traces that a percentile takes at least
_FEWEST_POINTS: Final = 4
_DENSITY: Final = LinearSegmentedColormap.from_list("density", ["#D6E6F2", CALM, "#0B2233"])
_HALO: Final = (withStroke(linewidth=3.5, foreground=PAPER),)  # to be seen on the heatmap
_LINES: Final = (("median", 0.5, "-"), ("95th percentile", 0.95, "--"))


def plot_latency_over_time(frame: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how long clients waited, over time, with the traces marked that did not end well.

    A dot is a trace. Of more than 2,000 traces, the good ones become a heatmap, whose colour says
    how many there are. Lines follow the median and the 95th percentile where there are enough
    traces for them.

    Parameters
    ----------
    frame
        A summary frame or a span frame.
    ax
        Where to draw; a new figure by default.

    Returns
    -------
    ax
        The axes.

    Raises
    ------
    TraceDataError
        If the frame is neither a summary frame nor a span frame.
    """
    traces = whole_traces(frame).dropna(subset=["response_s"])
    days = _days(traces["start"])
    seconds = traces["response_s"].clip(lower=SHORTEST_S).to_numpy()
    is_bad = traces["status"].isin(_BAD).to_numpy(dtype=bool)
    is_many = len(traces) > _MOST_DOTS
    with style():
        right = {"right": _HEATMAP_RIGHT_IN} if is_many else {}
        ax = ax or new_axes(*_SIZE_IN, **{**_MARGINS_IN, **right})
        dress(ax)
        time_axis(ax, seconds, which="y")
        if is_many:
            _draw_density(ax, days[~is_bad], seconds[~is_bad])
        else:
            _draw_dots(ax, days[~is_bad], seconds[~is_bad], CALM, STATUS_NAMES["ok"])
        for status in _BAD:
            rows = (traces["status"] == status).to_numpy(dtype=bool)
            _draw_dots(ax, days[rows], seconds[rows], STATUS_COLOURS[status], STATUS_NAMES[status])
        _draw_lines(ax, days, seconds)
        _draw_frame(ax, days)
    return ax


def _days(times: "pd.Series[pd.Timestamp]") -> Times:
    """Return times in the days that matplotlib counts in."""
    utc = times.dt.tz_localize(None).to_numpy()
    return np.asarray(date2num(utc), dtype=np.float64)  # type: ignore[no-untyped-call]


def _draw_dots(ax: Axes, days: Times, seconds: Times, colour: str, label: str) -> None:
    if not days.size:
        return
    count = f", {_MOST_DOTS:,} of {days.size:,}" if days.size > _MOST_DOTS else ""
    if count:
        rows = np.sort(np.random.default_rng(0).choice(days.size, _MOST_DOTS, replace=False))
        days, seconds = days[rows], seconds[rows]
    look: dict[str, Any] = {"s": 11, "alpha": 0.7, "linewidths": 0, "rasterized": True}
    look["zorder"] = 2 if colour == CALM else 4  # failures above the lines
    ax.scatter(days, seconds, color=colour, label=label + count, **look)


def _draw_density(ax: Axes, days: Times, seconds: Times) -> None:
    if not days.size:
        return
    seconds = unrounded(seconds)
    rows = duration_edges(seconds, _ROWS, is_log=ax.get_yscale() == "log")
    end = max(days.max(), days.min() + 1e-9)
    columns = np.linspace(days.min(), end, _COLUMNS + 1)
    counts, _, _ = np.histogram2d(days, seconds, bins=(columns, rows))
    shown = np.ma.masked_equal(counts.T, 0)
    mesh = ax.pcolormesh(
        columns, rows, shown, cmap=_DENSITY, norm=LogNorm(1, max(counts.max(), 2)), zorder=1
    )
    mesh.set_rasterized(True)
    _draw_key(ax, mesh, counts.max())


def _draw_key(ax: Axes, mesh: QuadMesh, most: float) -> None:
    key = ax.inset_axes((1.015, 0, 0.02, 1))
    bar = plt.colorbar(mesh, cax=key)
    ticks = [tick for power in range(6) for tick in (10**power, 3 * 10**power) if tick <= most]
    bar.set_ticks(ticks, labels=[f"{tick:,}" for tick in ticks])
    bar.minorticks_off()
    bar.ax.tick_params(colors=MUTED, labelsize=8)
    bar.outline.set_visible(False)
    bar.set_label("traces that ended well", color=MUTED, fontsize=9)


def _draw_lines(ax: Axes, days: Times, seconds: Times) -> None:
    """Draw percentiles of equal intervals of time, with gaps where there are too few traces."""
    points = min(_MOST_POINTS, days.size // _PER_POINT)
    if points < _FEWEST_POINTS or days.min() == days.max():
        return
    edges = np.linspace(days.min(), days.max(), points + 1)
    interval = np.clip(np.searchsorted(edges, days, side="right") - 1, 0, points - 1)
    groups = pd.Series(seconds).groupby(interval)
    enough = groups.size() >= _PER_POINT // 2
    middles = (edges[:-1] + edges[1:]) / 2
    for name, q, dashes in _LINES:
        heights = groups.quantile(q).where(enough).reindex(range(points))
        (line,) = ax.plot(middles, heights, color=INK, linestyle=dashes, label=name, zorder=3)
        line.set(linewidth=1.5, path_effects=_HALO if days.size > _MOST_DOTS else ())


def _draw_frame(ax: Axes, days: Times) -> None:
    locator = AutoDateLocator(tz=UTC, minticks=3, maxticks=8)  # type: ignore[no-untyped-call]
    ax.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, tz=UTC)  # type: ignore[no-untyped-call]
    formatter.formats[5], formatter.offset_formats[5] = "%H:%M:%S.%f", "%Y-%b-%d"  # seconds
    ax.xaxis.set_major_formatter(formatter)
    ax.grid(visible=True, axis="x")
    if days.size:
        pad = max((days.max() - days.min()) * 0.02, 1e-7)
        ax.set_xlim(days.min() - pad, days.max() + pad)
        legend = ax.legend(loc="upper left", ncols=6, columnspacing=1.3)
        legend.set_bbox_to_anchor((0, -0.5 / size_in(ax)[1]), transform=ax.transAxes)
    ax.set_xlabel("start of the trace (UTC)")
    ax.set_ylabel("response time")
    ax.set_title("Response times over time")
