"""The waterfall: one trace, one row per span, time to the right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from tracing_lab.graph import one_trace
from tracing_lab.graph.trace_tree import critical_path_of_trace
from tracing_lab.plot.colours import STATUS_COLOURS, STATUS_NAMES, Colours, ink_on
from tracing_lab.plot.labels import duration, shortened, text_width
from tracing_lab.plot.style import describe, dress, new_axes, size_in, style
from tracing_lab.xray_model.documents import INFERRED, SEGMENT
from tracing_lab.xray_model.outcomes import FAILURES, IN_PROGRESS

from .looks import LOOK_NAMES, bar_look
from .rows import (
    COLLAPSED,
    WAITING,
    WaterfallRow,
    counted,
    path_stretches,
    rows_from_trace,
)

_WIDTH_IN: Final = 8.5  # what a notebook shows in full size
_ROW_IN: Final = 0.21
_MARGINS_IN: Final = {"left": 0.15, "right": 0.15, "top": 0.62, "bottom": 0.82}
_INDENT_IN: Final = 0.09
_NAME_IN: Final = 2.0
_DETAIL_IN: Final = 1.7
_TITLE_IN: Final = 5.5
_WIDER: Final = 1.05  # pixels make text wider than its outlines are, the more the longer it is
_GAP_IN: Final = 0.06
_TEXT_PT: Final = 7.5
_BAR: Final = 0.64  # of a row
_BEYOND: Final = 1.06  # how far the paper reaches past the end of the trace
_IN_SECONDS: Final = 2.0  # the axis of a longer trace is in seconds
MOST_ROWS: Final = 200  # what is longer than this is read by nobody
_MOST_INDENT_IN: Final = 1.8


@dataclass(frozen=True)
class _Sheet:
    """How inches of paper and seconds of trace go together.

    Parameters
    ----------
    scale
        Of text and of the column of names.
    names_in
        Width of the column of names.
    bars_in
        Width of what is right of it.
    total_s
        Duration of the trace.
    unit_s
        Seconds per unit of the time axis.
    indent_in
        By which a name is indented per level.
    colours
        Of the figure.
    """

    scale: float
    names_in: float
    bars_in: float
    total_s: float
    unit_s: float
    indent_in: float
    colours: Colours

    def units(self, inches: float) -> float:
        """Return inches in units of the time axis."""
        return inches / self.bars_in * self.total_s / self.unit_s


def plot_waterfall(
    spans: pd.DataFrame, trace_id: str, *, dark: bool = False, ax: Axes | None = None
) -> Axes:
    """Draw what happened in one trace, and when.

    Dark bars are segments, light ones the subsegments within, dotted ones segments that X-Ray
    inferred; a hatched bar is the initialization of a cold start. Orange, purple and red mark
    errors, throttles and faults. The dark line under bars is the trace's critical path, the dashed
    line the moment when the client got its response. Of a trace of more than 200 spans, the longest
    and the first that failed have a row, and all others below a span share one.

    Parameters
    ----------
    spans
        A span frame.
    trace_id
        The trace.
    dark
        Draw on dark paper.
    ax
        Where to draw; a new figure of fitting height by default. Text shrinks with the rows.

    Returns
    -------
    ax
        The axes.

    Raises
    ------
    TraceDataError
        If `spans` does not have the trace.
    """
    trace = one_trace(spans, trace_id)
    path = critical_path_of_trace(trace)
    rows = rows_from_trace(trace, most=MOST_ROWS)
    with style(dark=dark) as colours:
        if ax is None:
            height = len(rows) * _ROW_IN + _MARGINS_IN["top"] + _MARGINS_IN["bottom"]
            ax = new_axes(_WIDTH_IN, height, **_MARGINS_IN)
        dress(ax, colours)
        sheet = _sheet(ax, rows, colours)
        for number, row in enumerate(rows):
            _draw_name(ax, number, row, sheet)
            _draw_bar(ax, number, row, sheet)
        _draw_path(ax, path, rows, trace["start"].min(), sheet)
        _draw_response(ax, rows[0], sheet)
        _draw_axis(ax, len(rows), sheet)
        _draw_words(ax, trace_id, rows, sheet)
    return ax


def _sheet(ax: Axes, rows: Sequence[WaterfallRow], colours: Colours) -> _Sheet:
    width, height = size_in(ax)
    scale = min(1.0, height / (len(rows) * _ROW_IN), width / 7)
    indent = min(_INDENT_IN, _MOST_INDENT_IN / max(1, *(row.depth for row in rows)))
    names = [row.depth * indent + _name_width(row) for row in rows]
    total = max(row.end_s for row in rows) or 1e-6
    unit = 1.0 if total >= _IN_SECONDS else 1e-3
    names_in = (max(names) + 0.2) * scale
    return _Sheet(scale, names_in, width - names_in, total, unit, indent, colours)


def _name_width(row: WaterfallRow) -> float:
    name, detail = _name(row), _detail(row)
    width = _WIDER * text_width(name, _TEXT_PT, _weight(row))
    return width + (_WIDER * text_width(f"  {detail}", _TEXT_PT - 0.5) if detail else 0)


def _name(row: WaterfallRow) -> str:
    return _shortened(row.name, _NAME_IN, _TEXT_PT, _weight(row))


def _detail(row: WaterfallRow) -> str:
    return _shortened(row.detail, _DETAIL_IN, _TEXT_PT - 0.5)


def _weight(row: WaterfallRow) -> str:
    return "bold" if row.look == SEGMENT else "normal"


def _shortened(text: str, width_in: float, size_pt: float, weight: str = "normal") -> str:
    return shortened(text, lambda line: text_width(line, size_pt, weight) <= width_in)


def _draw_name(ax: Axes, number: int, row: WaterfallRow, sheet: _Sheet) -> None:
    name, weight = _name(row), _weight(row)
    left = sheet.units(row.depth * sheet.indent_in * sheet.scale - sheet.names_in)
    fontstyle = "italic" if row.look in (INFERRED, WAITING, COLLAPSED) else "normal"
    colours = sheet.colours
    colour = colours.ink if row.look == SEGMENT else colours.soft
    if row.status in FAILURES:
        colour = colours.status_inks[row.status]
    size = _TEXT_PT * sheet.scale
    text = ax.text(left, number, name, fontsize=size, color=colour, weight=weight, style=fontstyle)
    text.set(va="center_baseline", parse_math=False)
    if row.detail:
        width = _WIDER * text_width(name, _TEXT_PT, weight) + 0.08
        at = left + sheet.units(width * sheet.scale)
        detail = ax.text(at, number, _detail(row), fontsize=size - 0.5, color=colours.muted)
        detail.set(va="center_baseline", parse_math=False)


def _draw_bar(ax: Axes, number: int, row: WaterfallRow, sheet: _Sheet) -> None:
    if row.band:
        left = sheet.units(-sheet.names_in)
        band = Rectangle((left, number - 0.5), sheet.units(sheet.names_in + sheet.bars_in) * 2, 1)
        band.set(facecolor=sheet.colours.band, linewidth=0, zorder=0)
        ax.add_artist(band)
    start, end = row.start_s / sheet.unit_s, row.end_s / sheet.unit_s
    width = max(end - start, sheet.units(0.015))  # a mark for what takes next to no time
    bar = Rectangle((start, number - _BAR / 2), width, _BAR, linewidth=0.7, zorder=2)
    bar.set(**bar_look(row.look, row.status, sheet.colours))
    ax.add_artist(bar)
    if row.status == IN_PROGRESS:
        bar.set_linestyle(":")
    _draw_note(ax, number, row, sheet, (start, start + width))


def _draw_note(
    ax: Axes, number: int, row: WaterfallRow, sheet: _Sheet, bar: tuple[float, float]
) -> None:
    """Write next to the bar: right of it if there is room, else left of it, else inside."""
    size = (_TEXT_PT - 0.5) * sheet.scale
    needed = sheet.units(text_width(row.note, size) + 2 * _GAP_IN)
    gap = sheet.units(_GAP_IN)
    colours, bad = sheet.colours, row.status in FAILURES
    look: dict[str, Any] = {"color": colours.status_inks[row.status] if bad else colours.muted}
    paper = colours.band if row.band else colours.paper
    look["bbox"] = {"facecolor": paper, "edgecolor": "none", "pad": 0.6}
    at, ha = bar[1] + gap, "left"
    if at + needed > sheet.units(sheet.bars_in) * _BEYOND:
        at, ha = (bar[0] if bar[0] > needed else bar[1]) - gap, "right"
        if bar[0] <= needed:
            face = bar_look(row.look, row.status, colours)["facecolor"]
            look = {"color": ink_on(face)}
    text = ax.text(at, number, row.note, fontsize=size, ha=ha, zorder=4, **look)
    text.set(va="center_baseline", parse_math=False)


def _draw_path(
    ax: Axes, path: pd.DataFrame, rows: Sequence[WaterfallRow], begin: pd.Timestamp, sheet: _Sheet
) -> None:
    stretches = path_stretches(path, rows, begin)
    times = stretches[["start_s", "end_s"]] / sheet.unit_s
    lines = ax.hlines(stretches["row"] + _BAR / 2 + 0.04, times["start_s"], times["end_s"])
    lines.set(color=sheet.colours.ink, linewidth=1.6 * sheet.scale, zorder=3, capstyle="butt")


def _draw_response(ax: Axes, root: WaterfallRow, sheet: _Sheet) -> None:
    """Mark when the client got its response, if the trace went on afterwards."""
    if root.end_s >= 0.97 * sheet.total_s or root.status == IN_PROGRESS:
        return
    at = root.end_s / sheet.unit_s
    ax.axvline(at, color=sheet.colours.ink, linewidth=0.8, linestyle=(0, (4, 3)), zorder=1)
    words = f"answer to the client: {duration(root.end_s - root.start_s)}"
    gap = sheet.units(0.04)
    fits = at + sheet.units(text_width(words, 7) * sheet.scale) < sheet.units(sheet.bars_in)
    options: dict[str, Any] = {"fontsize": 7 * sheet.scale, "color": sheet.colours.ink}
    options |= {"ha": "left" if fits else "right", "va": "bottom"}
    ax.text(at + (gap if fits else -gap), -0.6, words, **options)


def _draw_axis(ax: Axes, count: int, sheet: _Sheet) -> None:
    ax.set_xlim(sheet.units(-sheet.names_in), sheet.units(sheet.bars_in) * _BEYOND)
    ax.set_ylim(count - 0.4, -0.6)
    ax.set_yticks([])
    end = sheet.total_s / sheet.unit_s
    ticks = [tick for tick in MaxNLocator(8).tick_values(0, end) if 0 <= tick <= end * 1.02]
    ax.set_xticks(ticks)
    ax.tick_params(axis="x", labelsize=8 * sheet.scale, length=3)
    for tick in ticks:
        ax.axvline(tick, color=sheet.colours.grid, linewidth=0.7, zorder=0.5)
    ax.spines[["left", "right", "top"]].set_visible(False)
    ax.spines["bottom"].set_bounds(0, end)
    unit = "s" if sheet.unit_s == 1 else "ms"
    ax.set_xlabel(
        f"time since the start of the trace ({unit})", fontsize=8 * sheet.scale, labelpad=2
    )
    middle = sheet.names_in / (sheet.names_in + sheet.bars_in * _BEYOND)
    ax.xaxis.set_label_coords((1 + middle) / 2, -0.26 / size_in(ax)[1] * max(sheet.scale, 0.6))


def _draw_words(ax: Axes, trace_id: str, rows: Sequence[WaterfallRow], sheet: _Sheet) -> None:
    height = size_in(ax)[1]
    title = f"Trace {_shortened(trace_id, _TITLE_IN, 11, 'bold')}"
    ax.text(
        0,
        1 + 0.36 / height * sheet.scale,
        title,
        fontsize=11 * sheet.scale,
        weight="bold",
        transform=ax.transAxes,
    )
    summary = f"{duration(sheet.total_s)} in {counted(rows)}"
    describe(ax, f"Waterfall of trace {trace_id}: {summary}")
    ax.text(
        0,
        1 + 0.16 / height * sheet.scale,
        summary,
        fontsize=8 * sheet.scale,
        color=sheet.colours.muted,
        transform=ax.transAxes,
    )
    _draw_legend(ax, rows, sheet)


def _draw_legend(ax: Axes, rows: Sequence[WaterfallRow], sheet: _Sheet) -> None:
    colours = sheet.colours
    looks = [look for look in LOOK_NAMES if any(row.look == look for row in rows)]
    handles: list[Any] = [
        Patch(**bar_look(look, "ok", colours), label=LOOK_NAMES[look]) for look in looks
    ]
    handles += [
        Patch(facecolor=STATUS_COLOURS[status], label=STATUS_NAMES[status])
        for status in (*FAILURES, IN_PROGRESS)
        if any(row.status == status for row in rows)
    ]
    handles.append(Line2D([], [], color=colours.ink, linewidth=1.6, label="critical path"))
    legend = ax.legend(
        handles=handles, ncols=len(handles), loc="upper left", fontsize=7.5 * sheet.scale
    )
    legend.set_bbox_to_anchor((0, -0.42 / size_in(ax)[1]), transform=ax.transAxes)
