"""Choices that AWS does not document about X-Ray, in one place.

Each constant is a guess with a reason. If a real account behaves differently, only this module
changes. The meaning of documents, which the analysis of traces shares, is in `xray_model`.
"""

NAMESPACES = frozenset({"aws", "remote", "local"})
"""Values of ``namespace`` that are kept; ``local`` is what the Python SDK sends for own code."""

UNREADABLE_CODE = "InvalidSegment"
"""ErrorCode for documents that are not JSON, too large, or have impossible times."""

INVALID_ID_CODE = "InvalidId"
"""ErrorCode for an ``id`` that is not 16 hexadecimal digits."""

ID_TIME_TOLERANCE_S = 24 * 3600
"""Least difference between the time in a trace id and the start that shows the id to be random."""

TRACE_OPEN_S = 7 * 24 * 3600
"""How long a trace accepts documents: AWS's quota, here counted from its last document on."""

CLOSED_TRACE_CODE = "InvalidSegment"
"""ErrorCode for a document of a closed trace."""

MEMBER_ORDER = (
    "id",
    "name",
    "start_time",
    "trace_id",
    "end_time",
    "in_progress",
    "type",
    "parent_id",
    "inferred",
    "error",
    "throttle",
    "fault",
    "http",
    "aws",
    "sql",
    "annotations",
    "metadata",
    "namespace",
    "cause",
    "precursor_ids",
    "traced",
    "links",
    "service",
    "user",
    "origin",
    "resource_arn",
    "subsegments",
)
"""Order of members in documents read back; flags, ``cause`` and rarer ones fill gaps by guess."""

SUMMARY_PAGE_SIZE = 100
"""Trace summaries per page; AWS documents no number."""

SUMMARY_MAX_SPAN_S = 24 * 3600
"""Longest time range of GetTraceSummaries; None lifts the limit.

AWS documents none. Queries over ten hours are known to work, and AWS's own samples query a whole
day; the 6 hours of some clients are those of the service graph.
"""

TRACE_LIMIT_BYTES = 500 * 1024
"""Raw size above which a trace says ``LimitExceeded``; AWS names 100 KB to 500 KB."""

SAMPLING_QUOTA_TTL_S = 300
"""Validity of a client's reservoir quota; five minutes in AWS's sample."""

SAMPLING_CLIENT_ACTIVE_S = 30
"""Time since its last report in which a client gets a part of reservoirs: three intervals."""

MAX_SAMPLING_RULES = 25
"""Sampling rules besides Default in an account and region; AWS raises it on request."""

LIST_PAGE_SIZE = 100
"""Rules, groups, statistics and policies per page; AWS documents no number."""

SAMPLING_STATISTICS_KEPT_S = 1800
"""How far back GetSamplingStatisticSummaries reaches; AWS says only that it is recent."""

MAX_GROUPS = 25
"""Groups besides Default in an account and region."""

TIME_SERIES_PERIODS_S = (60, 300)
"""Values of ``Period`` in GetTimeSeriesServiceStatistics, the default first: those clients use.

Without a selector the numbers are those of all edges together; AWS says "edge statistics".
"""

TIME_SERIES_MAX_SPAN_S = 6 * 3600
"""Longest range of GetTimeSeriesServiceStatistics, seconds; as for service graphs."""

INDEXING_RULE_NAME = "Default"
"""The one indexing rule; the name that AWS's guide to Transaction Search uses."""

INDEXED_PERCENT = 1.0
"""Default share of indexed traces, percent: the part that is free on AWS."""

RETRIEVAL_TIMEOUT_S = 3600
"""How long a retrieval returns its traces; then its status is TIMEOUT, and later it is unknown."""

SLOW_FROM_S = 2.0
"""Response time from which it has a root cause, seconds: published summaries have one at 3, none at
1.2."""

SLOW_SHARE = 0.5
"""Share of the response time that an entity must cover to be on the path of its root cause."""

ERROR_CAUSES_IMPACT_CLIENT = True
"""Errors count as root causes only if they reach the root: a published summary has HasError, the
function below the root failed, and ErrorRootCauses is empty."""

MAX_ROOT_CAUSES = 10
"""Root causes of each kind in a summary."""

INSIGHT_MIN_FAULTS = 5
"""Least number of failed traces in an anomalous minute; AWS publishes no method."""

INSIGHT_MIN_SHARE = 0.1
"""Least share of failed traces through a service in an anomalous minute."""

INSIGHT_GAP_S = 300
"""Longest gap without an anomalous minute in which an insight stays active."""

INSIGHT_MAX_SPAN_S = 6 * 3600
"""Longest range of an insight's impact graph, seconds (API reference, GetInsightImpactGraph)."""
