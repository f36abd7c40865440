"""The latency figure: one row per service or group of traces, one dot per request."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tracing_lab.stats import latency_summary, request_spans, whole_traces
from tracing_lab.stats.frame_kinds import is_summary_frame

from .labels import duration, short_names, shortened, text_width
from .scales import SHORTEST_S as _SHORTEST_S, time_axis
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

_ROW_IN: Final = 0.5
_MARGINS_IN: Final = {"right": 0.15, "top": 0.75, "bottom": 0.95}
_PLOT_IN: Final = 8.6
_NAME_PT: Final = 9.0
_NAME_IN: Final = 2.4
_TABLE: Final = ("count", "p50_s", "p95_s", "p99_s")
_TABLE_IN: Final = 0.68  # per column
_MOST_DOTS: Final = 1500  # per service; more would only be slower to draw
_MOST_ROWS: Final = 40
_SPREAD: Final = 0.3  # of a row, to either side
_BAD: Final = {status: STATUS_COLOURS[status] for status in ("error", "throttle", "fault")}


def plot_latency(frame: pd.DataFrame, *, by: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw how long requests took: of each service from spans, of whole traces from summaries.

    Every dot is a request, in its colour if it did not end well. The circle is the median, the
    diamond the 95th percentile; bars through them are their 95% confidence intervals, drawn where
    there are enough requests to know. A Lambda function counts with its own run, initialization
    left out.

    Parameters
    ----------
    frame
        A span frame or a summary frame.
    by
        Column of a summary frame, with a row for each of its values: ``entry_point`` by default,
        or for example an annotation. Of more than 40 values the most frequent are drawn.
    ax
        Where to draw; a new figure of fitting size by default.

    Returns
    -------
    ax
        The axes.

    Raises
    ------
    ValueError
        If the summary frame has no column `by`, or the frame is a span frame and there is a `by`.
    TraceDataError
        If the frame is neither a span frame nor a summary frame.
    """
    requests, summary = _requests(frame, by)
    rows = np.sort(np.argsort(-summary["count"].to_numpy(), kind="stable")[:_MOST_ROWS])
    names = _names(summary.index[rows])
    with style():
        if ax is None:
            left = 0.3 + max((text_width(name, _NAME_PT, "bold") for name in names), default=1.0)
            height = max(len(names), 1) * _ROW_IN + _MARGINS_IN["top"] + _MARGINS_IN["bottom"]
            ax = new_axes(left + _PLOT_IN, height, left=left, **_MARGINS_IN)
        dress(ax)
        table = len(_TABLE) * _TABLE_IN / size_in(ax)[0]
        requests = requests[requests["row"].isin(rows)]
        time_axis(ax, requests["duration_s"].dropna().to_numpy(), beside=table)
        rng = np.random.default_rng(0)
        for number, row in enumerate(rows):
            _draw_dots(ax, number, requests[requests["row"] == row], rng)
            _draw_marks(ax, number, summary.iloc[row])
            _draw_numbers(ax, number, summary.iloc[row])
        _draw_frame(ax, names)
        ax.set_title(_title(summary, len(names)), pad=26)
        _draw_legend(ax, [status for status in _BAD if (requests["status"] == status).any()])
    return ax


def _requests(frame: pd.DataFrame, by: str | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return requests, each with the number of its row in the summary, and that summary."""
    if is_summary_frame(frame):
        requests = whole_traces(frame, by=by).rename(columns={"response_s": "duration_s"})
    elif by is None:
        requests = request_spans(frame).rename(columns={"service": "group"})
    else:
        msg = f"by={by!r} is for summary frames; spans are drawn by service."
        raise ValueError(msg)
    rows, _ = pd.factorize(requests["group"], use_na_sentinel=False)
    return requests.assign(row=rows), latency_summary(frame, by=by)


def _names(groups: "pd.Index[Any]") -> list[str]:
    texts = ["(none)" if pd.isna(group) else str(group) for group in groups]
    short = short_names(texts)
    return [_cut(short[text]) for text in texts]


def _title(summary: pd.DataFrame, drawn: int) -> str:
    what = str(summary.index.name).replace("_", " ")
    more = f", the {drawn} most frequent of {len(summary):,}" if drawn < len(summary) else ""
    return f"Latency by {what}{more}"


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
    """Return the right edge of each column of numbers, as a fraction of the axes' width."""
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
        *(Line2D([], [], color=_BAD[name], label=STATUS_NAMES[name], **dot) for name in statuses),
        Line2D([], [], marker="o", markersize=6.5, linewidth=2.2, label="median", **mark),
        Line2D([], [], marker="D", markersize=5.5, linewidth=2.2, label="95th percentile", **mark),
    ]
    legend = ax.legend(handles=handles, ncols=len(handles), loc="upper left", columnspacing=1.3)
    legend.set_bbox_to_anchor((0, -0.5 / size_in(ax)[1]), transform=ax.transAxes)
