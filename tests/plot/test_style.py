"""Colours can be read."""

import pytest
from matplotlib.colors import to_rgb

from tracing_lab.plot.style import STATUS_INKS


@pytest.mark.parametrize("colour", STATUS_INKS.values(), ids=STATUS_INKS)
def test_words_in_a_status_colour_can_be_read_on_paper(colour: str) -> None:
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    luminance = sum(c * part for c, part in zip(channels, (0.2126, 0.7152, 0.0722), strict=True))
    assert 1.05 / (luminance + 0.05) >= 4.5  # WCAG 2's level AA
