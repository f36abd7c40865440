"""Figures with matplotlib: a frame or a graph in, the axes out.

Every function draws into ``ax`` if it gets one, else into a new figure of a fitting size, and
leaves the user's own matplotlib settings alone.
"""

from ._histogram import plot_histogram
from ._labels import duration, percent, short_names, shortened
from ._latency import plot_latency
from ._many import plot_percentiles, plot_timeline
from ._over_time import plot_latency_over_time
from ._save import figure_to_png, figure_to_svg, save_figure
from ._service_map import plot_service_map
from ._waterfall import plot_waterfall

__all__ = [
    "duration",
    "figure_to_png",
    "figure_to_svg",
    "percent",
    "plot_histogram",
    "plot_latency",
    "plot_latency_over_time",
    "plot_percentiles",
    "plot_service_map",
    "plot_timeline",
    "plot_waterfall",
    "save_figure",
    "short_names",
    "shortened",
]
