"""X-Ray's documents of single spans in OpenTelemetry's data model.

As X-Ray itself does: a span is a segment if it serves a request, has no known parent, or its parent
belongs to another service; otherwise it is a subsegment of its parent.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tracing_lab.xray_model.documents import AWS, REMOTE, SUBSEGMENT, is_call
from tracing_lab.xray_model.outcomes import FAULT, flags_of_http_status, status_of

from . import model
from .conventions import joined_url
from .model import OtelSpan

Document = dict[str, Any]

EARLIEST_NS: Final = 631_152_000 * 10**9  # 1990: what is earlier has another unit
_NS_PER_US: Final = 1000
_US_PER_S: Final = 1e6
_TRACE_DIGITS: Final = 32
_EPOCH_DIGITS: Final = 8
_ORIGINS: Final = {
    "aws_lambda": "AWS::Lambda::Function",
    "aws_ec2": "AWS::EC2::Instance",
    "aws_ecs": "AWS::ECS::Container",
    "aws_eks": "AWS::EKS::Container",
    "aws_elastic_beanstalk": "AWS::ElasticBeanstalk::Environment",
}
"""Origins by ``cloud.platform``, as the AWS X-Ray exporter states them."""

_OLDER: Final = {
    "http.method": "http.request.method",
    "http.url": "url.full",
    "http.user_agent": "user_agent.original",
    "http.client_ip": "client.address",
    "http.status_code": "http.response.status_code",
    "aws.requestId": "aws.request_id",
    "aws.sqs.queue.url": "aws.queue_url",
    "messaging.url": "aws.queue_url",
}
"""Other names of attributes; these stay annotations, too."""


def documents_from_spans(spans: Sequence[OtelSpan]) -> list[Document]:
    """Return a document for each span, none of them nested.

    Parameters
    ----------
    spans
        Spans with all others of their traces.

    Returns
    -------
    documents
        In the same order; what ``aws.xray.document`` states is left out.
    """
    known = {(span.trace_id, span.span_id): span for span in spans}
    return [document_from_span(span, known.get((span.trace_id, span.parent_id))) for span in spans]


def document_from_span(span: OtelSpan, parent: OtelSpan | None) -> Document:
    """Return the document of a span.

    Parameters
    ----------
    span
        A span.
    parent
        Its parent, None where that is not known.

    Returns
    -------
    document
        Without what lies in it; what ``aws.xray.document`` states is left out.
    """
    is_part = span.kind != model.SERVER and parent is not None and parent.service == span.service
    document: Document = {
        "id": span.span_id,
        "name": (span.name or "unnamed") if is_part else span.service,
        "trace_id": trace_id_of(span.trace_id),
        "start_time": _seconds(span.start_ns),
        **({"in_progress": True} if span.end_ns is None else {"end_time": _seconds(span.end_ns)}),
    }
    if span.parent_id:
        document["parent_id"] = span.parent_id
    if is_part:
        document["type"] = SUBSEGMENT
        if span.kind in (model.CLIENT, model.PRODUCER):
            document["namespace"] = AWS if _is_aws(span.known_attributes) else REMOTE
    _add_attributes(document, span)
    document |= _flags(document, span)
    if not span.is_from_xray:
        document |= _cause(span)
    _add_metadata(document, span)
    return document


def _seconds(time_ns: Any) -> Any:
    """Return nanoseconds as seconds; what cannot be nanoseconds is returned as text."""
    if type(time_ns) is not int:
        return time_ns if time_ns is None else str(time_ns)
    if 0 < time_ns < EARLIEST_NS:
        return f"{time_ns} nanoseconds"
    return (time_ns + _NS_PER_US // 2) // _NS_PER_US / _US_PER_S


def trace_id_of(text: str) -> str:
    """Return X-Ray's form of a trace id of OpenTelemetry or Jaeger.

    Parameters
    ----------
    text
        An id; one that is not hexadecimal stays as it is.

    Examples
    --------
    >>> trace_id_of("6b042ac05d09aa705e56bbd015254801")
    '1-6b042ac0-5d09aa705e56bbd015254801'
    """
    digits = text.lower().rjust(_TRACE_DIGITS, "0") if text else ""
    if len(digits) != _TRACE_DIGITS or not set(digits) <= set("0123456789abcdef"):
        return text
    return f"1-{digits[:_EPOCH_DIGITS]}-{digits[_EPOCH_DIGITS:]}"


def _is_aws(attributes: Mapping[str, Any]) -> bool:
    system = str(attributes.get("rpc.system"))
    return system in ("aws-api", "aws_api") or "aws.operation" in attributes


def _add_attributes(document: Document, span: OtelSpan) -> None:
    if not isinstance(span.attributes, Mapping):
        document["annotations"] = span.attributes
        return
    annotations = {}
    for key, value in _own_attributes(span).items():
        path, kind = model.MEMBERS.get(key, ((), object))
        if path and type(value) is kind:
            _set(document, path, value)
        elif model.is_scalar(value):
            annotations[key] = value
    if "type" not in document and span.name and span.name != span.service:
        annotations[model.NAME] = span.name
    if annotations:
        document["annotations"] = annotations
    if not span.is_from_xray:
        _add_conventions(document, span)


def _own_attributes(span: OtelSpan) -> dict[str, Any]:
    """Return the attributes without those that were added to what an X-Ray document states."""
    added = {model.DOCUMENT, model.INFERRED} | ({model.COLD_START} if span.is_from_xray else set())
    return {key: value for key, value in span.attributes.items() if key not in added}


def _set(document: Document, path: tuple[str, ...], value: Any) -> None:
    for member in path[:-1]:
        document = document.setdefault(member, {})
    document.setdefault(path[-1], value)


def _add_conventions(document: Document, span: OtelSpan) -> None:
    """Add members for attributes that are annotations as well."""
    attributes = span.attributes
    more = {new: attributes[old] for old, new in _OLDER.items() if old in attributes}
    if span.kind == model.SERVER:
        more.setdefault("url.full", joined_url(attributes))
    if document.get("namespace") == AWS:
        more["aws.operation"] = attributes.get("rpc.method")
        tables = attributes.get("aws.dynamodb.table_names")
        more["aws.table_name"] = tables[0] if isinstance(tables, list) and tables else None
    if "type" not in document:
        more["aws.xray.origin"] = _ORIGINS.get(str(span.resource.get("cloud.platform")))
    for key, value in more.items():
        path, kind = model.MEMBERS[key]
        if type(value) is kind:
            _set(document, path, value)
    database = attributes.get("db.system.name", attributes.get("db.system"))
    query = attributes.get("db.query.text", attributes.get("db.statement"))
    if document.get("namespace") == REMOTE and isinstance(database, str) and query is not None:
        document["sql"] = {"database_type": database, "sanitized_query": str(query)}


def _flags(document: Document, span: OtelSpan) -> dict[str, bool]:
    """Return flags by the HTTP status, else by the span's, which servers leave unset for a 4xx."""
    if span.status != "error" and span.scope.get("name") in model.OF_DOCUMENTS:
        return {}  # its document had none
    status = document.get("http", {}).get("response", {}).get("status", 0)
    return flags_of_http_status(status) or ({FAULT: True} if span.status == "error" else {})


