"""Figures of many requests at once: percentile curves and a timeline."""

from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from tracing_lab.stats import end_to_end, request_spans

from ._labels import short_names, shortened, text_width
from ._scales import SHORTEST_S, time_axis
from ._style import CALM, MUTED, STATUS_COLOURS, STATUS_NAMES, dress, new_axes, style

_SIZE_IN: Final = (8.6, 4.2)
_MARGINS_IN: Final = {"left": 0.85, "right": 0.2, "top": 0.5, "bottom": 0.6}
_CURVES: Final = (
    "#2F6690", "#D1401F", "#009E73", "#E69F00", "#7E57C2", "#56B4E9", "#616E7C", "#A0522D",
)  # fmt: skip
_TAIL: Final = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999)
_MANY_CURVES: Final = 8
_LEGEND_IN: Final = 2.4


def plot_percentiles(spans: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the response time of each service against the percentile.

    The axis of percentiles stretches towards 100%, because that is where customers notice. A curve
    ends where the data do: a hundred requests say nothing about the 99.9th percentile.

    Parameters
    ----------
    spans
        A span frame.
    ax
        Where to draw; a new figure by default.

    Returns
    -------
    ax
        The axes.
    """
    requests = request_spans(spans).dropna(subset=["duration_s"])
    names = short_names(requests["service"].unique())
    with style():
        ax = ax or new_axes(*_SIZE_IN, **_MARGINS_IN)
        dress(ax)
        time_axis(ax, requests["duration_s"].to_numpy(), which="y")
        longest = 1
        for number, (service, name) in enumerate(names.items()):
            times = np.sort(requests.loc[requests["service"] == service, "duration_s"])
            longest = max(longest, len(times))
            rest = 1 - np.arange(len(times)) / len(times)  # share of requests at least as slow
            colour = _CURVES[number % len(_CURVES)]
            dashes = "-" if number < _MANY_CURVES else "--"
            heights = np.maximum(times, SHORTEST_S)
            ax.plot(
                1 / rest,
                heights,
                drawstyle="steps-post",
                color=colour,
                label=shortened(name, _fits_legend),
                linestyle=dashes,
            )
        ax.set_xscale("log")
        ax.set_xlim(1, longest * 1.05)
        shown = [q for q in _TAIL if 1 / (1 - q) <= longest * 1.05]
        ax.set_xticks(
            [1 / (1 - q) for q in shown], [f"{q:.2%}".rstrip("0%").rstrip(".") + "%" for q in shown]
        )
        ax.set_xticks([], minor=True)
        ax.grid(visible=True, axis="x")
        ax.set_xlabel("percentile of requests")
        ax.set_ylabel("response time")
        ax.set_title("Latency percentiles")
        if names:
            legend = ax.legend(loc="upper left", frameon=True, framealpha=0.85, edgecolor="none")
            for text in legend.get_texts():
                text.set_parse_math(False)
    return ax


def _fits_legend(text: str) -> bool:
    return text_width(text, mpl.rcParams["font.size"]) <= _LEGEND_IN


def plot_timeline(spans: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how long clients waited, over time; triangles had to wait for a cold start.

    Parameters
    ----------
    spans
        A span frame.
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
    with style():
        ax = ax or new_axes(*_SIZE_IN, **_MARGINS_IN)
        dress(ax)
        time_axis(ax, traces["response_s"].to_numpy(), which="y")
        for status, colour in {**STATUS_COLOURS, "ok": CALM}.items():
            for is_cold, marker in ((False, "o"), (True, "^")):
                some = traces[(traces["status"] == status) & (cold == is_cold)]
                if some.empty:
                    continue
                label = "after a cold start" if is_cold else STATUS_NAMES[status]
                label = f"{STATUS_NAMES[status]}, {label}" if is_cold and status != "ok" else label
                seconds = (some["start"] - since).dt.total_seconds()
                look: dict[str, Any] = {"s": 30 if is_cold else 12, "alpha": 0.75, "linewidths": 0}
                times = some["response_s"].clip(lower=SHORTEST_S)
                ax.scatter(seconds, times, color=colour, marker=marker, label=label, **look)
        ax.grid(visible=True, axis="x")
        ax.set_xlabel(f"seconds since {since:%Y-%m-%d %H:%M:%S} UTC" if len(traces) else "seconds")
        ax.set_ylabel("response time")
        ax.set_title("What clients waited, over time")
        if len(traces):
            ax.legend(loc="upper right", labelcolor=MUTED)
    return ax


def _waited_for_cold_start(spans: pd.DataFrame, traces: pd.DataFrame) -> "pd.Series[bool]":
    """Tell for each trace whether a function was cold before the client had its answer."""
    cold = spans.loc[spans["cold_start"], "start"].groupby(level="trace_id").min()
    answered = traces["start"] + pd.to_timedelta(traces["response_s"], unit="s")
    waited: pd.Series[bool] = cold.reindex(traces.index) < answered
    return waited
