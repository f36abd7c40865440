"""The latency figure: one row per service or group of traces, one dot per request."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tracing_lab.stats import (
    PERCENTILES,
    latency_summary,
    needed_count,
    or_unknown,
)
from tracing_lab.xray_model.outcomes import FAILURES

from .colours import STATUS_MARKERS, STATUS_NAMES, Colours
from .groups import group_names, requests_by_group, title_of_groups
from .labels import duration
from .rows import column_edges, columns_share, draw_rows, new_row_axes, row_name
from .scales import SHORTEST_S as _SHORTEST_S, time_axis
from .style import dress, size_in, style

_NAME_IN: Final = 2.4
_TABLE: Final = ("count", "p50_s", "p95_s", "p99_s")
_MOST_DOTS: Final = 1500  # per service; more would only be slower to draw
_MOST_ROWS: Final = 40
_SPREAD: Final = 0.3  # of a row, to either side


def plot_latency(
    frame: pd.DataFrame, *, by: str | None = None, dark: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw how long requests took: of each service from spans, of whole traces from summaries.

    Every dot is a request, in its colour if it did not end well. The circle is the median, the
    diamond the 95th percentile; bars through them are their 95% confidence intervals, drawn where
    there are enough requests to know. The numbers at the right are percentiles, or how many
    requests it takes to know them. A Lambda function counts with its own run, initialization left
    out.

    Parameters
    ----------
    frame
        A span frame or a summary frame.
    by
        Column of a summary frame, with a row for each of its values: ``entry_point`` by default,
        or for example an annotation. Of more than 40 values the most frequent are drawn.
    dark
        Draw on dark paper.
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
    rows = latency_rows(frame, by)
    with style(dark=dark) as colours:
        if ax is None:
            ax = new_row_axes(rows.names)
        dress(ax, colours)
        seconds = rows.requests["duration_s"].dropna().to_numpy()
        time_axis(ax, seconds, beside=columns_share(ax, _TABLE))
        for status, dots in rows.dots.groupby("status", sort=False):
            _draw_dots(ax, str(status), dots, colours)
        for number in range(len(rows.names)):
            _draw_marks(ax, number, rows.summary.iloc[number], colours)
            _draw_numbers(ax, number, rows.summary.iloc[number], colours)
        draw_rows(ax, rows.names, [name.removesuffix("_s") for name in _TABLE], colours)
        ax.set_xlabel("response time")
        ax.set_title(rows.title, pad=26)
        _draw_legend(ax, rows.failures, colours)
    return ax


class LatencyRows(NamedTuple):
    """What a latency figure shows.

    Attributes
    ----------
    title, names
        Of the figure and of its rows.
    summary
        A row for each of the figure's, see `stats.latency_summary`.
    requests
        ``duration_s``, ``status`` and ``row``.
    dots
        A sample of the requests that have ended, ok ones first, in seconds (``x``), with a
        ``y`` in its row.
    """

    title: str
    names: list[str]
    summary: pd.DataFrame
    requests: pd.DataFrame
    dots: pd.DataFrame

    @property
    def failures(self) -> list[str]:
        """Return the kinds of failures that there are."""
        return [status for status in FAILURES if (self.requests["status"] == status).any()]


def latency_rows(frame: pd.DataFrame, by: str | None) -> LatencyRows:
    """Return what a latency figure shows.

    Parameters
    ----------
    frame, by
        See `plot_latency`.
    """
    requests, summary = requests_by_group(frame, by), latency_summary(frame, by=by)
    rows = np.sort(np.argsort(-summary["count"].to_numpy(), kind="stable")[:_MOST_ROWS])
    names = [row_name(name, width_in=_NAME_IN) for name in group_names(summary.index[rows])]
    numbers = pd.Series(np.arange(len(rows)), index=rows)
    requests = requests[requests["row"].isin(rows)]
    requests = requests.assign(row=requests["row"].map(numbers))
    title = f"Latency by {str(summary.index.name).replace('_', ' ')}"
    title = title_of_groups(title, len(names), len(summary))
    return LatencyRows(title, names, summary.iloc[rows], requests, _dots(requests))


def _dots(requests: pd.DataFrame) -> pd.DataFrame:
    """Return a sample of the requests of each row, at random heights within it."""
    done = requests[requests["duration_s"].notna()]
    rng = np.random.default_rng(0)
    order = rng.permutation(len(done))
    rank = done["row"].iloc[order].groupby(done["row"].to_numpy()[order]).cumcount()
    dots = done.iloc[np.sort(order[rank.to_numpy() < _MOST_DOTS])]
    dots = dots[dots["status"].isin(["ok", *FAILURES])]
    heights = dots["row"] + rng.uniform(-_SPREAD, _SPREAD, len(dots))
    dots = dots.assign(x=dots["duration_s"].clip(lower=_SHORTEST_S), y=heights)
    places = {status: place for place, status in enumerate(("ok", *FAILURES))}
    return dots.iloc[np.argsort(dots["status"].astype(str).map(places), kind="stable")]


def _draw_dots(ax: Axes, status: str, dots: pd.DataFrame, colours: Colours) -> None:
    is_ok = status == "ok"
    look: dict[str, Any] = {"s": 7 if is_ok else 14, "alpha": 0.25 if is_ok else 0.8}
    look |= {
        "color": colours.face(status),
        "marker": STATUS_MARKERS[status],
        "linewidths": 0,
    }
    ax.scatter(dots["x"], dots["y"], zorder=2, rasterized=True, **look)


def _draw_marks(ax: Axes, number: int, row: "pd.Series[float]", colours: Colours) -> None:
    for name, marker, size in (("p50", "o", 6.5), ("p95", "D", 5.5)):
        at = row[f"{name}_s"]
        interval = [row[f"{name}_low_s"], row[f"{name}_high_s"]]
        bar: dict[str, Any] = {"color": colours.ink, "linewidth": 2.2, "solid_capstyle": "butt"}
        ax.plot(interval, [number, number], zorder=3, **bar)
        look: dict[str, Any] = {
            "markerfacecolor": colours.paper,
            "markeredgecolor": colours.ink,
            "markeredgewidth": 1.4,
        }
        ax.plot([at], [number], marker=marker, markersize=size, linestyle="", zorder=4, **look)


def _draw_numbers(ax: Axes, number: int, row: "pd.Series[float]", colours: Colours) -> None:
    for name, at in zip(_TABLE, column_edges(ax, _TABLE), strict=True):
        options: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "ha": "right"}
        ax.text(at, number, va="center", **_words(row, name, colours), **options)


def _words(row: "pd.Series[float]", name: str, colours: Colours) -> dict[str, Any]:
    """Return what a table's cell says: a number, or how many requests it takes to know it."""
    if name == "count":
        return {"s": f"{row[name]:,.0f}", "fontsize": 8.5, "color": colours.ink}
    percentile = name.removesuffix("_s")
    bound, q = row[f"{percentile}_high_s"], PERCENTILES[percentile]
    if or_unknown("known", bound, q) == "known":
        return {"s": duration(row[name]), "fontsize": 8.5, "color": colours.ink}
    return {"s": f"needs {needed_count(q)}", "fontsize": 7.5, "color": colours.muted}


def _draw_legend(ax: Axes, statuses: Sequence[str], colours: Colours) -> None:
    dot: dict[str, Any] = {"linestyle": "", "markersize": 4.5}
    mark: dict[str, Any] = {
        "color": colours.ink,
        "markerfacecolor": colours.paper,
        "markeredgewidth": 1.4,
    }
    handles = [
        Line2D(
            [], [], color=colours.face(status), marker=STATUS_MARKERS[status],
            label="a request" if status == "ok" else STATUS_NAMES[status], **dot,
        )
        for status in ("ok", *statuses)
    ]  # fmt: skip
    handles += [
        Line2D([], [], marker="o", markersize=6.5, linewidth=2.2, label="median", **mark),
        Line2D([], [], marker="D", markersize=5.5, linewidth=2.2, label="95th percentile", **mark),
    ]
    legend = ax.legend(handles=handles, ncols=len(handles), loc="upper left", columnspacing=1.3)
    legend.set_bbox_to_anchor((0, -0.5 / size_in(ax)[1]), transform=ax.transAxes)
