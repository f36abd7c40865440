"""The timeline: when requests were sent and how long clients waited."""

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes

from tracing_lab.stats import end_to_end

from .colours import STATUS_MARKERS, STATUS_NAMES
from .scales import SHORTEST_S, time_axis
from .style import dress, new_axes, style

_SIZE_IN: Final = (8.6, 4.2)
_MARGINS_IN: Final = {"left": 0.85, "right": 0.2, "top": 0.5, "bottom": 0.6}


def plot_timeline(spans: pd.DataFrame, *, dark: bool = False, ax: Axes | None = None) -> Axes:
    """Draw how long clients waited, over time; hollow marks had to wait for a cold start.

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
    traces = end_to_end(spans).dropna(subset=["response_s"])
    cold = _waited_for_cold_start(spans, traces)
    since = traces["start"].min()
    with style(dark=dark) as colours:
        ax = ax or new_axes(*_SIZE_IN, **_MARGINS_IN)
        dress(ax, colours)
        time_axis(ax, traces["response_s"].to_numpy(), which="y")
        for status in STATUS_MARKERS:
            colour = colours.face(status)
            with_status = traces[traces["status"] == status]
            warm, late = with_status[~cold[with_status.index]], with_status[cold[with_status.index]]
            look: dict[str, Any] = {"marker": STATUS_MARKERS[status], "edgecolors": colour}
            _marks(ax, warm, since, label=STATUS_NAMES[status], facecolors=colour, s=14, **look)
            label = "" if status == "ok" else f"{STATUS_NAMES[status]}, "
            label += "after a cold start"
            _marks(ax, late, since, label=label, facecolors="none", s=34, **look)
        ax.grid(visible=True, axis="x")
        ax.set_xlabel(f"seconds since {since:%Y-%m-%d %H:%M:%S} UTC" if len(traces) else "seconds")
        ax.set_ylabel("response time")
        ax.set_title("What clients waited, over time")
        if len(traces):
            ax.legend(loc="upper right", labelcolor=colours.muted)
    return ax


def _marks(ax: Axes, traces: pd.DataFrame, since: pd.Timestamp, **look: Any) -> None:
    if not traces.empty:
        seconds = (traces["start"] - since).dt.total_seconds()
        times = traces["response_s"].clip(lower=SHORTEST_S)
        ax.scatter(seconds, times, alpha=0.75, linewidths=1.1, **look)


def _waited_for_cold_start(spans: pd.DataFrame, traces: pd.DataFrame) -> "pd.Series[bool]":
    """Return for each trace whether a cold start delayed the response."""
    cold = spans.loc[spans["cold_start"], "start"].groupby(level="trace_id").min()
    responded = traces["start"] + pd.to_timedelta(traces["response_s"], unit="s")
    waited: pd.Series[bool] = cold.reindex(traces.index) < responded
    return waited
