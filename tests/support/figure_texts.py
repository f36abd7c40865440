"""The texts of a figure: what they say, where they are, and whether they can be read."""

import itertools

from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def texts(ax: Axes) -> list[Text]:
    """Return the visible texts of a figure."""
    found = [text for text in ax.findobj(Text) if text.get_visible() and text.get_text()]
    return [text for text in found if isinstance(text, Text)]


def words(ax: Axes) -> set[str]:
    """Return what the visible texts of a figure say."""
    return {text.get_text() for text in texts(ax)}


def boxes(ax: Axes) -> dict[Text, Bbox]:
    """Return where the visible texts of a figure are."""
    ax.figure.draw_without_rendering()
    ticks = [label for label in ax.get_xticklabels() + ax.get_yticklabels() if label.get_text()]
    shown = [text for text in texts(ax) if text not in ticks or ax.axison]
    return {text: text.get_window_extent().padded(-1) for text in shown}


def assert_legible(ax: Axes) -> None:
    """Assert that no text covers another or leaves the figure."""
    found = boxes(ax)
    for first, second in itertools.combinations(found, 2):
        assert not found[first].overlaps(found[second]), (first.get_text(), second.get_text())
    page = ax.figure.bbox
    for text, box in found.items():
        assert page.containsx(box.x0), text.get_text()
        assert page.containsx(box.x1), text.get_text()
        assert page.containsy(box.y0), text.get_text()
        assert page.containsy(box.y1), text.get_text()
