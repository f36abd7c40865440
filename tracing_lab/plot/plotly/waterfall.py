"""The waterfall: one trace, one row per span, time to the right."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from tracing_lab.graph import one_trace
from tracing_lab.graph.trace_tree import critical_path_of_trace
from tracing_lab.plot.colours import STATUS_NAMES, Colours
from tracing_lab.plot.labels import duration, shortened, text_width
from tracing_lab.plot.waterfall.drawing import MOST_ROWS
from tracing_lab.plot.waterfall.looks import LOOK_NAMES, bar_look
from tracing_lab.plot.waterfall.rows import (
    WaterfallRow,
    counted,
    path_stretches,
    rows_from_trace,
)
from tracing_lab.xray_model.outcomes import OK

from .figures import colours_of, graph_objects, new_figure, text

if TYPE_CHECKING:  # an optional extra
    from plotly.graph_objects import Figure

_ROW_PX: Final = 20
_BAR: Final = 0.64  # of a row
_NARROWEST: Final = 0.002  # of the trace; a mark for what takes next to no time
_SHAPES: Final = {".....": ".", "/////": "/", "|||||": "|"}
_INDENT_PX: Final = 9.0
_MOST_INDENT_PX: Final = 170.0
_GAP_PX: Final = 12.0
_NAME_PT: Final = 8.0
_NAME_IN: Final = 2.2
_PX_PER_IN: Final = 96
_PX_PER_PT: Final = 96 / 72


def plot_waterfall(spans: pd.DataFrame, trace_id: str, *, dark: bool = False) -> "Figure":
    """Draw what happened in one trace, and when, as `plot.plot_waterfall` does.

    Parameters
    ----------
    spans
        A span frame.
    trace_id
        The trace.
    dark
        Draw on dark paper.

    Returns
    -------
    figure
        A plotly figure; pointing at a bar shows its times.

    Raises
    ------
    TraceDataError
        If `spans` does not have the trace.
    MissingExtraError
        If plotly is not installed.
    """
    colours = colours_of(dark=dark)
    trace = one_trace(spans, trace_id)
    rows = rows_from_trace(trace, most=MOST_ROWS)
    stretches = path_stretches(critical_path_of_trace(trace), rows, trace["start"].min())
    traces = [*_bars(rows, colours), _path(stretches, colours)]
    title = f"Trace {trace_id}"
    figure = new_figure(traces, title, rows_px=_ROW_PX * len(rows), colours=colours)
    total_s = max(row.end_s for row in rows)
    figure.update_layout(title_subtitle_text=f"{duration(total_s)} in {counted(rows)}")
    figure.update_xaxes(title_text="time since the start of the trace")
    figure.update_xaxes(tickformat="~s", ticksuffix="s", range=[0, 1.12 * total_s or 1])
    figure.update_yaxes(range=[len(rows) - 0.4, -0.6], showgrid=False, showticklabels=False)
    _add_names(figure, rows, colours)
    return figure


def _add_names(figure: "Figure", rows: Sequence[WaterfallRow], colours: Colours) -> None:
    """Write the names left of the bars, indented by depth."""
    indent = min(_INDENT_PX, _MOST_INDENT_PX / max(1, *(row.depth for row in rows)))
    names = [shortened(row.name, _fits) for row in rows]
    widths = [text_width(name, _NAME_PT) * _PX_PER_IN for name in names]
    left = _GAP_PX + max(
        row.depth * indent + width for row, width in zip(rows, widths, strict=True)
    )
    figure.update_layout(margin_l=left + _GAP_PX)
    figure.update_layout(annotations=[
        {
            "xref": "paper", "x": 0, "xshift": row.depth * indent - left, "xanchor": "left",
            "y": number, "text": text(name), "showarrow": False, "hovertext": text(row.detail),
            "font": {"size": _NAME_PT * _PX_PER_PT,
                     "color": colours.ink if row.status == OK else colours.status_inks[row.status]},
        }
        for number, (row, name) in enumerate(zip(rows, names, strict=True))
    ])  # fmt: skip


def _fits(name: str) -> bool:
    return text_width(name, _NAME_PT) <= _NAME_IN


def _bars(rows: Sequence[WaterfallRow], colours: Colours) -> Iterator[Any]:
    """Yield the bars of each look and status, which the legend can hide."""
    least_s = _NARROWEST * max(row.end_s for row in rows)
    order = {look: place for place, look in enumerate(LOOK_NAMES)}
    looks = {(row.status != OK, order[row.look], row.status, row.look) for row in rows}
    for _, _, status, look in sorted(looks):
        numbers = [
            number for number, row in enumerate(rows) if (row.look, row.status) == (look, status)
        ]
        some = [rows[number] for number in numbers]
        face = bar_look(look, status, colours)
        pattern = {"shape": _SHAPES.get(face.get("hatch", ""), ""), "fgcolor": face["edgecolor"]}
        name = LOOK_NAMES[look] if status == OK else f"{LOOK_NAMES[look]}, {STATUS_NAMES[status]}"
        yield graph_objects().Bar(
            orientation="h", y=numbers, base=[row.start_s for row in some], width=_BAR, name=name,
            x=[max(row.end_s - row.start_s, least_s) for row in some],
            text=[text(row.note) for row in some], textposition="outside", cliponaxis=False,
            textfont={"color": colours.muted if status == OK else colours.status_inks[status]},
            marker={"color": face["facecolor"], "pattern": pattern,
                    "line": {"color": face["edgecolor"], "width": 1}},
            customdata=[[text(row.name), text(row.detail), duration(row.start_s)] for row in some],
            hovertemplate="<b>%{customdata[0]}</b> %{customdata[1]}<br>from %{customdata[2]} on: "
            "%{text}<extra></extra>",
        )  # fmt: skip


def _path(stretches: pd.DataFrame, colours: Colours) -> Any:
    """Return the critical path as lines below the bars."""
    gap = np.full(len(stretches), np.nan)
    times = np.column_stack([stretches["start_s"], stretches["end_s"], gap]).ravel()
    heights = np.repeat(stretches["row"].to_numpy() + _BAR / 2 + 0.08, 3)
    return graph_objects().Scatter(
        x=times, y=heights, mode="lines", line={"color": colours.ink, "width": 2},
        name="critical path", hoverinfo="skip",
    )  # fmt: skip
