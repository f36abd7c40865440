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
from tracing_lab.xray_model.outcomes import FAILURES

from .colours import STATUS_MARKERS, STATUS_NAMES, Colours
from .scales import SHORTEST_S, duration_edges, time_axis, unrounded
from .style import dress, new_axes, size_in, style

Times = npt.NDArray[np.float64]

_SIZE_IN: Final = (8.6, 4.4)
_MARGINS_IN: Final = {"left": 0.85, "right": 0.25, "top": 0.5, "bottom": 0.95}
_HEATMAP_RIGHT_IN: Final = 0.95
_MOST_DOTS: Final = 2000  # more would cover each other: they become a heatmap
_COLUMNS, _ROWS = 120, 60  # of the heatmap
_MOST_POINTS: Final = 40  # of the lines
_PER_POINT: Final = 20  # traces that a percentile takes at least
_FEWEST_POINTS: Final = 4
_LINES: Final = (("median", 0.5, "-"), ("95th percentile", 0.95, "--"))


def plot_latency_over_time(
    frame: pd.DataFrame, *, dark: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw how long clients waited, over time, with the traces marked that did not end well.

    A dot is a trace. Of more than 2,000 traces, the good ones become a heatmap, whose colour says
    how many there are. Lines follow the median and the 95th percentile where there are enough
    traces for them.

    Parameters
    ----------
    frame
        A summary frame or a span frame.
    dark
        Draw on dark paper.
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
    is_bad = traces["status"].isin(FAILURES).to_numpy(dtype=bool)
    is_many = len(traces) > _MOST_DOTS
    with style(dark=dark) as colours:
        right = {"right": _HEATMAP_RIGHT_IN} if is_many else {}
        ax = ax or new_axes(*_SIZE_IN, **{**_MARGINS_IN, **right})
        dress(ax, colours)
        time_axis(ax, seconds, which="y")
        if is_many:
            _draw_density(ax, days[~is_bad], seconds[~is_bad], colours)
        else:
            _draw_dots(ax, days[~is_bad], seconds[~is_bad], "ok", colours)
        for status in FAILURES:
            rows = (traces["status"] == status).to_numpy(dtype=bool)
            _draw_dots(ax, days[rows], seconds[rows], status, colours)
        _draw_lines(ax, days, seconds, colours)
        _draw_frame(ax, days)
    return ax


def _days(times: "pd.Series[pd.Timestamp]") -> Times:
    """Return times in the days that matplotlib counts in."""
    utc = times.dt.tz_localize(None).to_numpy()
    return np.asarray(date2num(utc), dtype=np.float64)  # type: ignore[no-untyped-call]


def _draw_dots(ax: Axes, days: Times, seconds: Times, status: str, colours: Colours) -> None:
    if not days.size:
        return
    count = f", {_MOST_DOTS:,} of {days.size:,}" if days.size > _MOST_DOTS else ""
    if count:
        rows = np.sort(np.random.default_rng(0).choice(days.size, _MOST_DOTS, replace=False))
        days, seconds = days[rows], seconds[rows]
    is_ok = status == "ok"
    look: dict[str, Any] = {"s": 11 if is_ok else 22, "alpha": 0.7 if is_ok else 0.9}
    look |= {"linewidths": 0, "rasterized": True}
    look["zorder"] = 2 if is_ok else 4  # failures above the lines
    look["color"] = colours.face(status)
    label = STATUS_NAMES[status] + count
    ax.scatter(days, seconds, marker=STATUS_MARKERS[status], label=label, **look)


def _draw_density(ax: Axes, days: Times, seconds: Times, colours: Colours) -> None:
    if not days.size:
        return
    seconds = unrounded(seconds)
    rows = duration_edges(seconds, _ROWS, is_log=ax.get_yscale() == "log")
    end = max(days.max(), days.min() + 1e-9)
    columns = np.linspace(days.min(), end, _COLUMNS + 1)
    counts, _, _ = np.histogram2d(days, seconds, bins=(columns, rows))
    shown = np.ma.masked_equal(counts.T, 0)
    ramp = LinearSegmentedColormap.from_list("ramp", colours.ramp)
    scale = LogNorm(1, max(counts.max(), 2))
    mesh = ax.pcolormesh(columns, rows, shown, cmap=ramp, norm=scale, zorder=1)
    mesh.set_rasterized(True)
    _draw_key(ax, mesh, counts.max(), colours)


def _draw_key(ax: Axes, mesh: QuadMesh, most: float, colours: Colours) -> None:
    key = ax.inset_axes((1.015, 0, 0.02, 1))
    bar = plt.colorbar(mesh, cax=key)
    ticks = [tick for power in range(6) for tick in (10**power, 3 * 10**power) if tick <= most]
    bar.set_ticks(ticks, labels=[f"{tick:,}" for tick in ticks])
    bar.minorticks_off()
    bar.ax.tick_params(colors=colours.muted, labelsize=8)
    bar.outline.set_visible(False)
    bar.set_label("traces that ended well", color=colours.muted, fontsize=9)


def _draw_lines(ax: Axes, days: Times, seconds: Times, colours: Colours) -> None:
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
        look: dict[str, Any] = {"color": colours.ink, "linestyle": dashes, "linewidth": 1.5}
        (line,) = ax.plot(middles, heights, label=name, zorder=3, **look)
        if days.size > _MOST_DOTS:  # to be seen on the heatmap
            line.set_path_effects([withStroke(linewidth=3.5, foreground=colours.paper)])


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
