"""Bars of what makes slow requests slow."""

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from tracing_lab.plot.attribution import (
    CAUSE_COLOURS,
    CAUSE_NAMES,
    attribution_rows,
    attribution_summary,
)
from tracing_lab.spans.path_parts import BUS, COLD_START, RETRY, UNTRACED
from tracing_lab.stats import Grouping, tail_attribution

from .figures import colours_of, graph_objects, new_figure, text

if TYPE_CHECKING:  # an optional extra
    from plotly.graph_objects import Figure

_ROW_PX: Final = 30
_BAR: Final = 0.62  # of a row
_AIR: Final = 0.3  # of the width, for numbers beside the bars
_PATTERNS: Final = {COLD_START: "/", BUS: ".", RETRY: "x", UNTRACED: "-"}


def plot_attribution(
    spans: pd.DataFrame, *, q: float = 0.95, by: Grouping = "service", dark: bool = False
) -> "Figure":
    """Draw what makes slow requests slower than the median, as `plot.plot_attribution` does.

    Parameters
    ----------
    spans
        A span frame.
    q
        The percentile from which requests are slow, as a fraction.
    by
        ``service``, ``node`` or ``operation``.
    dark
        Draw on dark paper.

    Returns
    -------
    figure
        A plotly figure, with the interval of each bar where it is known.

    Raises
    ------
    ValueError
        If `q` is not between 0.6 and 1, or `by` is not one of the values above.
    MissingExtraError
        If plotly is not installed.
    """
    go, colours = graph_objects(), colours_of(dark=dark)
    table = tail_attribution(spans, q=q, by=by)
    rows = attribution_rows(table).reset_index(drop=True)
    bars = [
        go.Bar(
            orientation="h", width=_BAR, y=part.index, x=part["mean_excess_s"], text=part["text"],
            textposition="outside", name=CAUSE_NAMES.get(str(cause), str(cause)),
            marker={"color": CAUSE_COLOURS[str(cause)],
                    "pattern": {"shape": _PATTERNS.get(str(cause), "")}},
            error_x={"type": "data", "color": colours.ink, "thickness": 1.2, "symmetric": False,
                     "array": part["excess_high_s"] - part["mean_excess_s"],
                     "arrayminus": part["mean_excess_s"] - part["excess_low_s"]},
            hovertemplate="%{text}<extra></extra>", cliponaxis=False,
        )
        for cause, part in rows.groupby("cause", sort=False)
    ]  # fmt: skip
    title = f"What makes the slowest {100 * (1 - q):.3g}% slow"
    figure = new_figure(bars, title, rows_px=_ROW_PX * max(len(rows), 2), colours=colours)
    figure.update_layout(title_subtitle_text=text(attribution_summary(table.attrs)))
    figure.update_yaxes(
        tickvals=rows.index, ticktext=rows["label"].map(text), autorange="reversed", showgrid=False
    )
    times = np.append(rows[["mean_excess_s", "excess_low_s", "excess_high_s"]], 0.0)
    low, high = float(np.nanmin(times)), float(np.nanmax(times))
    air = _AIR * max(high - low, 1e-3)
    figure.update_xaxes(
        title_text="mean time beyond that of a median request", range=[low - air, high + air]
    )
    figure.update_xaxes(tickformat="~s", ticksuffix="s", zeroline=True, zerolinecolor=colours.muted)
    return figure
