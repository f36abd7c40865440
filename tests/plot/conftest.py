"""Figures are drawn without a screen."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def no_screen() -> Iterator[None]:
    """Draw without a screen, and leave no figure behind."""
    with mpl.rc_context():
        plt.switch_backend("Agg")
        yield
        plt.close("all")
