"""Choices about API Gateway that AWS does not document.

- The stage's segment has one more subsegment for each call of a Lambda authorizer, named as that
  of the method's function, ``Lambda``, and before it. The authorizer's segments are its children.
  A cached result has no subsegment.
- The subsegment of a service is named as below; its ``aws`` block has the operation, the region and
  what the request names: queue, topic, table or bus. Its URL is that of the regional endpoint.
- The trace header of a service's call is the HTTP header ``X-Amzn-Trace-Id``, whose parent is that
  subsegment. SQS makes ``AWSTraceHeader`` of it, PutEvents the header of its entries.
- A TOKEN authorizer's expression has to match the whole token.
- ``integrationLatency`` of a cached result is 0.
- A mapping template that fails is a 500, like other configuration errors.
- ``$input.params`` and ``method.request.path`` have decoded values.
"""

from collections.abc import Mapping

SUBSEGMENT_NAMES: Mapping[str, str] = {
    "dynamodb": "DynamoDB",
    "events": "Events",
    "sns": "SNS",
    "sqs": "SQS",
}
"""The names of the subsegments of services."""

CACHED_LATENCY_MS = 0
