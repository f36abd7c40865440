"""What AWS does not document about X-Ray, decided in one place.

Each constant is a guess with a reason. Whoever learns better from a real account changes it here
and nowhere else.
"""

from collections.abc import Mapping
from types import MappingProxyType

AWS_SERVICE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "cloudwatch": "CloudWatch",
        "dynamodb": "DynamoDB",
        "events": "Events",
        "firehose": "Firehose",
        "kinesis": "Kinesis",
        "kms": "KMS",
        "lambda": "Lambda",
        "logs": "CloudWatchLogs",
        "s3": "S3",
        "secretsmanager": "SecretsManager",
        "sns": "SNS",
        "sqs": "SQS",
        "ssm": "SimpleSystemsManagement",
        "states": "Sfn",
        "sts": "STS",
    }
)
"""Node names of AWS services by the lower-case names that the Python SDK sends.

The Python SDK names a subsegment after botocore's endpoint prefix (``events``), other SDKs after
the service (``Events``). Published graphs show the latter, so inferred segments use it for both.
"""

EVENT_SERVICES = frozenset({"Events", "SNS"})
"""Services that stand between a caller and the segments of their targets.

A target's segment has the caller's subsegment as its raw parent; read back, its parent is the
inferred segment of the service (AWS's test suites expect that chain, no page says how it is made).
"""

NAMESPACES = frozenset({"aws", "remote", "local"})
"""Values of ``namespace`` that are kept; ``local`` is what the Python SDK sends for own code."""

INFERRED_ID_FIRST_DIGITS = "0123"
"""Published ids of inferred segments start with one of these."""

UNREADABLE_CODE = "InvalidSegment"
"""ErrorCode for documents that are not JSON, too large, or have impossible times."""

INVALID_ID_CODE = "InvalidId"
"""ErrorCode for an ``id`` that is not 16 hexadecimal digits."""

TRACE_OPEN_S = 7 * 24 * 3600
"""How long a trace takes more documents: AWS's quota, counted here from its last document on."""

CLOSED_TRACE_CODE = "InvalidSegment"
"""ErrorCode for a document that comes too late for its trace."""

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

AWS's pages name none. Queries over ten hours are known to work, and samples of AWS's own ask for a
whole day; the 6 hours that some clients keep to are those of the service graph.
"""

TRACE_LIMIT_BYTES = 500 * 1024
"""Raw size above which a trace says ``LimitExceeded``; AWS names 100 KB to 500 KB."""

FLAGS_SEEN_FROM_ROOT = frozenset({"AWS::Lambda"})
"""Origins of root segments whose child *segments'* flags count for HasError and HasFault too.

Published summaries of failing functions say HasError although the service segment says 200.
"""

LAMBDA_INVOKE_OPERATIONS = frozenset({"Invoke", "InvokeAsync"})
"""Operations whose untraced callee is drawn under the function's name."""

SAMPLING_QUOTA_TTL_S = 300
"""How long a reservoir quota that was handed to a client lasts; five minutes in AWS's sample."""

SAMPLING_CLIENT_ACTIVE_S = 30
"""A client that reported within this time counts when a reservoir is split: three intervals."""

MAX_SAMPLING_RULES = 25
"""Sampling rules beside Default in an account and region; AWS raises it on request."""

LIST_PAGE_SIZE = 100
"""Rules, groups, statistics and policies per page; AWS documents no number."""

SAMPLING_STATISTICS_KEPT_S = 1800
"""How far back GetSamplingStatisticSummaries reaches; AWS says only that it is recent."""

MAX_GROUPS = 25
"""Groups beside Default in an account and region."""

TIME_SERIES_PERIODS_S = (60, 300)
"""Values of ``Period`` in GetTimeSeriesServiceStatistics, the default first: those clients use.

Without a selector the numbers are those of all edges together; AWS says "edge statistics".
"""

TIME_SERIES_MAX_SPAN_S = 6 * 3600
"""Longest range of GetTimeSeriesServiceStatistics, seconds; as for service graphs."""

INDEXING_RULE_NAME = "Default"
"""The one indexing rule; the name that AWS's guide to Transaction Search uses."""

INDEXED_PERCENT = 1.0
"""Share of traces to index as long as nobody changes it, percent: what AWS does not charge for."""

RETRIEVAL_TIMEOUT_S = 3600
"""How long a retrieval gives its traces; then its status is TIMEOUT, and later it is unknown."""

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
"""Failed traces in a minute from which a service can stand out; AWS publishes no method."""

INSIGHT_MIN_SHARE = 0.1
"""Share of the traces through a service that it must make fail to stand out."""

INSIGHT_GAP_S = 300
"""An insight goes on, and stays active, while no more than this passes without such a minute."""

INSIGHT_MAX_SPAN_S = 6 * 3600
"""Longest range to look for insights in, seconds; as for service graphs."""
