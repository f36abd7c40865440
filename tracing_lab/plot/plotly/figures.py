"""What plotly's figures share: the theme, texts, axes of durations."""

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from tracing_lab.errors import MissingExtraError
from tracing_lab.plot.colours import DARK, LIGHT, Colours
from tracing_lab.plot.scales import SHORTEST_S, is_log_scale, log_ticks, tick_label

if TYPE_CHECKING:  # an optional extra
    from plotly.graph_objects import Figure

_TITLE_PX: Final = 16
_ABOVE_PX: Final = 80
_BELOW_PX: Final = 90
_MOST_TICKS: Final = 9
_AIR: Final = 0.04  # of an axis, beyond what is shown


def graph_objects() -> Any:
    """Return plotly's module of graph objects.

    Raises
    ------
    MissingExtraError
        If plotly is not installed.
    """
    try:
        import plotly.graph_objects  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        msg = "Plotly is not installed. Install it with: pip install 'tracing-lab[plotly]'"
        raise MissingExtraError(msg) from error
    return plotly.graph_objects


def colours_of(*, dark: bool) -> Colours:
    """Return the colours of a figure.

    Parameters
    ----------
    dark
        Draw on dark paper.
    """
    return DARK if dark else LIGHT


def new_figure(
    traces: Iterable[Any],
    title: str,
    *,
    rows_px: float,
    colours: Colours,
    below_px: float = _BELOW_PX,
) -> "Figure":
    """Return a figure in the theme.

    Parameters
    ----------
    traces
        What it shows.
    title
        Its title.
    rows_px
        Height without title, axis and legend.
    colours
        Of the theme.
    below_px
        Height of axis and legend.
    """
    figure = graph_objects().Figure(list(traces))
    axis = {
        "gridcolor": colours.grid, "linecolor": colours.faint, "zeroline": False,
        "automargin": True, "tickfont": {"color": colours.muted},
        "title": {"font": {"color": colours.muted}},
    }  # fmt: skip
    figure.update_layout(
        template="none", paper_bgcolor=colours.paper, plot_bgcolor=colours.paper,
        font={"color": colours.ink, "family": "DejaVu Sans, Verdana, sans-serif", "size": 12},
        title={"text": text(title), "font": {"size": _TITLE_PX}, "x": 0, "xref": "container",
               "pad": {"l": 12}},
        legend={"orientation": "h", "yref": "container", "y": 0, "yanchor": "bottom"},
        margin={"t": _ABOVE_PX, "b": below_px, "l": 20, "r": 20},
        height=rows_px + _ABOVE_PX + below_px, xaxis=axis, yaxis=axis, barmode="overlay",
    )  # fmt: skip
    return figure


def text(words: str) -> str:
    """Return a text in which plotly finds no markup.

    Parameters
    ----------
    words
        The text.

    Examples
    --------
    >>> text("a<b>c & d")
    'a&lt;b&gt;c &amp; d'
    """
    return html.escape(words, quote=False)


def time_axis(seconds: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Return an axis of durations, logarithmic where matplotlib's is.

    Parameters
    ----------
    seconds
        All durations to be shown.
    """
    known = np.maximum(seconds[~np.isnan(seconds)], SHORTEST_S)
    if not is_log_scale(known):
        return {"rangemode": "tozero", "tickformat": "~s", "ticksuffix": "s"}
    low, high = np.log10([known.min(), known.max()]) if known.size else (-3.0, -1.0)
    ticks = log_ticks(low, high, _MOST_TICKS)
    air = _AIR * (high - low)
    return {
        "type": "log", "range": [low - air, high + air],
        "tickvals": ticks, "ticktext": [tick_label(tick) for tick in ticks],
    }  # fmt: skip
