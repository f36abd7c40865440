"""Figures to files, and off the screen's list."""

import io
import os
from pathlib import Path
from typing import Any, Final, cast

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tracing_lab import files

_DPI: Final = 150
_SVG: Final[Any] = {"svg.fonttype": "path", "svg.hashsalt": "tracing-lab"}


def save_figure(ax: Axes, path: str | os.PathLike[str], *, dpi: int = _DPI) -> Path:
    """Write the figure of some axes to a file and close it.

    Parameters
    ----------
    ax
        Axes, as the functions of this module return them.
    path
        File to write, for example a ``.png`` or ``.svg``; its folder is made when missing.
    dpi
        Pixels per inch.

    Returns
    -------
    path
        The file written.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    suffix = Path(path).suffix
    figure = cast("Figure", ax.get_figure(root=True))
    content = io.BytesIO()
    with mpl.rc_context(_SVG):
        figure.savefig(content, format=suffix[1:] or None, dpi=dpi, metadata=_no_date(suffix))
    plt.close(figure)
    return files.write_bytes(path, content.getvalue())


def figure_to_svg(ax: Axes) -> str:
    """Return the figure of some axes as an ``<svg>`` element and close it.

    Parameters
    ----------
    ax
        Axes, as the functions of this module return them.

    Returns
    -------
    svg
        The element, with text as outlines, so that it looks the same everywhere; the same axes
        give the same text.
    """
    figure = cast("Figure", ax.get_figure(root=True))
    content = io.StringIO()
    with mpl.rc_context(_SVG):
        figure.savefig(content, format="svg", dpi=_DPI, metadata=_no_date(".svg"))
    plt.close(figure)
    text = content.getvalue()
    return text[text.index("<svg") :]


def figure_to_png(ax: Axes, *, dpi: int = _DPI) -> bytes:
    """Return the figure of some axes as a PNG file and close it.

    Parameters
    ----------
    ax
        Axes, as the functions of this module return them.
    dpi
        Pixels per inch.
    """
    figure = cast("Figure", ax.get_figure(root=True))
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=dpi)
    plt.close(figure)
    return content.getvalue()


def _no_date(suffix: str) -> dict[str, None]:
    """Leave the date out of files, so that the same figure is the same file."""
    return {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix, {})
