"""Traces for other tools and other people.

`tracing_lab.spans.save_spans` writes Parquet; here are the formats of trace viewers, of graph
tools, and a page to share.
"""

from .chrome_trace import spans_to_chrome_trace
from .graphml import graph_to_graphml
from .otlp import traces_to_otlp
from .report import report_html

__all__ = ["graph_to_graphml", "report_html", "spans_to_chrome_trace", "traces_to_otlp"]
