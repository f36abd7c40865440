"""Figures to zoom and to point at, with plotly: ``pip install 'tracing-lab[plotly]'``.

Each function has the name and the parameters of the one in `tracing_lab.plot`, but for ``ax``,
shows the same, and returns a plotly figure. Without plotly, they raise a `MissingExtraError`.
"""

from .attribution import plot_attribution
from .ecdf import plot_ecdf
from .flame_graph import plot_flame_graph
from .latency import plot_latency
from .service_map import plot_service_map
from .waterfall import plot_waterfall

__all__ = [
    "plot_attribution",
    "plot_ecdf",
    "plot_flame_graph",
    "plot_latency",
    "plot_service_map",
    "plot_waterfall",
]
