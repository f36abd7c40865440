"""Figures with matplotlib: a frame or a graph in, the axes out.

Every function draws into ``ax`` if it gets one, else into a new figure of a fitting size, and
leaves the user's own matplotlib settings alone. `plotly` has some of them to zoom and to point at.
"""

from . import plotly
from .attribution import plot_attribution
from .comparison import plot_comparison
from .ecdf import plot_client_latency, plot_ecdf
from .flame_graph import plot_flame_graph
from .histogram import plot_histogram
from .labels import duration, percent, short_names, shortened
from .latency import plot_latency
from .latency_over_time import plot_latency_over_time
from .percentiles import plot_percentiles
from .prediction import plot_prediction
from .save import figure_to_png, figure_to_svg, save_figure
from .service_map import plot_root_cause, plot_service_map
from .timeline import plot_timeline
from .waterfall import plot_waterfall

__all__ = [
    "duration",
    "figure_to_png",
    "figure_to_svg",
    "percent",
    "plot_attribution",
    "plot_client_latency",
    "plot_comparison",
    "plot_ecdf",
    "plot_flame_graph",
    "plot_histogram",
    "plot_latency",
    "plot_latency_over_time",
    "plot_percentiles",
    "plot_prediction",
    "plot_root_cause",
    "plot_service_map",
    "plot_timeline",
    "plot_waterfall",
    "plotly",
    "save_figure",
    "short_names",
    "shortened",
]
