"""Figures with a row per group: its name at the left, columns of text at the right."""

from collections.abc import Sequence
from typing import Any, Final

from matplotlib.axes import Axes

from .colours import Colours
from .labels import shortened, text_width
from .style import new_axes, size_in

_COLUMN_IN: Final = 0.68
_ROW_IN: Final = 0.5
_MARGINS_IN: Final = {"right": 0.15, "top": 0.75, "bottom": 0.95}
_PLOT_IN: Final = 8.6
_NAME_PT: Final = 9.0


def new_row_axes(names: Sequence[str]) -> Axes:
    """Return axes of a new figure with room for rows and their names.

    Parameters
    ----------
    names
        One per row.
    """
    left = 0.3 + max((_width_in(name) for name in names), default=1.0)
    height = max(len(names), 1) * _ROW_IN + _MARGINS_IN["top"] + _MARGINS_IN["bottom"]
    return new_axes(left + _PLOT_IN, height, left=left, **_MARGINS_IN)


def row_name(text: str, *, width_in: float) -> str:
    """Return a text, shortened in the middle where it is too wide for a row's name.

    Parameters
    ----------
    text
        The name.
    width_in
        The room for it, in inches.
    """
    return shortened(text, lambda name: _width_in(name) <= width_in)


def columns_share(ax: Axes, headings: Sequence[str]) -> float:
    """Return which part of the axes' width the columns take.

    Parameters
    ----------
    ax
        The axes.
    headings
        One per column.
    """
    return len(headings) * _COLUMN_IN / size_in(ax)[0]


def column_edges(ax: Axes, headings: Sequence[str]) -> list[float]:
    """Return the right edge of each column, as a part of the axes' width.

    Parameters
    ----------
    ax
        The axes.
    headings
        One per column.
    """
    width, last = size_in(ax)[0], len(headings) - 1
    return [1 - (last - at) * _COLUMN_IN / width for at in range(len(headings))]


def draw_rows(ax: Axes, names: Sequence[str], headings: Sequence[str], colours: Colours) -> None:
    """Draw the names of rows, the lines between these, and the headings of columns.

    Parameters
    ----------
    ax
        Where to draw.
    names
        One per row, from the top.
    headings
        One per column.
    colours
        Of the figure.
    """
    ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
    ax.set_yticks(
        range(len(names)),
        names,
        fontsize=_NAME_PT,
        weight="bold",
        color=colours.ink,
        parse_math=False,
    )
    ax.tick_params(axis="y", length=0)
    ax.spines[["left", "right", "top", "bottom"]].set_visible(False)
    for line in range(len(names) + 1):
        ax.axhline(line - 0.5, color=colours.grid, linewidth=0.8, zorder=0)
    above = 1 + 0.06 / size_in(ax)[1]
    options: dict[str, Any] = {"transform": ax.transAxes, "ha": "right", "va": "bottom"}
    for heading, at in zip(headings, column_edges(ax, headings), strict=True):
        ax.text(at, above, heading, fontsize=8, color=colours.muted, **options)


def _width_in(text: str) -> float:
    return text_width(text, _NAME_PT, "bold")
