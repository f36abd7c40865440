"""Service graphs and trace trees as networkx graphs.

A service graph has X-Ray's nodes: one per service name and AWS resource type, so a Lambda
function is two nodes (``AWS::Lambda`` takes the request, ``AWS::Lambda::Function`` runs the
code), what sends no segments of its own is a node too (an event bus, a table), and each entry
has a client. Node keys read ``payment-fn [AWS::Lambda]``; without a type, just the name. Nodes
and edges have

=========== ==================================================================================
``requests``  how many got a response; a client's are those it sent
``errors``    of these, 4xx responses, throttles included
``throttles`` of these again, 429 responses
``faults``    of the requests, 5xx responses
``requests_per_s`` over the time from the first start to the last end of the spans, or over the
              time range of X-Ray's response
``failure_rate`` share of errors and faults in the requests
``p50_s``     median response time in seconds; NaN when unknown, as for clients
``p95_s``     95th percentile of the response times
``p99_s``     99th percentile of the response times
``histogram`` how many requests took how long, as X-Ray has it: a list of ``Value`` (seconds, in
              whole milliseconds) and ``Count``
``bus_p50_s`` median time on the bus, only of edges and only known where the source is an event
              service: from the end of the publisher's call to the start of the target, 0 where the
              target was faster than the response; ``bus_p95_s`` and ``bus_p99_s`` likewise
=========== ==================================================================================

and each percentile and share its 95% confidence interval (``p50_low_s``, ``p50_high_s``, NaN where
there are too few requests, see `stats.percentile_interval`; ``failure_low``, ``failure_high``).
Nodes have ``name`` and ``kind`` (the type) besides, and of a graph of operations ``operation``.
A node's numbers are what it measured itself, an edge's are what the caller measured, so they may
differ.

The graph is AWS's, see https://docs.aws.amazon.com/xray/latest/devguide/xray-api-gettingdata.html
"""

from .comparison import compare, compare_graphs
from .frames import graph_from_frames, graph_to_frames
from .model import Graph, node_key
from .requests import requests_behind
from .service_graph import service_graph_from_document, service_graph_from_spans
from .trace_tree import critical_path, one_trace, trace_tree_from_spans

__all__ = [
    "Graph",
    "compare",
    "compare_graphs",
    "critical_path",
    "graph_from_frames",
    "graph_to_frames",
    "node_key",
    "one_trace",
    "requests_behind",
    "service_graph_from_document",
    "service_graph_from_spans",
    "trace_tree_from_spans",
]
