"""The flame graph: where time was spent, by call path, over all traces."""

from typing import TYPE_CHECKING, Final

import pandas as pd

from tracing_lab.plot.colours import ink_on
from tracing_lab.plot.flame_frames import flame_frames
from tracing_lab.plot.flame_graph import service_faces
from tracing_lab.plot.labels import duration

from .figures import colours_of, graph_objects, new_figure, text

if TYPE_CHECKING:  # an optional extra
    from plotly.graph_objects import Figure

_ROW_PX: Final = 24
_BELOW_PX: Final = 20


def plot_flame_graph(spans: pd.DataFrame, *, dark: bool = False) -> "Figure":
    """Draw where time was spent, as `plot.plot_flame_graph` does; a click zooms into a frame.

    Parameters
    ----------
    spans
        A span frame.
    dark
        Draw on dark paper.

    Returns
    -------
    figure
        A plotly figure.

    Raises
    ------
    MissingExtraError
        If plotly is not installed.
    """
    go, colours = graph_objects(), colours_of(dark=dark)
    frames = flame_frames(spans)
    faces = service_faces(frames, colours)
    fill = [faces.get(frame.service, colours.grid) for frame in frames]
    icicle = go.Icicle(
        ids=[str(frame.number) for frame in frames],
        parents=["" if frame.parent == -1 else str(frame.parent) for frame in frames],
        labels=[text(frame.label) for frame in frames],
        values=[frame.total_s for frame in frames],
        branchvalues="total",
        tiling={"orientation": "v"},
        sort=False,
        leaf={"opacity": 1},
        root={"color": colours.paper},
        marker={"colors": fill, "line": {"color": colours.paper, "width": 1}},
        textfont={"color": [ink_on(face) for face in fill]},
        text=[text(frame.service) for frame in frames],
        textinfo="label",
        customdata=[
            [duration(frame.total_s), duration(frame.self_s), f"{frame.count:,}"]
            for frame in frames
        ],
        hovertemplate="<b>%{label}</b> (%{text})<br>%{customdata[0]} per trace, of which itself "
        "%{customdata[1]}<br>%{customdata[2]} spans<extra></extra>",
    )
    levels = 1 + max((frame.depth for frame in frames), default=0)
    title = "Where time is spent: self time by call path"
    height = _ROW_PX * levels
    figure = new_figure([icicle], title, rows_px=height, colours=colours, below_px=_BELOW_PX)
    return figure.update_layout(uniformtext={"minsize": 9, "mode": "hide"})
