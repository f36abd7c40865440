"""Figures in files."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from tracing_lab import plot


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_saved_figure_is_the_same_file_each_time(
    tmp_path: Path, worked_spans: pd.DataFrame, suffix: str
) -> None:
    files = [
        plot.save_figure(plot.plot_latency(worked_spans), tmp_path / f"{n}" / f"a.{suffix}", dpi=50)
        for n in range(2)
    ]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert not plt.get_fignums()


def test_a_figure_can_be_inlined(worked_spans: pd.DataFrame) -> None:
    svg = plot.figure_to_svg(plot.plot_latency(worked_spans))
    assert svg.startswith("<svg")
    assert svg.rstrip().endswith("</svg>")
