"""Answers from more spans than fit into memory: the same functions, over partitions.

Each answer is counted partition by partition, the counts are added, and the answer is made of the
sum. So one process, a local Dask cluster and any Dask scheduler give the same answers. A partition
is a span frame, or a Parquet file that `spans.save_spans` wrote; all spans of a trace are in one.

Workers read their partitions themselves, and only counts travel. On one machine that pays off with
free cores: workers take about a fifth more processor time than one process for the same partitions
in all, and some seconds to start.

Quantiles come from a sketch and lie within `RELATIVE_ERROR` of the exact ones.
"""

from .answers import latency_summary, self_time_summary, service_graph
from .partitions import partitions_of
from .sketch import RELATIVE_ERROR

__all__ = [
    "RELATIVE_ERROR",
    "latency_summary",
    "partitions_of",
    "self_time_summary",
    "service_graph",
]
