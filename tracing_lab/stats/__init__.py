"""Numbers about traces: latency with intervals, error rates, self time, cold starts, comparisons.

Every function takes a span frame and returns a new table; the same input gives the same output.
`latency_summary`, `whole_traces` and `error_rates` accept a summary frame as well: it has a row per
trace, so their requests are those of clients.
"""

from .cold_start import cold_starts
from .comparison import compare
from .failure_rates import error_rates
from .latency import latency_summary
from .path_time import path_times
from .quantiles import percentile_interval
from .self_time import self_time_summary
from .span_groups import Grouping, request_spans
from .traces import end_to_end, whole_traces

__all__ = [
    "Grouping",
    "cold_starts",
    "compare",
    "end_to_end",
    "error_rates",
    "latency_summary",
    "path_times",
    "percentile_interval",
    "request_spans",
    "self_time_summary",
    "whole_traces",
]
