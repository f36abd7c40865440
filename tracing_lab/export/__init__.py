"""Traces for other tools and other people.

Each format has a function; `save_traces_as` writes any of them to a file, and `lost` says what of
given traces a format cannot hold. `tracing_lab.spans.load_traces` reads OTLP and Jaeger's JSON.
"""

from .chrome_trace import spans_to_chrome_trace
from .graphml import graph_to_graphml
from .jaeger import traces_to_jaeger
from .otlp import traces_to_otlp
from .report import report_html
from .saving import FORMATS, lost, save_traces_as

__all__ = [
    "FORMATS",
    "graph_to_graphml",
    "lost",
    "report_html",
    "save_traces_as",
    "spans_to_chrome_trace",
    "traces_to_jaeger",
    "traces_to_otlp",
]
