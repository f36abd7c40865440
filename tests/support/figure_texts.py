"""The texts of a figure: what they say, where they are, and whether they can be read."""

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox, BboxBase


def texts(ax: Axes) -> list[Text]:
    """Return the visible texts of a figure."""
    found: list[Text] = ax.findobj(Text)
    return [text for text in found if text.get_visible() and text.get_text()]


def words(ax: Axes) -> set[str]:
    """Return what the visible texts of a figure say."""
    return {text.get_text() for text in texts(ax)}


def boxes(ax: Axes) -> dict[Text, Bbox]:
    """Return where the visible texts of a figure are."""
    assert isinstance(ax.figure, Figure)
    ax.figure.draw_without_rendering()
    hidden = [] if ax.axison else [*ax.get_xticklabels(), *ax.get_yticklabels()]
    for axis in (ax.xaxis, ax.yaxis):
        low, high = sorted(axis.get_view_interval())
        beyond = [tick for tick in axis.get_major_ticks() if not low <= tick.get_loc() <= high]
        hidden += [tick.label1 for tick in beyond]
    shown = [text for text in texts(ax) if text not in hidden]
    return {text: text.get_window_extent().padded(-1) for text in shown}


def assert_legible(ax: Axes) -> None:
    """Assert that no text covers another or leaves the figure."""
    _assert_apart(boxes(ax), ax.figure.bbox)


def assert_readable(ax: Axes) -> None:
    """Assert what `assert_legible` does, and that text stands out from what is drawn below it.

    WCAG's level AA asks for 4.5 to 1. A tenth of the pixels may be less: the lines of a grid, or a
    curve that shows through.
    """
    found = boxes(ax)
    _assert_apart(found, ax.figure.bbox)
    page = _without_texts(ax, list(found))
    for text, box in found.items():
        left, right = int(box.x0), int(np.ceil(box.x1))
        top, bottom = len(page) - int(np.ceil(box.y1)), len(page) - int(box.y0)
        ground = _luminance(page[top:bottom, left:right])
        low, high = np.minimum(ground, ink(text)), np.maximum(ground, ink(text))
        contrast = float(np.quantile((high + 0.05) / (low + 0.05), 0.1))
        assert contrast >= 4.5, (text.get_text(), round(contrast, 2))


def _assert_apart(found: Mapping[Text, Bbox], page: BboxBase) -> None:
    for first, second in itertools.combinations(found, 2):
        assert not found[first].overlaps(found[second]), (first.get_text(), second.get_text())
    for text, box in found.items():
        assert page.containsx(box.x0), text.get_text()
        assert page.containsx(box.x1), text.get_text()
        assert page.containsy(box.y0), text.get_text()
        assert page.containsy(box.y1), text.get_text()


def ink(text: Text) -> float:
    """Return the luminance of a text's colour."""
    return float(_luminance(np.array([round(255 * share) for share in to_rgb(text.get_color())])))


def _without_texts(ax: Axes, shown: list[Text]) -> npt.NDArray[np.uint8]:
    """Return the pixels of a figure in which nothing is written."""
    assert isinstance(ax.figure, Figure)
    colours = {text: text.get_color() for text in shown}
    alphas = {text: text.get_alpha() for text in shown}
    for text in shown:
        text.set(color="none")
    canvas: Any = FigureCanvasAgg(ax.figure)  # its methods have no types
    canvas.draw()
    for text in shown:
        text.set(color=colours[text], alpha=alphas[text])
    return np.asarray(canvas.buffer_rgba())[..., :3]


_SHADES = np.arange(256) / 255
_LINEAR = np.where(_SHADES <= 0.04045, _SHADES / 12.92, ((_SHADES + 0.055) / 1.055) ** 2.4)


def _luminance(colours: npt.NDArray[Any]) -> Any:
    """Return relative luminance (WCAG 2.2) of 8-bit colours in the last axis."""
    return _LINEAR[colours] @ np.array([0.2126, 0.7152, 0.0722])
