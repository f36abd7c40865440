"""Requests by group, and curves of groups beside each other."""

import math
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from tracing_lab.stats import request_spans, whole_traces
from tracing_lab.stats.frame_kinds import is_summary_frame

from .colours import Colours
from .labels import short_names, shortened, text_width
from .style import new_axes, size_in

MOST_CURVES: Final = 8
"""Curves of a figure: more could not be told apart."""

_WIDTH_IN: Final = 8.6
_BESIDE_IN: Final = {"left": 0.85, "right": 0.2}
_ABOVE_IN: Final = 0.5
_LEGEND_PT: Final = 8.0
_LEGEND_IN: Final = 2.4
_HANDLE_IN: Final = 0.75  # of the line beside a name, with gaps
_LINE_IN: Final = 0.17
_DASHES: Final = (  # for print without colours
    "-", (0, (5, 2)), (0, (1, 1.2)), (0, (6, 2, 1, 2)),
    (0, (9, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (2, 2)), (0, (9, 1.5, 1, 1.5)),
)  # fmt: skip


class GroupTimes(NamedTuple):
    """The requests of a group that have ended: its name in figures, and sorted durations."""

    name: str
    seconds: npt.NDArray[np.float64]


def requests_by_group(frame: pd.DataFrame, by: str | None) -> pd.DataFrame:
    """Return requests by service from spans, or whole traces by a column from summaries.

    Parameters
    ----------
    frame
        A span frame or a summary frame.
    by
        Column of a summary frame; ``entry_point`` by default.

    Returns
    -------
    requests
        ``duration_s``, ``status``, ``group`` and ``row``, the number of the group by appearance.

    Raises
    ------
    ValueError
        If the summary frame has no column `by`, or the frame is a span frame and there is a `by`.
    TraceDataError
        If the frame is neither a span frame nor a summary frame.
    """
    if is_summary_frame(frame):
        requests = whole_traces(frame, by=by).rename(columns={"response_s": "duration_s"})
    elif by is None:
        requests = request_spans(frame).rename(columns={"service": "group"})
    else:
        msg = f"by={by!r} is for summary frames; spans are drawn by service."
        raise ValueError(msg)
    rows, _ = pd.factorize(requests["group"], use_na_sentinel=False)
    return requests[["duration_s", "status", "group"]].assign(row=rows)


def largest_groups(frame: pd.DataFrame, by: str | None = None) -> tuple[list[GroupTimes], int]:
    """Return the most frequent groups, those of the most requests first, and how many there are.

    Parameters
    ----------
    frame, by
        See `requests_by_group`.

    Returns
    -------
    groups, count
        At most `MOST_CURVES` groups, and the number of all.
    """
    requests = requests_by_group(frame, by).dropna(subset=["duration_s"])
    values, rows = requests["duration_s"].to_numpy(), requests["row"].to_numpy()
    order = np.lexsort((values, rows))
    numbers, begin = np.unique(rows[order], return_index=True)
    parts = np.split(values[order], begin[1:]) if len(numbers) else []
    firsts = np.unique(rows, return_index=True)[1]
    names = group_names(requests["group"].iloc[firsts])
    groups = [GroupTimes(*pair) for pair in zip(names, parts, strict=True)]
    groups.sort(key=lambda group: -len(group.seconds))
    return groups[:MOST_CURVES], len(groups)


def group_names(groups: "Sequence[Any] | pd.Series[Any] | pd.Index[Any]") -> list[str]:
    """Return the names of groups without what they have in common.

    Parameters
    ----------
    groups
        Values that requests were grouped by.

    Examples
    --------
    >>> group_names(["shop-dev-order-1a2b", "shop-dev-payment-1a2b", None])
    ['order', 'payment', '(none)']
    """
    texts = ["(none)" if pd.isna(group) else str(group) for group in groups]
    short = short_names(texts)
    return [short[text] for text in texts]


def curve_look(number: int, colours: Colours) -> dict[str, Any]:
    """Return the colour, dashes and width of a group's curve.

    Parameters
    ----------
    number
        Of the group.
    colours
        Of the figure.
    """
    return {
        "color": colours.series[number % len(colours.series)],
        "linestyle": _DASHES[number % len(_DASHES)],
        "linewidth": 1.6,
    }


def new_curve_axes(groups: Sequence[GroupTimes]) -> Axes:
    """Return axes of a new figure with room for the legend of curves below them.

    Parameters
    ----------
    groups
        One per curve.
    """
    rows = math.ceil(len(groups) / _columns(groups))
    below = 0.6 + rows * _LINE_IN
    return new_axes(_WIDTH_IN, 3.1 + _ABOVE_IN + below, bottom=below, top=_ABOVE_IN, **_BESIDE_IN)


def draw_curve_legend(ax: Axes, groups: Sequence[GroupTimes], colours: Colours) -> None:
    """Draw the names of curves below the axes.

    Parameters
    ----------
    ax
        The axes.
    groups
        One per curve.
    colours
        Of the figure.
    """
    if not groups:
        return
    lines = [
        Line2D([], [], label=legend_name(group), **curve_look(number, colours))
        for number, group in enumerate(groups)
    ]
    legend = ax.legend(handles=lines, ncols=_columns(groups), loc="upper left", handlelength=3.2)
    legend.set_bbox_to_anchor((0, -0.42 / size_in(ax)[1]), transform=ax.transAxes)
    for text in legend.get_texts():
        text.set_parse_math(False)


def legend_name(group: GroupTimes) -> str:
    """Return the name of a group, shortened to what a legend has room for.

    Parameters
    ----------
    group
        The group.
    """
    return shortened(group.name, lambda text: text_width(text, _LEGEND_PT) <= _LEGEND_IN)


def _columns(groups: Sequence[GroupTimes]) -> int:
    """Return how many columns of names there is room for."""
    widest = max((text_width(legend_name(group), _LEGEND_PT) for group in groups), default=1.0)
    return int((_WIDTH_IN - sum(_BESIDE_IN.values())) / (widest + _HANDLE_IN))


def title_of_groups(title: str, shown: int, count: int) -> str:
    """Return a title that says if not all groups are drawn.

    Parameters
    ----------
    title
        Of all groups.
    shown, count
        How many are drawn, and how many there are.

    Examples
    --------
    >>> title_of_groups("Latency", 8, 40)
    'Latency, the 8 most frequent of 40'
    """
    return f"{title}, the {shown} most frequent of {count:,}" if shown < count else title
