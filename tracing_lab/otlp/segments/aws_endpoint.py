"""Segments as AWS's own endpoint makes them of the spans of AWS's agents.

AWS describes the result nowhere. What is here was seen in the expectations with which AWS tests its
agents (https://github.com/aws-observability/aws-application-signals-test-framework): a service's
first span is a segment, ``aws.local.*``, ``aws.remote.*``, ``span.name`` and ``span.kind`` are
annotations, other attributes that begin with ``aws.`` are members of ``aws``, and all that is left
is metadata, the resource's attributes among it. That metadata are in ``default``, and which origin
the spans of functions have, is not documented: here it is that of Lambda's own segment, which makes
them one node.
"""

from collections.abc import Iterable
from typing import Any, Final

from tracing_lab.otlp import model
from tracing_lab.otlp.documents import plain
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.xray_model.documents import AWS

from . import members
from .causes import cause_of

INDEXED_PREFIXES: Final = ("aws.local.", "aws.remote.")
_ORIGINS: Final = {
    "aws_ec2": "AWS::EC2::Instance",
    "aws_ecs": "AWS::ECS::Container",
    "aws_eks": "AWS::EKS::Container",
    "aws_lambda": "AWS::Lambda::Function",
}
_SERVICES: Final = {"EventBridge": "Events"}
"""Services that botocore's instrumentation calls by other names than X-Ray's nodes have."""

_AWS_PREFIX: Final = "aws."
_NOT_OF_CALL: Final = ("aws.xray.", "aws.trace.", "aws.auth.", "aws.log.")


def segments_as_aws_makes_them(spans: Iterable[OtelSpan]) -> list[dict[str, Any]]:
    """Return the documents of spans as AWS's own endpoint makes them.

    Parameters
    ----------
    spans
        Spans that have ended, in any order.

    Returns
    -------
    documents
        One for each span.
    """
    return [plain(_document(span)) for span in spans]


def _document(span: OtelSpan) -> dict[str, Any]:
    is_part = not _is_segment(span)
    name = members.segment_name(span) if span.kind != model.INTERNAL or not is_part else span.name
    document = members.base(span, name=_SERVICES.get(name, name), is_part=is_part)
    document |= members.namespace(span) if is_part else {}
    document |= cause_of(span) | members.http_block(span)
    document[AWS] = _aws(span)
    document["annotations"] = _annotations(span)
    metadata = _metadata(span, document["annotations"], is_part=is_part)
    document |= {"metadata": {"default": metadata}} if metadata else {}
    origin = _ORIGINS.get(str(span.resource.get("cloud.platform")))
    document |= {"origin": origin} if origin and not is_part else {}
    user = span.known_attributes.get("enduser.id")
    return document | ({"user": user} if isinstance(user, str) else {})


def _is_segment(span: OtelSpan) -> bool:
    return span.kind == model.SERVER or members.is_local_root(span) or not span.parent_id


def _aws(span: OtelSpan) -> dict[str, Any]:
    described = members.aws_members(span)
    other = {
        key.removeprefix(_AWS_PREFIX): value
        for key, value in span.known_attributes.items()
        if key.startswith(_AWS_PREFIX) and not key.startswith(INDEXED_PREFIXES + _NOT_OF_CALL)
    }
    bucket = span.known_attributes.get("aws.s3.bucket")
    more = {"bucket_name": bucket} if isinstance(bucket, str) else {}
    account = span.known_attributes.get("cloud.account.id")
    more |= {"account_id": account} if isinstance(account, str) else {}
    return {**other, **described, **more}


def _annotations(span: OtelSpan) -> dict[str, Any]:
    keys = [key for key in span.known_attributes if key.startswith(INDEXED_PREFIXES)]
    of_span = {"span.name": str(span.name or ""), "span.kind": span.kind.upper()}
    return {**of_span, **members.indexed(span, keys)}


def _metadata(span: OtelSpan, annotations: dict[str, Any], *, is_part: bool) -> dict[str, Any]:
    resource = {} if is_part else span.resource
    own = {
        key: value
        for key, value in span.known_attributes.items()
        if key not in annotations and not key.startswith(_AWS_PREFIX)
    }
    return {**resource, **own}
