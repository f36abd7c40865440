"""A prediction beside what is now, and what was observed after the change."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, PercentFormatter

from tracing_lab.stats.whatif import Prediction

from .ecdf import steps_of
from .groups import GroupTimes, curve_look, draw_curve_legend, new_curve_axes
from .labels import duration
from .scales import time_axis
from .style import dress, style

_TICKS = (0, 0.25, 0.5, 0.75, 0.9, 0.99)
_AT = {"p50": 0.5, "p99": 0.99}


def plot_prediction(
    prediction: Prediction,
    observed_s: Sequence[float] | npt.NDArray[np.float64] | None = None,
    *,
    dark: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw how long requests take now, and how long they would take after a change.

    Bars at the median and the 99th percentile are the intervals of the prediction.

    Parameters
    ----------
    prediction
        What `whatif.predict` returned.
    observed_s
        How long requests took after the change, for example
        `experiments.PredictionScore.observed_s`.
    dark
        Draw on dark paper.
    ax
        Where to draw; a new figure of fitting size by default.

    Returns
    -------
    ax
        The axes.
    """
    times = {"now": prediction.now_s, "predicted": prediction.predicted_s}
    if observed_s is not None:
        times["observed"] = np.asarray(observed_s, dtype=np.float64)
    groups = [
        GroupTimes(name, np.sort(seconds[~np.isnan(seconds)])) for name, seconds in times.items()
    ]
    with style(dark=dark) as colours:
        ax = ax or new_curve_axes(groups)
        dress(ax, colours)
        bounds = prediction.table[["low_s", "high_s"]].to_numpy(dtype=np.float64).ravel()
        time_axis(ax, np.concatenate([bounds, *(group.seconds for group in groups)]))
        for number, group in enumerate(groups):
            seconds, shares, _ = steps_of(group.seconds, confidence=0.95)
            look: dict[str, Any] = curve_look(number, colours)
            ax.plot(seconds, shares, drawstyle="steps-post", label=group.name, **look)
        bar = {**curve_look(1, colours), "linestyle": "-", "linewidth": 4, "alpha": 0.35}
        for name, low_s, high_s in prediction.table[["low_s", "high_s"]].itertuples():
            ax.plot([low_s, high_s], [_AT[name]] * 2, solid_capstyle="butt", **bar)
        ax.set_ylim(-0.02, 1.03)
        ax.yaxis.set_major_locator(FixedLocator(_TICKS))
        ax.yaxis.set_major_formatter(PercentFormatter(1))
        ax.grid(visible=True, axis="y")
        ax.set_xlabel("response time" if prediction.of == "request" else "time until all has ended")
        ax.set_ylabel("share of requests")
        ax.set_title(_title(prediction))
        draw_curve_legend(ax, groups, colours)
    return ax


def _title(prediction: Prediction) -> str:
    now, then = (duration(prediction.table[name]["p50"]) for name in ("now_s", "predicted_s"))
    return f"What if: median {now} now, {then} predicted"
