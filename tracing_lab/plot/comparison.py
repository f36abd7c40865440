"""The comparison figure: one row per group, with how much its latency changed, and how surely."""

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from .colours import Colours
from .labels import duration, percent, short_names
from .rows import column_edges, columns_share, draw_rows, new_row_axes, row_name
from .style import dress, size_in, style

_NAME_IN: Final = 3.2
_MOST_ROWS: Final = 30
_AIR: Final = 0.06
_OFFSET: Final = 0.16  # of a row, between latency and own time
_LEAST_S: Final = 1e-4

_TESTS: Final = ["latency_q", "own_q", "failure_q", "presence_q"]
_LEAST_P: Final = 0.001
_MARKS: Final = {"p50": ("o", -_OFFSET, "latency_q"), "own_p50": ("D", _OFFSET, "own_q")}


def _share(share: float) -> str:
    return "" if math.isnan(share) else percent(share)


def _p_value(row: "pd.Series[Any]") -> str:
    least = float(row[_TESTS].astype(float).min())
    if math.isnan(least):
        return ""
    return "<0.001" if least < _LEAST_P else f"{least:.2g}"


_Cell = Callable[["pd.Series[Any]"], str]
_CELLS: Final[dict[str, _Cell]] = {
    "p50\nbefore": lambda row: duration(row["p50_first_s"]),
    "p50\nafter": lambda row: duration(row["p50_second_s"]),
    "failed\nbefore": lambda row: _share(row["failure_first_rate"]),
    "failed\nafter": lambda row: _share(row["failure_second_rate"]),
    "corrected\np-value": _p_value,
}


def plot_comparison(
    comparison: pd.DataFrame, *, dark: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw how much the latency of each group changed between two sets of traces.

    The circle is the change of the median, the diamond that of the own time, without the requests
    that a group makes; bars are their confidence intervals, drawn where there are enough requests
    to know. What chance hardly explains is in colour. Changes within the grey band are too small to
    be found with this many requests. The last column has the smallest of the corrected p-values.

    Parameters
    ----------
    comparison
        What `stats.compare` or `graph.compare` returned; of more than 30 rows the first are drawn.
    dark
        Draw on dark paper.
    ax
        Where to draw; a new figure of fitting size by default.

    Returns
    -------
    ax
        The axes.
    """
    table = comparison.iloc[:_MOST_ROWS]
    names = _names(table)
    with style(dark=dark) as colours:
        if ax is None:
            ax = new_row_axes(names)
        dress(ax, colours)
        _scale(ax, table)
        limit = table.loc[table["significant"], _TESTS].min(axis=1).max()
        for number, (_, row) in enumerate(table.iterrows()):
            _draw_row(ax, number, row, limit, colours)
            _draw_cells(ax, number, row, colours)
        draw_rows(ax, names, [*_CELLS], colours)
        ax.axvline(0, color=colours.faint, linewidth=1.6, zorder=1)
        ax.set_xlabel("change of the median")
        found = int(table["significant"].sum())
        ax.set_title(f"What changed: {found} of {len(comparison)} significant", pad=26)
        _draw_legend(ax, colours)
    return ax


def _names(table: pd.DataFrame) -> list[str]:
    levels = [str(name) for name in table.index.names if name != "what"]
    keys = zip(*(table.index.get_level_values(name) for name in levels), strict=True)
    texts = [" ".join(str(part) for part in dict.fromkeys(key) if part) for key in keys]
    short = short_names(texts)
    return [row_name(short[text], width_in=_NAME_IN) for text in texts]


def _scale(ax: Axes, table: pd.DataFrame) -> None:
    """Scale the axis to all changes and bounds, with zero in sight and room for the columns."""
    names = [f"{name}_change{bound}_s" for name in _MARKS for bound in ("", "_low", "_high")]
    values = table[names].to_numpy(dtype=float)
    known = np.append(values[~np.isnan(values)], [-_LEAST_S, _LEAST_S])
    low, high = float(known.min()), float(known.max())
    beside = columns_share(ax, [*_CELLS])
    span = (high - low) / (1 - 2 * _AIR - beside)
    ax.set_xlim(low - _AIR * span, low + (1 - _AIR) * span)
    ticks = MaxNLocator(6, steps=[1, 2, 5, 10]).tick_values(low, high)
    shown = [at for at in ticks if low - _AIR * span <= at <= high + _AIR * span / 2]
    ax.set_xticks(shown, [_signed(at) for at in shown])
    ax.grid(visible=True, axis="x")


def _signed(seconds: float) -> str:
    if abs(seconds) < _LEAST_S / 1e3:
        return "0"
    return ("+" if seconds > 0 else "\N{MINUS SIGN}") + duration(abs(seconds))


def _draw_row(ax: Axes, number: int, row: "pd.Series[Any]", limit: float, colours: Colours) -> None:
    """Draw the changes of a row, in colour where the p-value is not above the limit."""
    band = row["latency_detectable_s"]
    if not pd.isna(band):
        width = min(band, _columns_begin(ax)) + band
        ax.barh(number, width, left=-band, height=0.8, color=colours.grid, zorder=0.5)
    for name, (marker, offset, test) in _MARKS.items():
        interval = [row[f"{name}_change_low_s"], row[f"{name}_change_high_s"]]
        at = number + offset
        found = row[test] <= limit
        colour = colours.calm if found else colours.muted
        ax.plot(interval, [at, at], color=colour, linewidth=2, zorder=3, solid_capstyle="butt")
        look: dict[str, Any] = {"markeredgecolor": colour, "markeredgewidth": 1.4}
        look["markerfacecolor"] = colour if found else colours.paper
        ax.plot([row[f"{name}_change_s"]], [at], marker=marker, markersize=5.5, zorder=4, **look)


def _draw_cells(ax: Axes, number: int, row: "pd.Series[Any]", colours: Colours) -> None:
    options: dict[str, Any] = {"transform": ax.get_yaxis_transform(), "ha": "right", "va": "center"}
    colour = colours.ink if row["significant"] else colours.muted
    for cell, at in zip(_CELLS.values(), column_edges(ax, [*_CELLS]), strict=True):
        ax.text(at, number, cell(row), fontsize=8.5, color=colour, **options)


def _columns_begin(ax: Axes) -> float:
    """Return the change at which the columns begin."""
    low, high = ax.get_xlim()
    return high - (high - low) * columns_share(ax, [*_CELLS])


def _draw_legend(ax: Axes, colours: Colours) -> None:
    mark: dict[str, Any] = {"color": colours.calm, "markersize": 5.5, "linewidth": 2}
    handles = [
        Line2D([], [], marker="o", label="response time", **mark),
        Line2D([], [], marker="D", label="own time", **mark),
        Line2D(
            [],
            [],
            color=colours.muted,
            marker="o",
            markerfacecolor=colours.paper,
            label="may be chance",
        ),
        Patch(color=colours.grid, label="too small to be found"),
    ]
    legend = ax.legend(handles=handles, ncols=len(handles), loc="upper left", columnspacing=1.3)
    legend.set_bbox_to_anchor((0, -0.5 / size_in(ax)[1]), transform=ax.transAxes)
