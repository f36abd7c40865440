"""Fonts and axes shared by the figures; set locally, so a user's own style stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .colours import DARK, LIGHT, Colours

_RC: Final[Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.axisbelow": True,
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "svg.fonttype": "none",
}


class DescribedFigure(Figure):
    """A figure whose picture in a notebook has a text for people who cannot see it."""

    alt = ""  # the titles of its axes by default

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return no data, which the notebook's backend makes, and the text as its metadata."""
        titles = [ax.get_title(loc="left") for ax in self.axes]
        alt = self.alt or ". ".join(title for title in titles if title)
        return {}, {"image/png": {"alt": alt}} if alt else {}


@contextmanager
def style(*, dark: bool) -> Iterator[Colours]:
    """Apply the style while a figure is drawn.

    Parameters
    ----------
    dark
        Draw on dark paper.

    Yields
    ------
    colours
        Within the block, new artists have the style in these colours.
    """
    colours = DARK if dark else LIGHT
    own: Any = {
        **dict.fromkeys(("axes.facecolor", "figure.facecolor"), colours.paper),
        **dict.fromkeys(("axes.titlecolor", "text.color"), colours.ink),
        **dict.fromkeys(("axes.labelcolor", "xtick.color", "ytick.color"), colours.muted),
        "axes.edgecolor": colours.faint,
        "grid.color": colours.grid,
    }
    with mpl.rc_context(_RC | own):
        yield colours


def new_axes(width_in: float, height_in: float, **margins_in: float) -> Axes:
    """Make a figure with one pair of axes.

    Parameters
    ----------
    width_in, height_in
        Size of the figure in inches.
    **margins_in
        ``left``, ``right``, ``bottom`` and ``top`` space around the axes in inches.
    """
    figure = plt.figure(figsize=(width_in, height_in), FigureClass=DescribedFigure)
    left, bottom = margins_in.get("left", 0) / width_in, margins_in.get("bottom", 0) / height_in
    right, top = margins_in.get("right", 0) / width_in, margins_in.get("top", 0) / height_in
    return figure.add_axes((left, bottom, 1 - left - right, 1 - bottom - top))


def describe(ax: Axes, text: str) -> None:
    """Set the text that stands for the picture where it cannot be seen.

    Parameters
    ----------
    ax
        Axes; those of a figure that was made elsewhere are left alone.
    text
        What the picture shows.
    """
    figure = ax.get_figure(root=True)
    if isinstance(figure, DescribedFigure):
        figure.alt = text


def dress(ax: Axes, colours: Colours) -> None:
    """Style axes that were made elsewhere like our own."""
    ax.set_facecolor(colours.paper)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_edgecolor(colours.faint)
    ax.tick_params(
        which="both", colors=colours.muted, labelsize=8, grid_color=colours.grid, grid_linewidth=0.8
    )
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(color=colours.muted, fontsize=9)


def size_in(ax: Axes) -> tuple[float, float]:
    """Return the size of axes in inches."""
    figure = ax.get_figure(root=True)
    box = ax.get_position()
    width, height = figure.get_size_inches() if isinstance(figure, Figure) else (6.4, 4.8)
    return float(box.width * width), float(box.height * height)
