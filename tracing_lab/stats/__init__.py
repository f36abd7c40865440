"""Numbers about traces: latency with intervals, error rates, self time, critical paths, the tail.

Every function takes a span frame and returns a new table; the same input gives the same output.
`latency_summary`, `whole_traces` and `error_rates` accept a summary frame as well: it has a row per
trace, so their requests are those of clients.
"""

from .call_paths import call_paths
from .cold_start import cold_starts
from .comparison import compare
from .critical_path import critical_path_parts, critical_path_summary
from .distribution import ecdf, ecdf_margin
from .explanation import explain_slow
from .failure_rates import error_rates
from .latency import PERCENTILES, latency_summary
from .path_time import path_times
from .quantiles import needed_count, or_unknown, order_bounds, percentile_interval
from .sampling import sampling_weights, weighted_summary
from .self_time import self_time_summary
from .span_groups import Grouping, request_spans
from .tail import tail_attribution
from .traces import end_to_end, whole_traces

__all__ = [
    "PERCENTILES",
    "Grouping",
    "call_paths",
    "cold_starts",
    "compare",
    "critical_path_parts",
    "critical_path_summary",
    "ecdf",
    "ecdf_margin",
    "end_to_end",
    "error_rates",
    "explain_slow",
    "latency_summary",
    "needed_count",
    "or_unknown",
    "order_bounds",
    "path_times",
    "percentile_interval",
    "request_spans",
    "sampling_weights",
    "self_time_summary",
    "tail_attribution",
    "weighted_summary",
    "whole_traces",
]
