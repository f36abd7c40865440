"""The X-Ray service of the embedded AWS.

::

    service     XRay: everything below in one object
    api         requests and responses           requests   members of requests, page tokens
    refusals    modelled errors                  paging     pages of lists in an order of their own
    documents   accept or reject documents       conform    leave out what does not conform
    store       raw documents in SQLite          writer     group commit
    store_file  the SQLite file and its schema   chunks     documents that came together
    records     settings in SQLite               assumptions  what AWS does not document
    processing  raw documents -> processed trace inference  inferred segments
    rendering   processed documents as JSON      tree       walk segments
    summaries   TraceSummary                     views      derived data, cached by trace version
    warming     views ahead of time              fact_index what filters look at, in columns
    root_causes what failures and slowness come from
    facts       what filters look at             selection  traces that a filter holds for
    expressions filters in requests              groups     operations on groups
    graph       service graph as map and merge   nodes      which node a segment belongs to
    window      graph of a time window, cached   graph_output  the Services list
    graph_links edges between traces             closed_traces  what takes no more documents
    graph_packing  observations as bytes
    byte_cache  values that fit into some bytes  cache_sizes  the bytes of each cache, and sizes
    reading     operations that read traces      time_series  statistics over time
    summary_sampling  a part of the summaries    indexing    what is found with Transaction Search
    retrieval   operations that retrieve traces  otel_spans segments as OpenTelemetry spans
    insights    operations on insights           insight_search  minutes with many faults
    rules       sampling rules                   sampling   decisions and quotas
    rule_members      rules in requests          sampling_rules    operations on rules
    sampling_targets  reports of clients         sampling_statistics  how often rules were used
    tags        tags of groups and rules         resource_policies    who else may send traces
    account_settings  encryption, destination, indexing rules
"""

from .api.routing import ApiResponse
from .derive.cache_sizes import DEFAULT_CACHE_MB, MIN_CACHE_MB
from .sampling.head import Sampler, SamplingDecision
from .service import XRay

__all__ = [
    "DEFAULT_CACHE_MB",
    "MIN_CACHE_MB",
    "ApiResponse",
    "Sampler",
    "SamplingDecision",
    "XRay",
]
