"""The latency figure: one row per service or group of traces, one dot per request."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from tracing_lab.plot.colours import STATUS_NAMES, Colours
from tracing_lab.plot.labels import duration
from tracing_lab.plot.latency import LatencyRows, latency_rows
from tracing_lab.stats import PERCENTILES, or_unknown

from .figures import colours_of, graph_objects, new_figure, text, time_axis

if TYPE_CHECKING:  # an optional extra
    from plotly.graph_objects import Figure

_ROW_PX: Final = 46
_SYMBOLS: Final = {"ok": "circle", "error": "square", "throttle": "diamond", "fault": "x"}
_MARKS: Final = (("p50", "median", "circle"), ("p95", "95th percentile", "diamond"))


def plot_latency(frame: pd.DataFrame, *, by: str | None = None, dark: bool = False) -> "Figure":
    """Draw how long requests took, as `plot.plot_latency` does.

    Parameters
    ----------
    frame
        A span frame or a summary frame.
    by
        Column of a summary frame, with a row for each of its values: ``entry_point`` by default,
        or for example an annotation. Of more than 40 values the most frequent are drawn.
    dark
        Draw on dark paper.

    Returns
    -------
    figure
        A plotly figure; pointing at a mark shows the percentiles of its row.

    Raises
    ------
    ValueError
        If the summary frame has no column `by`, or the frame is a span frame and there is a `by`.
    TraceDataError
        If the frame is neither a span frame nor a summary frame.
    MissingExtraError
        If plotly is not installed.
    """
    colours = colours_of(dark=dark)
    rows = latency_rows(frame, by)
    traces = [*_dots(rows, colours), *_marks(rows, colours)]
    height = _ROW_PX * max(len(rows.names), 1)
    figure = new_figure(traces, rows.title, rows_px=height, colours=colours)
    seconds = rows.requests["duration_s"].dropna().to_numpy()
    figure.update_xaxes(title_text="response time", **time_axis(seconds))
    figure.update_yaxes(
        tickvals=[*range(len(rows.names))], ticktext=[text(name) for name in rows.names],
        range=[max(len(rows.names), 1) - 0.5, -0.5], showgrid=False,
        tickfont={"color": colours.ink},
    )  # fmt: skip
    return figure


def _dots(rows: LatencyRows, colours: Colours) -> Iterator[Any]:
    for status, dots in rows.dots.groupby("status", sort=False, observed=True):
        yield graph_objects().Scattergl(
            x=dots["x"], y=dots["y"], mode="markers", hovertemplate="%{x:.3s}s<extra></extra>",
            name="a request" if status == "ok" else STATUS_NAMES[str(status)],
            marker={"color": colours.face(str(status)), "symbol": _SYMBOLS[str(status)],
                    "size": 5 if status == "ok" else 7, "opacity": 0.35 if status == "ok" else 0.8},
        )  # fmt: skip


def _marks(rows: LatencyRows, colours: Colours) -> Iterator[Any]:
    """Yield medians and 95th percentiles, with their intervals."""
    table = rows.summary
    texts = [_percentiles(row) for _, row in table.iterrows()]
    for key, name, symbol in _MARKS:
        at = table[f"{key}_s"]
        yield graph_objects().Scattergl(
            x=at, y=[*range(len(table))], mode="markers", name=name, text=texts,
            hovertemplate="%{text}<extra></extra>",
            marker={"symbol": symbol, "size": 10, "color": colours.paper,
                    "line": {"color": colours.ink, "width": 2}},
            error_x={"type": "data", "symmetric": False, "color": colours.ink, "thickness": 2.5,
                     "width": 0, "array": table[f"{key}_high_s"] - at,
                     "arrayminus": at - table[f"{key}_low_s"]},
        )  # fmt: skip


def _percentiles(row: "pd.Series[float]") -> str:
    lines = [f"{row['count']:,.0f} requests"]
    for key, q in PERCENTILES.items():
        known = or_unknown(duration(row[f"{key}_s"]), row[f"{key}_high_s"], q)
        lines.append(f"{key}: {known}")
    return "<br>".join(lines)
