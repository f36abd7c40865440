"""Every figure on light and on dark paper: what is written can be read."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from comparisons import window
from figure_data import extreme_spans, summaries
from figure_texts import assert_readable, words
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from tracing_lab import plot, rca, stats
from tracing_lab.graph import service_graph_from_spans
from tracing_lab.plot.colours import DARK, LIGHT, STATUS_MARKERS, Colours, contrast
from tracing_lab.plot.groups import MOST_CURVES, curve_look
from tracing_lab.plot.histogram import HATCHES
from tracing_lab.stats.whatif import Scaled, predict

FIGURES = {name: getattr(plot, name) for name in plot.__all__ if name.startswith("plot_")}
Inputs = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def inputs(shop_spans: pd.DataFrame) -> Inputs:
    """Return what figures of the shop are drawn from."""
    found = inputs_of(shop_spans, window(1), window(2, slower_ms=30.0))
    prediction = predict(shop_spans, Scaled("-order-", 3), of="chain")
    return {
        **found,
        "frame": {"frame": summaries(3000, seconds=3600.0)},
        "prediction": {"prediction": prediction},
    }


def inputs_of(spans: pd.DataFrame, before: pd.DataFrame, after: pd.DataFrame) -> Inputs:
    """Return the arguments of figures by the name of their first parameter."""
    waited = stats.end_to_end(spans)["response_s"].to_numpy() + 0.004
    log = pd.DataFrame({"trace_id": spans.index.unique("trace_id"), "latency_s": waited})
    found = rca.find_root_cause(before, after)
    return {
        "spans": {"spans": spans, "trace_id": spans.index[0][0]},
        "frame": {"frame": spans},
        "graph": {"graph": service_graph_from_spans(spans)},
        "comparison": {"comparison": stats.compare(before, after)},
        "finding": {"finding": found, "graph": service_graph_from_spans(after)},
        "log": {"log": log, "spans": spans},
    }


def draw(figure: Callable[..., Axes], inputs: Inputs, **options: Any) -> Axes:
    """Draw a figure from the input that its first parameter names."""
    parameters = inspect.signature(figure).parameters
    given = inputs[next(iter(parameters))]
    return figure(**{name: given[name] for name in parameters if name in given}, **options)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", FIGURES)
def test_texts_are_within_the_figure_apart_and_readable(
    name: str, inputs: Inputs, *, dark: bool
) -> None:
    ax = draw(FIGURES[name], inputs, dark=dark)
    paper = (DARK if dark else LIGHT).paper
    assert ax.figure.get_facecolor()[:3] == pytest.approx(to_rgb(paper))
    assert_readable(ax)


@pytest.fixture(scope="module")
def extremes(make_trace: Callable[..., Any]) -> Mapping[str, Inputs]:
    """Return what figures of few, unfinished or many spans are drawn from."""
    found = extreme_spans(make_trace)
    return {case: inputs_of(spans, spans, spans) for case, spans in found.items()}


@pytest.mark.parametrize("name", sorted(FIGURES.keys() - {"plot_prediction"}))  # too few to predict
def test_texts_of_extreme_traces_are_readable_too(
    name: str, extremes: Mapping[str, Inputs]
) -> None:
    for number, (case, inputs) in enumerate(extremes.items()):
        ax = draw(FIGURES[name], inputs, dark=number % 2 == 1)
        assert not [text for text in words(ax) if "nan" in text.lower()], case
        assert_readable(ax)


@pytest.mark.parametrize("name", FIGURES)
def test_figures_draw_into_the_axes_they_are_given(name: str, inputs: Inputs) -> None:
    _, ax = plt.subplots()
    assert draw(FIGURES[name], inputs, ax=ax) is ax


PALETTES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


@PALETTES
def test_inks_can_be_read_on_paper_and_on_bands(colours: Colours) -> None:
    inks = [colours.ink, colours.soft, colours.muted, *colours.status_inks.values()]
    grounds = [colours.paper, colours.band]
    assert min(contrast(ink, ground) for ink in inks for ground in grounds) >= 4.5


def test_failures_and_groups_differ_without_colours_too() -> None:
    assert len({*STATUS_MARKERS.values()}) == len(STATUS_MARKERS)
    assert len({*HATCHES.values()}) == len(HATCHES)
    dashes = {str(curve_look(number, LIGHT)["linestyle"]) for number in range(MOST_CURVES)}
    assert len(dashes) == MOST_CURVES
    assert len({*LIGHT.series}) == len({*DARK.series}) == MOST_CURVES


# How colours look without one kind of cones, as matrices over linear RGB: G. M. Machado and others,
# A Physiologically-based Model for Simulation of Color Vision Deficiency, 2009.
BLINDNESS = {
    "none": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)  # of linear sRGB


def lab(colour: str, blindness: str) -> np.ndarray:
    """Return a colour in CIELAB as people with a kind of colour blindness see it."""
    parts = np.array(to_rgb(colour))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    seen = np.clip(BLINDNESS[blindness] @ linear, 0, 1)
    x, y, z = np.cbrt(XYZ @ seen / np.array([0.9505, 1.0, 1.089]) + 1e-9)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@PALETTES
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_colours_of_groups_differ_for_colour_blind_readers(
    colours: Colours, blindness: str
) -> None:
    seen = [lab(colour, blindness) for colour in colours.series]
    distances = [np.linalg.norm(a - b) for n, a in enumerate(seen) for b in seen[:n]]
    assert min(distances) >= 12  # a difference of 2 can be seen side by side
