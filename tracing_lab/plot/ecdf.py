"""Distributions: which share of requests took at most how long."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, PercentFormatter

from tracing_lab.errors import TraceDataError
from tracing_lab.stats import ecdf_margin, end_to_end

from .colours import Colours
from .groups import (
    GroupTimes,
    curve_look,
    draw_curve_legend,
    largest_groups,
    new_curve_axes,
    title_of_groups,
)
from .labels import duration
from .scales import SHORTEST_S, thinned, time_axis
from .style import dress, style

Numbers = npt.NDArray[np.float64]

_TICKS: Final = (0, 0.25, 0.5, 0.75, 0.9, 1)
WIDEST_BAND: Final = 0.5  # a band to either side that says nothing


class Steps(NamedTuple):
    """A distribution as steps: each share holds from its duration to the next one.

    ``margin`` is how far the true shares may be from these.
    """

    seconds: Numbers
    shares: Numbers
    margin: float


def plot_ecdf(
    frame: pd.DataFrame,
    *,
    by: str | None = None,
    confidence: float = 0.95,
    dark: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw which share of requests took at most how long: of each service, or of whole traces.

    The band around a curve covers the true distribution with the given probability, whatever that
    is (`stats.ecdf_margin`); for fewer than eight requests it would say nothing and is left out.
    The axis of times is logarithmic if they differ by more than a decade or so. Of more than eight
    groups, the most frequent are drawn.

    Parameters
    ----------
    frame
        A span frame or a summary frame.
    by
        Column of a summary frame, with a curve for each of its values: ``entry_point`` by default,
        or for example an annotation.
    confidence
        Of each band.
    dark
        Draw on dark paper.
    ax
        Where to draw; a new figure of fitting size by default.

    Returns
    -------
    ax
        The axes.

    Raises
    ------
    ValueError
        If the summary frame has no column `by`, the frame is a span frame and there is a `by`, or
        `confidence` is not between 0 and 1.
    TraceDataError
        If the frame is neither a span frame nor a summary frame.
    """
    groups, count = largest_groups(frame, by)
    title = title_of_groups("Distribution of response times", len(groups), count)
    return _draw(groups, title, confidence=confidence, dark=dark, ax=ax)


def plot_client_latency(
    log: pd.DataFrame, spans: pd.DataFrame, *, dark: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw how long clients waited by their own clocks, beside what X-Ray recorded.

    X-Ray sees a request from its arrival on: what the client waited longer was spent on the network
    and in front of the first segment. What a trace lasts longer went on after the response. Bands
    are those of `plot_ecdf`.

    Parameters
    ----------
    log
        A request log, as `traffic.fire` returns it: ``trace_id`` and ``latency_s``.
    spans
        A span frame with traces of these requests; requests without a trace are left out.
    dark
        Draw on dark paper.
    ax
        Where to draw; a new figure of fitting size by default.

    Returns
    -------
    ax
        The axes.

    Raises
    ------
    TraceDataError
        If the log lacks one of the two columns.
    """
    if missing := {"trace_id", "latency_s"} - set(log.columns):
        names = " and no ".join(sorted(missing))
        msg = f"The request log has no {names}; take it from traffic.fire."
        raise TraceDataError(msg)
    traces = end_to_end(spans)[["response_s", "duration_s"]]
    joined = log[["trace_id", "latency_s"]].join(traces, on="trace_id", how="inner").dropna()
    columns = {
        "latency_s": "client: until the response",
        "response_s": "X-Ray: until the response",
        "duration_s": "X-Ray: until all was done",
    }
    groups = [
        GroupTimes(name, np.sort(joined[column].to_numpy(dtype=np.float64)))
        for column, name in columns.items()
        if len(joined)
    ]
    outside_s = (joined["latency_s"] - joined["response_s"]).median()
    more = f": {duration(outside_s)} longer than X-Ray saw (median)" if groups else ""
    return _draw(groups, f"What clients waited{more}", confidence=0.95, dark=dark, ax=ax)


def steps_of(seconds: Numbers, *, confidence: float) -> Steps:
    """Return the distribution of sorted durations, thinned to what can be seen.

    Parameters
    ----------
    seconds
        Rising, at least one.
    confidence
        Of the margin.
    """
    rows = thinned(len(seconds))
    times = np.maximum(seconds[rows], SHORTEST_S)
    return Steps(
        np.append(times[0], times),
        np.append(0.0, (rows + 1) / len(seconds)),
        ecdf_margin(len(seconds), confidence=confidence),
    )


def band_alpha(groups: Sequence[GroupTimes]) -> float:
    """Return how opaque bands are: the less, the more of them cover each other.

    Parameters
    ----------
    groups
        One per band.
    """
    return 0.28 / max(len(groups), 2)


def _draw(
    groups: Sequence[GroupTimes], title: str, *, confidence: float, dark: bool, ax: Axes | None
) -> Axes:
    with style(dark=dark) as colours:
        ax = ax or new_curve_axes(groups)
        dress(ax, colours)
        time_axis(ax, np.concatenate([[], *(group.seconds for group in groups)]))
        for number, group in enumerate(groups):
            steps = steps_of(group.seconds, confidence=confidence)
            _draw_steps(ax, group.name, steps, number, colours, alpha=band_alpha(groups))
        ax.set_ylim(-0.02, 1.02)
        ax.yaxis.set_major_locator(FixedLocator(_TICKS))
        ax.yaxis.set_major_formatter(PercentFormatter(1))
        ax.grid(visible=True, axis="y")
        ax.set_xlabel("response time")
        ax.set_title(title)
        ax.set_ylabel("share of requests")
        draw_curve_legend(ax, groups, colours)
    return ax


def _draw_steps(
    ax: Axes, name: str, steps: Steps, number: int, colours: Colours, *, alpha: float
) -> None:
    look = curve_look(number, colours)
    seconds, shares, _ = steps
    ax.plot(seconds, shares, drawstyle="steps-post", label=name, **look)
    if steps.margin < WIDEST_BAND:
        low, high = (np.clip(shares + sign * steps.margin, 0, 1) for sign in (-1, 1))
        look = {"color": look["color"], "alpha": alpha, "linewidth": 0}
        ax.fill_between(seconds, low, high, step="post", **look)
