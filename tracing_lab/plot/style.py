"""Colours, fonts and axes shared by the figures; set locally, so a user's own style stays."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK: Final = "#1F2933"
MUTED: Final = "#616E7C"
FAINT: Final = "#CBD2D9"
PAPER: Final = "#FFFFFF"
CALM: Final = "#2F6690"
CALM_LIGHT: Final = "#A8C6DE"

STATUS_COLOURS: Final[Mapping[str, str]] = {
    # X-Ray's four colours, in tones that colour-blind readers can tell apart (after Okabe and Ito)
    "ok": "#009E73",
    "error": "#E69F00",
    "throttle": "#7E57C2",
    "fault": "#D1401F",
    "in_progress": "#9AA5B1",
}
STATUS_INKS: Final[Mapping[str, str]] = {
    # the same colours for words, dark enough to be read on paper (4.5:1)
    "ok": "#00795A",
    "error": "#8F6000",
    "throttle": "#7147BD",
    "fault": "#C4391B",
    "in_progress": MUTED,
}
STATUS_NAMES: Final[Mapping[str, str]] = {
    "ok": "ok",
    "error": "error (4xx)",
    "throttle": "throttle (429)",
    "fault": "fault (5xx)",
    "in_progress": "in progress",
}

_RC: Final[Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.facecolor": PAPER,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.axisbelow": True,
    "figure.facecolor": PAPER,
    "grid.color": "#E4E7EB",
    "grid.linewidth": 0.8,
    "hatch.linewidth": 0.8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "xtick.color": MUTED,
    "xtick.labelsize": 8,
    "ytick.color": MUTED,
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
def style() -> Iterator[None]:
    """Apply the style while a figure is drawn.

    Yields
    ------
    nothing
        Within the block, new artists have the style.
    """
    with mpl.rc_context(_RC):
        yield


def new_axes(width_in: float, height_in: float, **margins_in: float) -> Axes:
    """Make a figure with one pair of axes.

    Parameters
    ----------
    width_in, height_in
        Size of the figure in inches.
    **margins_in
        ``left``, ``right``, ``bottom`` and ``top`` space around the axes in inches.

    Returns
    -------
    axes
        The axes.
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


def dress(ax: Axes) -> None:
    """Style axes that were made elsewhere like our own.

    Parameters
    ----------
    ax
        Axes of a figure.
    """
    ax.set_facecolor(PAPER)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_edgecolor(FAINT)
    ax.tick_params(
        which="both", colors=MUTED, labelsize=8, grid_color="#E4E7EB", grid_linewidth=0.8
    )
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(color=MUTED, fontsize=9)


def size_in(ax: Axes) -> tuple[float, float]:
    """Measure axes.

    Parameters
    ----------
    ax
        Axes of a figure.

    Returns
    -------
    width_in, height_in
        Inches.
    """
    figure = ax.get_figure(root=True)
    box = ax.get_position()
    width, height = figure.get_size_inches() if isinstance(figure, Figure) else (6.4, 4.8)
    return float(box.width * width), float(box.height * height)
