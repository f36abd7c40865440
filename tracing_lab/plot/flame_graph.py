"""The flame graph: where time was spent, by call path, over all traces."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Rectangle

from .colours import Colours, ink_on
from .flame_frames import Frame, flame_frames
from .labels import duration, shortened, text_width
from .scales import time_axis
from .style import describe, dress, new_axes, size_in, style

_WIDTH_IN: Final = 8.6
_BESIDE_IN: Final = {"left": 0.2, "right": 0.3}
_ABOVE_IN: Final = 0.65
_ROW_IN: Final = 0.2
_LABEL_PT: Final = 7.0
_GAP_IN: Final = 0.08  # of a frame, that its label leaves free
_FEWEST_LETTERS: Final = 8  # of a label that is cut
_LEGEND_FROM_IN: Final = 0.6
_LEGEND_PT: Final = 8.0
_LEGEND_IN: Final = 1.4
_LINE_IN: Final = 0.17
_COLUMNS: Final = 4
_NAMED: Final = 5  # frames in the text for people who cannot see them


def plot_flame_graph(spans: pd.DataFrame, *, dark: bool = False, ax: Axes | None = None) -> Axes:
    """Draw where time was spent: a frame per call path, as wide as the self time in and below it.

    Callers are on top. Spans of all traces with the same path, of services and names, share a
    frame, and the widest are on the left. Time is self time, so calls at the same time and events
    handled after the response count in full, and what is left of a frame's width below it is its
    own time. Colours are services; frames too narrow to be seen are merged.

    Parameters
    ----------
    spans
        A span frame.
    dark
        Draw on dark paper.
    ax
        Where to draw; a new figure of fitting height by default.

    Returns
    -------
    ax
        The axes.
    """
    frames = flame_frames(spans)
    total_s = sum(frame.total_s for frame in frames if frame.depth == 0)
    levels = 1 + max((frame.depth for frame in frames), default=0)
    with style(dark=dark) as colours:
        faces = service_faces(frames, colours)
        if ax is None:
            below = _LEGEND_FROM_IN + _LINE_IN * math.ceil(len(faces) / _COLUMNS)
            ax = new_axes(
                _WIDTH_IN, levels * _ROW_IN + _ABOVE_IN + below, bottom=below, top=_ABOVE_IN,
                **_BESIDE_IN,
            )  # fmt: skip
        dress(ax, colours)
        time_axis(ax, np.array([total_s or 1e-3]))
        ax.set_xlim(0, total_s or 1e-3)
        ax.set_ylim(levels, 0)
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        for frame in frames:
            _draw_frame(ax, frame, faces.get(frame.service, colours.grid), colours)
        ax.set_xlabel("self time per trace, on average")
        ax.set_title("Where time is spent: self time by call path", pad=20)
        _draw_summary(ax, spans, frames, colours)
        _draw_legend(ax, faces)
    return ax


def service_faces(frames: Sequence[Frame], colours: Colours) -> dict[str, str]:
    """Return the colour of each service, the same for all but the seven with the most self time.

    Parameters
    ----------
    frames
        All frames.
    colours
        Of the figure.
    """
    own: dict[str, float] = {}
    for frame in frames:
        if frame.service:
            own[frame.service] = own.get(frame.service, 0.0) + frame.self_s
    *most, grey, last = colours.series
    ranked = sorted(own, key=lambda service: -own[service])
    return dict.fromkeys(ranked, grey) | dict(zip(ranked, [*most, last], strict=False))


def _draw_frame(ax: Axes, frame: Frame, face: str, colours: Colours) -> None:
    look: dict[str, Any] = {"facecolor": face, "edgecolor": colours.paper, "linewidth": 0.8}
    ax.add_artist(Rectangle((frame.left_s, frame.depth), frame.total_s, 1, **look))
    room_in = frame.total_s / ax.get_xlim()[1] * size_in(ax)[0] - _GAP_IN
    label = shortened(frame.label, lambda text: text_width(text, _LABEL_PT) <= room_in)
    is_telling = label == frame.label or len(label) >= _FEWEST_LETTERS
    if is_telling and text_width(label, _LABEL_PT) <= room_in:
        middle = frame.left_s + frame.total_s / 2, frame.depth + 0.52
        text = ax.text(*middle, label, fontsize=_LABEL_PT, color=ink_on(face), ha="center")
        text.set(va="center", parse_math=False, clip_on=True)


def _draw_summary(ax: Axes, spans: pd.DataFrame, frames: Sequence[Frame], colours: Colours) -> None:
    traces = spans.index.get_level_values("trace_id").nunique()
    total_s = sum(frame.total_s for frame in frames if frame.depth == 0)
    text = f"{duration(total_s)} per trace, on average over {traces:,}"
    text = text if total_s else "nothing has ended" if traces else "no traces"
    ax.annotate(
        text, (0, 1), (0, 6), xycoords="axes fraction", textcoords="offset points",
        color=colours.muted, fontsize=8,
    )  # fmt: skip
    most = sorted(frames, key=lambda frame: -frame.self_s)[:_NAMED]
    widest = ", ".join(f"{frame.label} {duration(frame.self_s)}" for frame in most)
    describe(ax, f"{ax.get_title(loc='left')}. {text}. {widest}")


def _draw_legend(ax: Axes, faces: Mapping[str, str]) -> None:
    """Name the services with a colour of their own."""
    shared = [face for face, count in Counter(faces.values()).items() if count > 1]
    named = {service: face for service, face in faces.items() if face not in shared}
    patches = [Patch(facecolor=face, label=_legend_name(name)) for name, face in named.items()]
    patches += [Patch(facecolor=face, label="other services") for face in shared]
    if patches:
        legend = ax.legend(handles=patches, ncols=_COLUMNS, loc="upper left", columnspacing=1.3)
        legend.set_bbox_to_anchor((0, -0.42 / size_in(ax)[1]), transform=ax.transAxes)
        for text in legend.get_texts():
            text.set_parse_math(False)


def _legend_name(name: str) -> str:
    return shortened(name, lambda text: text_width(text, _LEGEND_PT) <= _LEGEND_IN)
