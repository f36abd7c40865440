"""Inferred segments: what X-Ray adds for a callee that sends no segments of its own.

AWS X-Ray Developer Guide, "Getting data from X-Ray": one inferred segment for each ``aws`` or
``remote`` subsegment without a real downstream segment. Names and origins from published documents.
"""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from . import lambda_segments
from .documents import AWS, Document

AWS_SERVICE_NAMES: Final[Mapping[str, str]] = MappingProxyType(
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

EVENT_SERVICES: Final = frozenset({"Events", "S3", "SNS"})
"""Services that stand between a caller and the segments of their targets.

A target's segment has the caller's subsegment as its raw parent; read back, its parent is the
inferred segment of the service (AWS's test suites expect that chain, no page says how it is made).
S3 passes a trace on to the targets of notifications:
https://docs.aws.amazon.com/xray/latest/devguide/xray-services-s3.html
"""

TABLE: Final = "AWS::DynamoDB::Table"
QUEUE: Final = "AWS::SQS::Queue"

_INVOKE_OPERATIONS: Final = frozenset({"Invoke", "InvokeAsync"})  # else the service is called
_FIRST_DIGITS: Final = "0123"  # published ids of inferred segments start with one of these
_COPIED: Final = (
    *("start_time", "end_time", "in_progress", "error", "throttle", "fault"),
    *("http", "aws", "sql"),
)


def infer(subsegment: Document, trace_id: str) -> dict[str, Any]:
    """Return the inferred segment of a call.

    Parameters
    ----------
    subsegment
        The call, with namespace ``aws`` or ``remote``.
    trace_id
        The trace that it is part of.

    Returns
    -------
    segment
        The inferred segment, whose parent is the subsegment.

    Examples
    --------
    >>> call = {"id": "aabeb336dc5bce01", "name": "events", "namespace": "aws", "start_time": 1.0}
    >>> infer(call, "1-6b042ac0-5d09aa705e56bbd015254801")["origin"]
    'AWS::Events'
    """
    inferred: dict[str, Any] = {
        "id": inferred_id(trace_id, subsegment["id"]),
        "name": called_service(subsegment),
        "trace_id": trace_id,
        "parent_id": subsegment["id"],
        "inferred": True,
    }
    for name in _COPIED:
        if name in subsegment:
            inferred[name] = subsegment[name]
    origin = _origin(subsegment)
    if origin is not None:
        inferred["origin"] = origin
    return inferred


def inferred_id(trace_id: str, subsegment_id: str) -> str:
    """Return the id of the inferred segment of a subsegment: always the same for the same call.

    Returns
    -------
    segment_id
        16 hexadecimal digits.

    Examples
    --------
    >>> inferred_id("1-6b042ac0-5d09aa705e56bbd015254801", "aabeb336dc5bce01")
    '3cc990459d51d0cb'
    """
    digest = hashlib.blake2b(f"{trace_id}/{subsegment_id}".encode(), digest_size=8).hexdigest()
    return _FIRST_DIGITS[int(digest[0], 16) % len(_FIRST_DIGITS)] + digest[1:]


def called_service(subsegment: Document) -> str:
    """Return the name of what a subsegment called, AWS services by their usual names.

    Examples
    --------
    >>> called_service({"name": "dynamodb", "namespace": "aws"})
    'DynamoDB'
    """
    name: str = subsegment["name"]
    if subsegment.get("namespace") != AWS:
        return name
    return AWS_SERVICE_NAMES.get(name.lower(), name)


def is_event_call(subsegment: Document) -> bool:
    """Return whether a call went to a service that passes it on to targets.

    Returns
    -------
    is_event_call
        True for a call of one of `EVENT_SERVICES`.

    Examples
    --------
    >>> is_event_call({"name": "events", "namespace": "aws"})
    True
    """
    return subsegment.get("namespace") == AWS and called_service(subsegment) in EVENT_SERVICES


def resource_name(aws: Mapping[str, Any]) -> str | None:
    """Return the table or function that an ``aws`` block names.

    Returns
    -------
    name
        The name, None where there is none.

    Examples
    --------
    >>> resource_name({"operation": "PutItem", "table_name": "orders"})
    'orders'
    """
    name = aws.get("table_name") or aws.get("function_name")
    if name is None:
        names = aws.get("resource_names")
        name = names[0] if isinstance(names, list) and names else None
    return name if isinstance(name, str) else None


def _origin(subsegment: Document) -> str | None:
    if subsegment.get("namespace") != AWS:
        return "Database::SQL" if "sql" in subsegment else None
    service = called_service(subsegment)
    aws = subsegment.get("aws", {})
    if service == "DynamoDB" and resource_name(aws) is not None:
        return TABLE
    if service == "SQS" and "queue_url" in aws:
        return QUEUE
    return f"AWS::{service}"


def inferred_node_name(segment: Document) -> str:
    """Return the name of an inferred segment's node in the service map.

    Returns
    -------
    name
        A table's name, a queue's URL or the name of a function that was invoked; other AWS services
        go by their own names.

    Examples
    --------
    >>> aws = {"table_name": "orders"}
    >>> inferred_node_name({"name": "DynamoDB", "origin": "AWS::DynamoDB::Table", "aws": aws})
    'orders'
    """
    origin, aws, called = segment.get("origin"), segment.get("aws") or {}, None
    if origin == TABLE:
        called = resource_name(aws)
    elif origin == QUEUE:
        called = aws.get("queue_url")
    elif origin == lambda_segments.SERVICE and str(aws.get("operation")) in _INVOKE_OPERATIONS:
        called = resource_name(aws)
    return called if isinstance(called, str) else str(segment["name"])
