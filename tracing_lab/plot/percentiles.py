"""Percentile curves: response time of each service against the percentile."""

from typing import Final

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from tracing_lab.stats import request_spans

from .labels import short_names, shortened, text_width
from .scales import SHORTEST_S, time_axis
from .style import dress, new_axes, style

_SIZE_IN: Final = (8.6, 4.2)
_MARGINS_IN: Final = {"left": 0.85, "right": 0.2, "top": 0.5, "bottom": 0.6}
_CURVES: Final = (
    "#2F6690", "#D1401F", "#009E73", "#E69F00", "#7E57C2", "#56B4E9", "#616E7C", "#A0522D",
)  # fmt: skip
_TAIL: Final = (0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999)
_LEGEND_IN: Final = 2.4


def plot_percentiles(spans: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the response time of each service against the percentile.

    The axis of percentiles stretches towards 100%, because that is where customers notice. A curve
    ends where the data do: a hundred requests have no 99.9th percentile.

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
            _curve(ax, times, number, label=shortened(name, _fits_legend))
        _percentile_axis(ax, longest)
        ax.set_ylabel("response time")
        ax.set_title("Latency percentiles")
        if names:
            legend = ax.legend(loc="upper left", frameon=True, framealpha=0.85, edgecolor="none")
            for text in legend.get_texts():
                text.set_parse_math(False)
    return ax


def _curve(ax: Axes, times: npt.NDArray[np.float64], number: int, *, label: str) -> None:
    """Draw a curve through sorted times; more curves than colours are dashed."""
    rest = 1 - np.arange(len(times)) / len(times)  # share of requests at least as slow
    ax.plot(
        1 / rest,
        np.maximum(times, SHORTEST_S),
        drawstyle="steps-post",
        color=_CURVES[number % len(_CURVES)],
        label=label,
        linestyle="-" if number < len(_CURVES) else "--",
    )


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


def _fits_legend(text: str) -> bool:
    return text_width(text, mpl.rcParams["font.size"]) <= _LEGEND_IN