def _cause(span: OtelSpan) -> Document:
    """Return the exceptions that events describe, or else the message of the status."""
    described = [event["attributes"] for event in span.events if event["name"] == "exception"]
    if not described and span.message and span.status == "error":
        described = [{"exception.message": span.message}]
    exceptions = [
        {
            "id": hashlib.sha256(f"{span.span_id}/{number}".encode()).hexdigest()[:16],
            "type": str(attributes.get("exception.type", "")),
            "message": str(attributes.get("exception.message", "")),
        }
        for number, attributes in enumerate(described)
    ]
    return {"cause": {"exceptions": exceptions}} if exceptions else {}


def _add_metadata(document: Document, span: OtelSpan) -> None:
    """Keep what the document has no member for."""
    odd = {key: value for key, value in span.known_attributes.items() if not model.is_scalar(value)}
    resource = {key: value for key, value in span.resource.items() if key != model.SERVICE}
    is_foreign = not span.is_from_xray
    stated = {
        "kind": span.kind if span.kind != usual_kind(document) else None,
        "status": span.status if span.status == "ok" else None,
        "message": span.message if span.message != status_of(document) else None,
        "attributes": odd,
        "resource": resource,
        "scope": span.scope if is_foreign else None,
        "events": span.events if is_foreign else None,
        "links": span.links,
    }
    if kept := {key: plain(value) for key, value in stated.items() if value}:
        document["metadata"] = {model.METADATA: kept}


def usual_kind(document: Mapping[str, Any]) -> str:
    """Return the kind of span that a document usually comes from.

    Parameters
    ----------
    document
        A segment or subsegment.

    Returns
    -------
    kind
        One of `model.SPAN_KINDS`.

    Examples
    --------
    >>> usual_kind({"name": "shop"}), usual_kind({"type": "subsegment", "namespace": "aws"})
    ('server', 'client')
    """
    if document.get("type") != SUBSEGMENT:
        return model.SERVER
    return model.CLIENT if is_call(document) else model.INTERNAL


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it.

    Parameters
    ----------
    value
        Anything; bytes become an object with their base64 form, what JSON lacks becomes text.

    Returns
    -------
    value
        The same in objects, lists, texts, booleans and numbers.

    Examples
    --------
    >>> plain({"a": [1, b"x", 2**70]})
    {'a': [1, {'bytes': 'eA=='}, '1180591620717411303424']}
    """
    if type(value) is str:  # most are
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    return value if value is None or model.is_scalar(value) else str(value)
