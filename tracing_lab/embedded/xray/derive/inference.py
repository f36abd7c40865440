"""Inferred segments: what X-Ray adds for a callee that sends no segments of its own.

AWS X-Ray Developer Guide, "Getting data from X-Ray": one inferred segment for each ``aws`` or
``remote`` subsegment without a real downstream segment.
"""

import hashlib
from typing import Any

from tracing_lab.embedded.model import Document
from tracing_lab.embedded.xray import undocumented as assumptions

_COPIED = ("start_time", "end_time", "in_progress", "error", "throttle", "fault")
_COPIED_BLOCKS = ("http", "aws", "sql")


def infer(subsegment: Document, trace_id: str) -> Document:
    """Make the inferred segment of a call.

    Parameters
    ----------
    subsegment
        The call, with namespace ``aws`` or ``remote``.
    trace_id
        The trace that it is part of.

    Examples
    --------
    >>> call = {"id": "aabeb336dc5bce01", "name": "events", "namespace": "aws", "start_time": 1.0}
    >>> infer(call, "1-6b042ac0-5d09aa705e56bbd015254801")["origin"]
    'AWS::Events'
    """
    inferred: Document = {
        "id": inferred_id(trace_id, subsegment["id"]),
        "name": called_service(subsegment),
        "trace_id": trace_id,
        "parent_id": subsegment["id"],
        "inferred": True,
    }
    for name in (*_COPIED, *_COPIED_BLOCKS):
        if name in subsegment:
            inferred[name] = subsegment[name]
    origin = _origin(subsegment)
    if origin is not None:
        inferred["origin"] = origin
    return inferred


def inferred_id(trace_id: str, subsegment_id: str) -> str:
    """Give the id of the inferred segment of a subsegment: always the same for the same call.

    Examples
    --------
    >>> inferred_id("1-6b042ac0-5d09aa705e56bbd015254801", "aabeb336dc5bce01")
    '3cc990459d51d0cb'
    """
    digest = hashlib.blake2b(f"{trace_id}/{subsegment_id}".encode(), digest_size=8).hexdigest()
    digits = assumptions.INFERRED_ID_FIRST_DIGITS
    return digits[int(digest[0], 16) % len(digits)] + digest[1:]


def called_service(subsegment: Document) -> str:
    """Give the name of what a subsegment called, AWS services by their usual names.

    Examples
    --------
    >>> called_service({"name": "dynamodb", "namespace": "aws"})
    'DynamoDB'
    """
    name: str = subsegment["name"]
    if subsegment.get("namespace") != "aws":
        return name
    return assumptions.AWS_SERVICE_NAMES.get(name.lower(), name)


def is_call(entity: Document) -> bool:
    """Tell whether a subsegment records a call to something else."""
    return entity.get("namespace") in ("aws", "remote")


def is_event_call(entity: Document) -> bool:
    """Tell whether a call went to a service that hands it on to targets."""
    return entity.get("namespace") == "aws" and called_service(entity) in assumptions.EVENT_SERVICES


def resource_name(aws: dict[str, Any]) -> str | None:
    """Give the table or function that an ``aws`` block names."""
    name = aws.get("table_name") or aws.get("function_name")
    if name is None:
        names = aws.get("resource_names")
        name = names[0] if isinstance(names, list) and names else None
    return name if isinstance(name, str) else None


def _origin(subsegment: Document) -> str | None:
    if subsegment.get("namespace") != "aws":
        return "Database::SQL" if "sql" in subsegment else None
    service = called_service(subsegment)
    aws = subsegment.get("aws", {})
    if service == "DynamoDB" and resource_name(aws) is not None:
        return "AWS::DynamoDB::Table"
    if service == "SQS" and "queue_url" in aws:
        return "AWS::SQS::Queue"
    return f"AWS::{service}"
