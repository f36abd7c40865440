"""The latency figure: one row per service, one dot per request."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tracing_lab.stats import latency_summary, request_spans

from ._labels import duration, short_names, shortened, text_width
from ._scales import SHORTEST_S as _SHORTEST_S, time_axis
from ._style import (
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

_ROW_IN: Final = 0.5
_MARGINS_IN: Final = {"right": 0.15, "top": 0.75, "bottom": 0.95}
_PLOT_IN: Final = 8.6
_NAME_PT: Final = 9.0
_NAME_IN: Final = 2.4
_TABLE: Final = ("count", "p50_s", "p95_s", "p99_s")
_TABLE_IN: Final = 0.68  # per column
_MOST_DOTS: Final = 1500  # per service; more would only be slower to draw
_SPREAD: Final = 0.3  # of a row, to either side
_BAD: Final = {status: STATUS_COLOURS[status] for status in ("error", "throttle", "fault")}


def plot_latency(spans: pd.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Draw how long each service took to answer its requests.

    Every dot is a request, in its colour if it did not end well. The circle is the median, the
    diamond the 95th percentile; bars through them are their 95% confidence intervals, drawn where
    there are enough requests to know. A Lambda function counts with its own run, initialization
    left out.

    Parameters
    ----------
    spans
        A span frame.
    ax
        Where to draw; a new figure of fitting size by default.

    Returns
    -------
    ax
        The axes.
    """
    summary = latency_summary(spans)
    requests = request_spans(spans)
    names = [_cut(name) for name in short_names(summary.index).values()]
    with style():
        if ax is None:
            left = 0.3 + max((text_width(name, _NAME_PT, "bold") for name in names), default=1.0)
            height = max(len(names), 1) * _ROW_IN + _MARGINS_IN["top"] + _MARGINS_IN["bottom"]
            ax = new_axes(left + _PLOT_IN, height, left=left, **_MARGINS_IN)
        dress(ax)
        table = len(_TABLE) * _TABLE_IN / size_in(ax)[0]
        time_axis(ax, requests["duration_s"].dropna().to_numpy(), beside=table)
        rng = np.random.default_rng(0)
        for number, (service, row) in enumerate(summary.iterrows()):
            _draw_dots(ax, number, requests[requests["service"] == service], rng)
            _draw_marks(ax, number, row)
            _draw_numbers(ax, number, row)
        _draw_frame(ax, names)
        _draw_legend(ax, [status for status in _BAD if (requests["status"] == status).any()])
    return ax


def _cut(name: str) -> str:
    return shortened(name, lambda text: text_width(text, _NAME_PT, "bold") <= _NAME_IN)


def _draw_dots(ax: Axes, number: int, requests: pd.DataFrame, rng: np.random.Generator) -> None:
    """Draw the requests, those that went wrong last and so on top."""
    done = requests[requests["duration_s"].notna()]
    if len(done) > _MOST_DOTS:
        done = done.iloc[np.sort(rng.choice(len(done), _MOST_DOTS, replace=False))]
    for status, colour in {"ok": CALM, **_BAD}.items():
        some = done[done["status"] == status]
        rows = number + rng.uniform(-_SPREAD, _SPREAD, len(some))
        alpha = 0.25 if status == "ok" else 0.8
        times = some["duration_s"].clip(lower=_SHORTEST_S)
        ax.scatter(
            times, rows, s=7, color=colour, alpha=alpha, linewidths=0, zorder=2, rasterized=True
        )


def _draw_marks(ax: Axes, number: int, row: "pd.Series[float]") -> None:
    for name, marker, size in (("p50", "o", 6.5), ("p95", "D", 5.5)):
        at = row[f"{name}_s"]
        interval = [row[f"{name}_low_s"], row[f"{name}_high_s"]]
        ax.plot(
            interval, [number, number], color=INK, linewidth=2.2, zorder=3, solid_capstyle="butt"
        )
        look: dict[str, Any] = {
            "markerfacecolor": PAPER,
            "markeredgecolor": INK,
            "markeredgewidth": 1.4,
        }
        ax.plot([at], [number], marker=marker, markersize=size, linestyle="", zorder=4, **look)


def _draw_numbers(ax: Axes, number: int, row: "pd.Series[float]") -> None:
    for name, at in _columns(ax).items():
        words = f"{row[name]:,.0f}" if name == "count" else duration(row[name])
        options: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "ha": "right"}
        ax.text(at, number, words, fontsize=8.5, color=INK, va="center", **options)


def _columns(ax: Axes) -> dict[str, float]:
    """Give the right edge of each column of numbers, as a fraction of the axes' width."""
    width = size_in(ax)[0]
    count = len(_TABLE)
    return {name: 1 - (count - 1 - at) * _TABLE_IN / width for at, name in enumerate(_TABLE)}


def _draw_frame(ax: Axes, names: Sequence[str]) -> None:
    ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
    ax.set_yticks(
        range(len(names)), names, fontsize=_NAME_PT, weight="bold", color=INK, parse_math=False
    )
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "right", "top", "bottom"]].set_visible(False)
    for line in range(len(names) + 1):
        ax.axhline(line - 0.5, color="#E4E7EB", linewidth=0.8, zorder=0)
    ax.set_title("Latency by service", pad=26)
    height = size_in(ax)[1]
    for name, at in _columns(ax).items():
        options: dict[str, Any] = {"transform": ax.transAxes, "ha": "right", "va": "bottom"}
        ax.text(at, 1 + 0.06 / height, name.removesuffix("_s"), fontsize=8, color=MUTED, **options)
    ax.set_xlabel("response time")


def _draw_legend(ax: Axes, statuses: Sequence[str]) -> None:
    dot: dict[str, Any] = {"marker": "o", "linestyle": "", "markersize": 4}
    mark: dict[str, Any] = {"color": INK, "markerfacecolor": PAPER, "markeredgewidth": 1.4}
    handles = [
        Line2D([], [], color=CALM, label="a request", **dot),
        *(Line2D([], [], color=_BAD[one], label=STATUS_NAMES[one], **dot) for one in statuses),
        Line2D([], [], marker="o", markersize=6.5, linewidth=2.2, label="median", **mark),
        Line2D([], [], marker="D", markersize=5.5, linewidth=2.2, label="95th percentile", **mark),
    ]
    legend = ax.legend(handles=handles, ncols=len(handles), loc="upper left", columnspacing=1.3)
    legend.set_bbox_to_anchor((0, -0.5 / size_in(ax)[1]), transform=ax.transAxes)
