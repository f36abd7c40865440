"""Members of segments that every translation makes in the same way.

The rules are those of the OpenTelemetry collector's X-Ray exporter:
https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/awsxrayexporter
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from tracing_lab.otlp import model
from tracing_lab.otlp.conventions import database, first, joined_url
from tracing_lab.otlp.documents import trace_id_of
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.xray_model.documents import AWS, REMOTE, SUBSEGMENT
from tracing_lab.xray_model.outcomes import FAULT, flags_of_http_status

LOCAL_SERVICE: Final = "aws.local.service"
REMOTE_SERVICE: Final = "aws.remote.service"
SPAN_KIND: Final = "aws.span.kind"
LOCAL_ROOT: Final = "LOCAL_ROOT"
ANNOTATIONS: Final = "aws.xray.annotations"
"""Attribute with the list of those that are indexed."""

CALLS: Final = frozenset({model.CLIENT, model.PRODUCER, model.CONSUMER})
"""Kinds of spans whose segment is named after what is called."""

_AWS_SERVICE: Final = "aws.service"
_NS_PER_S: Final = 1e9
_NAME_CHARS: Final = re.compile(r"[^\w\s.:/%&#=+\\\-@]")
_MOST_NAME_CHARS: Final = 200
_LEAST_ERROR, _MOST_ERROR = 400, 599
_PREFIXES: Final = ("AWS.SDK.", "AWS::")


def is_local_root(span: OtelSpan) -> bool:
    """Return whether a span is the first of its service in the trace, as AWS's agents mark it.

    Parameters
    ----------
    span
        A span.
    """
    return span.known_attributes.get(SPAN_KIND) == LOCAL_ROOT


def base(span: OtelSpan, *, name: str, is_part: bool) -> dict[str, Any]:
    """Return the document of a span with ids, name, times and flags.

    Parameters
    ----------
    span
        A span that has ended.
    name
        The document's name; characters that X-Ray rejects are removed.
    is_part
        Whether it is a subsegment.
    """
    document: dict[str, Any] = {
        "id": span.span_id,
        "name": valid_name(name),
        "trace_id": trace_id_of(span.trace_id),
        "start_time": span.start_ns / _NS_PER_S,
        "end_time": span.end_ns / _NS_PER_S,
    }
    document |= {"parent_id": span.parent_id} if span.parent_id else {}
    document |= {"type": SUBSEGMENT} if is_part else {}
    return document | flags(span)


def valid_name(name: str) -> str:
    """Return a name without the characters that X-Ray rejects in names.

    Parameters
    ----------
    name
        Any text.

    Examples
    --------
    >>> valid_name("GET /orders/{id}?x"), valid_name("{}")
    ('GET /orders/idx', 'span')
    """
    return _NAME_CHARS.sub("", name)[:_MOST_NAME_CHARS].strip() or "span"


def segment_name(span: OtelSpan) -> str:
    """Return the name of the node that a span's document belongs to: the first that is stated.

    Parameters
    ----------
    span
        A span; calls are named after what they call, others after their service.
    """
    attributes = span.known_attributes
    stated = [*_first_names(span), attributes.get(_AWS_SERVICE), database(attributes)]
    stated += [span.resource.get(model.SERVICE)] if span.kind == model.SERVER else []
    stated += [attributes.get(key) for key in ("rpc.service", "http.host", "net.peer.name")]
    return next((name for name in stated if _is_name(name)), str(span.name or ""))


def is_named_after_aws_service(span: OtelSpan) -> bool:
    """Return whether a span's document has its name from ``aws.service``.

    Parameters
    ----------
    span
        A span.
    """
    is_stated = _is_name(span.known_attributes.get(_AWS_SERVICE))
    return is_stated and not any(map(_is_name, _first_names(span)))


def _first_names(span: OtelSpan) -> Iterator[Any]:
    """Yield the names that come before ``aws.service``."""
    attributes = span.known_attributes
    if span.kind in CALLS and attributes.get(REMOTE_SERVICE):
        yield callee(span)
    if span.kind == model.SERVER or (span.kind == model.INTERNAL and is_local_root(span)):
        yield attributes.get(LOCAL_SERVICE)
    yield attributes.get("peer.service")


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def callee(span: OtelSpan) -> str:
    """Return ``aws.remote.service``, AWS's own services without their prefix.

    Parameters
    ----------
    span
        A span with this attribute.
    """
    name = str(span.known_attributes[REMOTE_SERVICE])
    if not is_aws_call(span):
        return name
    prefix = next((prefix for prefix in _PREFIXES if name.startswith(prefix)), "")
    return name.removeprefix(prefix)


def is_aws_call(span: OtelSpan) -> bool:
    """Return whether a span is a call by one of AWS's SDKs.

    Parameters
    ----------
    span
        A span.
    """
    return span.known_attributes.get("rpc.system") in ("aws-api", "aws_api")


def namespace(span: OtelSpan) -> dict[str, str]:
    """Return the ``namespace`` of a subsegment; nothing for local work.

    Parameters
    ----------
    span
        The subsegment's span.
    """
    if is_aws_call(span):
        return {"namespace": AWS}
    is_call = span.kind == model.CLIENT
    is_call |= span.kind in CALLS and REMOTE_SERVICE in span.known_attributes
    return {"namespace": REMOTE} if is_call else {}


def flags(span: OtelSpan) -> dict[str, bool]:
    """Return ``error``, ``throttle`` and ``fault``: by the HTTP status, else by the span's.

    Parameters
    ----------
    span
        A span.
    """
    attributes = span.known_attributes
    code = attributes.get("http.status_code", attributes.get("http.response.status_code"))
    if type(code) is int and _LEAST_ERROR <= code <= _MOST_ERROR:
        return flags_of_http_status(code)
    return {FAULT: True} if span.status == "error" else {}


def http_block(span: OtelSpan) -> dict[str, Any]:
    """Return the ``http`` member of a document; nothing if a span states none of it.

    Parameters
    ----------
    span
        A span with attributes of the present or of the former conventions.
    """
    attributes = span.known_attributes
    request = {
        "method": first(attributes, "http.request.method", "http.method"),
        "url": first(attributes, "url.full", "http.url") or joined_url(attributes),
        "user_agent": first(attributes, "user_agent.original", "http.user_agent"),
        "client_ip": first(attributes, "client.address", "http.client_ip", "net.peer.ip"),
    }
    response = {
        "status": first(attributes, "http.response.status_code", "http.status_code"),
        "content_length": first(
            attributes, "http.response.body.size", "http.response_content_length"
        ),
    }
    parts = {"request": _stated(request), "response": _stated(response)}
    return {"http": _stated(parts)} if any(parts.values()) else {}


def _stated(members: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if value not in (None, "", {})}


def aws_members(span: OtelSpan) -> dict[str, Any]:
    """Return the members of ``aws`` that describe a call.

    Parameters
    ----------
    span
        A span.
    """
    attributes = span.known_attributes
    tables = attributes.get("aws.dynamodb.table_names", attributes.get("aws.table_name"))
    tables = tables if isinstance(tables, list) else [tables]
    operation = attributes.get("aws.operation", attributes.get("rpc.method"))
    members = {
        "operation": operation if is_aws_call(span) else None,
        "region": attributes.get("aws.region"),
        "request_id": first(attributes, "aws.request_id", "aws.requestId"),
        "queue_url": first(
            attributes, "messaging.url", "aws.queue_url", "aws.queue.url", "aws.sqs.queue.url"
        ),
        "table_name": tables[0] if len(tables) == 1 else None,
    }
    return _stated(members) | ({"table_names": tables} if len(tables) > 1 else {})


def indexed(span: OtelSpan, keys: Collection[str]) -> dict[str, Any]:
    """Return the attributes of a span that become annotations.

    Parameters
    ----------
    span
        A span.
    keys
        Attributes that always do; the span's ``aws.xray.annotations`` may name more.
    """
    named = span.known_attributes.get(ANNOTATIONS)
    more = [name for name in named if isinstance(name, str)] if isinstance(named, list) else ()
    wanted = {*keys, *more}
    return {
        key: value
        for key, value in span.known_attributes.items()
        if key in wanted and model.is_scalar(value)
    }
