"""The histogram of response times of whole traces."""

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from tracing_lab.stats import whole_traces

from .colours import STATUS_NAMES, Colours
from .labels import duration
from .scales import SHORTEST_S, duration_edges, time_axis, unrounded
from .style import dress, new_axes, style

_SIZE_IN: Final = (8.6, 4.2)
_MARGINS_IN: Final = {"left": 0.85, "right": 0.2, "top": 0.85, "bottom": 0.6}
_MOST_BINS: Final = 60
HATCHES: Final = {
    # from the axis up: failures are few and would not be seen on top of high bars
    "fault": "xxxx",
    "throttle": "....",
    "error": "////",
    "ok": "",
}
_MARKS: Final = (("median", 0.5, 1.015), ("95th percentile", 0.95, 1.065))


def plot_histogram(frame: pd.DataFrame, *, dark: bool = False, ax: Axes | None = None) -> Axes:
    """Draw how many traces had which response time, in their colours if they did not end well.

    The axis of times is logarithmic if they differ by more than a decade or so; bars then are
    equally wide on it. Lines mark the median and the 95th percentile.

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
    traces = whole_traces(frame)
    done = traces.dropna(subset=["response_s"])
    times = done["response_s"].clip(lower=SHORTEST_S)
    with style(dark=dark) as colours:
        ax = ax or new_axes(*_SIZE_IN, **_MARGINS_IN)
        dress(ax, colours)
        time_axis(ax, times.to_numpy())
        if len(done):
            _draw_bars(ax, times, done["status"], colours)
            _draw_marks(ax, times, colours)
        ax.yaxis.set_major_locator(MaxNLocator(6, integer=True))
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        ax.grid(visible=True, axis="y")
        ax.set_xlabel("response time")
        ax.set_ylabel("traces")
        ax.set_title(_title(len(done), len(traces) - len(done)), pad=34)
    return ax


def _draw_bars(
    ax: Axes, times: "pd.Series[float]", status: "pd.Series[str]", colours: Colours
) -> None:
    seconds = unrounded(np.asarray(times, dtype=np.float64))
    edges = duration_edges(seconds, _MOST_BINS, is_log=ax.get_xscale() == "log")
    shown = [name for name in HATCHES if (status == name).any()]
    ax.hist(
        [seconds[status == name] for name in shown],
        bins=edges.tolist(),
        stacked=True,
        color=[colours.face(name) for name in shown],
        hatch=[HATCHES[name] for name in shown],
        edgecolor=colours.paper,
        linewidth=0.4,
    )
    if shown != ["ok"]:
        handles = [
            Patch(
                facecolor=colours.face(name), edgecolor=colours.paper, linewidth=0.4,
                hatch=HATCHES[name], label=STATUS_NAMES[name],
            )
            for name in shown[::-1]
        ]  # fmt: skip
        above: dict[str, Any] = {
            "loc": "lower right",
            "bbox_to_anchor": (1, 1.1),
            "ncols": len(handles),
        }
        ax.legend(handles=handles, borderaxespad=0, **above)


def _draw_marks(ax: Axes, times: "pd.Series[float]", colours: Colours) -> None:
    """Draw a line per percentile; each has its own height for its text, so that none collide."""
    for name, q, height in _MARKS:
        at = float(times.quantile(q))
        ax.axvline(
            at, color=colours.ink, linewidth=1.2, linestyle="-" if q == _MARKS[0][1] else "--"
        )
        is_left = ax.transAxes.inverted().transform(ax.transData.transform((at, 0)))[0] < 0.5  # noqa: PLR2004 - the middle
        options: dict[str, Any] = {
            "transform": ax.get_xaxis_transform(),
            "ha": "left" if is_left else "right",
        }
        ax.text(at, height, f"{name} {duration(at)}", fontsize=8, color=colours.ink, **options)


def _title(done: int, in_progress: int) -> str:
    more = f" ({in_progress:,} more in progress)" if in_progress else ""
    return f"Response times of {done:,} trace{'' if done == 1 else 's'}{more}"
