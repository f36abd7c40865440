"""Jaeger's JSON: what its user interface downloads and uploads, and its query API returns.

Times are microseconds. What OpenTelemetry states beside attributes becomes tags as in
https://opentelemetry.io/docs/specs/otel/trace/sdk_exporters/jaeger/
"""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from tracing_lab.otlp import model as otel
from tracing_lab.otlp.documents import plain
from tracing_lab.otlp.model import OtelSpan

_NS_PER_US: Final = 1000
_KIND: Final = "span.kind"
_ERROR: Final = "error"
_STATUS: Final = "otel.status_code"
_MESSAGE: Final = "otel.status_description"
_SCOPE: Final = "otel.scope.name"
_VERSION: Final = "otel.scope.version"
_OLD_SCOPE: Final = "otel.library.name"
_OLD_VERSION: Final = "otel.library.version"
_TYPES: Final = {bool: "bool", int: "int64", float: "float64", bytes: "binary"}


def is_jaeger(node: Any) -> bool:
    """Return whether a JSON value is one of Jaeger's traces.

    Parameters
    ----------
    node
        Parsed JSON.

    Returns
    -------
    bool
        True for an object with ``traceID`` and ``spans``.
    """
    return isinstance(node, dict) and "traceID" in node and isinstance(node.get("spans"), list)


def spans_from_jaeger(trace: Mapping[str, Any]) -> Iterator[OtelSpan]:
    """Yield the spans of a trace.

    Parameters
    ----------
    trace
        What `is_jaeger` recognises.

    Yields
    ------
    span
        What is wrong stays as it is.
    """
    processes = _object(trace.get("processes"))
    for span in trace["spans"]:
        yield _span(_object(span), str(trace["traceID"]), processes)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _span(node: Mapping[str, Any], trace_id: str, processes: Mapping[str, Any]) -> OtelSpan:
    process = _object(node.get("process") or processes.get(str(node.get("processID"))))
    service, tags = process.get("serviceName"), _tags(node.get("tags"))
    trace_id = _id(node.get("traceID") or trace_id)
    parent_id, links = _references(node, trace_id)
    start_ns = _nanoseconds(node.get("startTime"))
    duration_ns = _nanoseconds(node.get("duration", 0))
    is_timed = type(start_ns) is type(duration_ns) is int
    special = _special(tags) if isinstance(tags, dict) else {}
    return OtelSpan(
        trace_id=trace_id,
        span_id=_id(node.get("spanID")),
        parent_id=parent_id,
        name=node.get("operationName"),
        kind=special.get("kind", otel.UNSPECIFIED),
        start_ns=start_ns,
        end_ns=start_ns + duration_ns if is_timed else duration_ns,
        status=special.get("status", "unset"),
        message=special.get("message", ""),
        attributes=tags,
        resource=_object(_tags(process.get("tags"))) | ({otel.SERVICE: service} if service else {}),
        scope=special.get("scope", {}),
        events=[_event(log) for log in _list(node.get("logs")) if isinstance(log, dict)],
        links=links,
    )


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _id(value: Any) -> str:
    return otel.lowered_id(str(value or ""))


def _nanoseconds(value: Any) -> Any:
    number = otel.whole_number(value)
    return number * _NS_PER_US if type(number) is int else number


def _references(node: Mapping[str, Any], trace_id: str) -> tuple[str, list[dict[str, Any]]]:
    """Return the parent's id, and the other references; a child is one rather than a follower."""
    references = [
        reference for reference in _list(node.get("references")) if isinstance(reference, dict)
    ]
    own = [
        reference for reference in references if _id(reference.get("traceID", trace_id)) == trace_id
    ]
    own.sort(key=lambda reference: reference.get("refType") != "CHILD_OF")
    parent = own[0] if own else None
    links = [
        {
            "trace_id": _id(reference.get("traceID")),
            "span_id": _id(reference.get("spanID")),
            "attributes": {},
        }
        for reference in references
        if reference is not parent
    ]
    parent_id = parent.get("spanID") if parent else node.get("parentSpanID")
    return _id(parent_id), links


def _tags(value: Any) -> Any:
    """Return tags as an object; what is no list of tags stays as it is."""
    if not isinstance(value, list):
        return {} if value is None else value
    pairs = [pair for pair in value if isinstance(pair, dict) and isinstance(pair.get("key"), str)]
    return {pair["key"]: _value(pair) for pair in pairs} if len(pairs) == len(value) else value


def _value(tag: Mapping[str, Any]) -> Any:
    kind, value = str(tag.get("type")).lower(), tag.get("value")
    try:
        if kind == "bool":
            return value if isinstance(value, bool) else str(value).lower() == "true"
        if kind == "int64":
            return otel.whole_number(value)
        if kind == "float64":
            return float(value) if value is not None else value
        return base64.b64decode(value or "", validate=True) if kind == "binary" else value
    except (TypeError, ValueError, binascii.Error):
        return value


def _special(tags: dict[str, Any]) -> dict[str, Any]:
    """Remove tags that are not OpenTelemetry attributes."""
    found: dict[str, Any] = {}
    if tags.get(_KIND) in otel.SPAN_KINDS:
        found["kind"] = tags.pop(_KIND)
    error, code = tags.get(_ERROR), str(tags.get(_STATUS)).lower()
    if code in otel.STATUS_CODES:
        tags.pop(_STATUS)
        found["status"] = code
    if error is True or str(error).lower() == "true":
        tags.pop(_ERROR)
        found["status"] = "error"
    if isinstance(tags.get(_MESSAGE), str):
        found["message"] = tags.pop(_MESSAGE)
    names = {"name": (_SCOPE, _OLD_SCOPE), "version": (_VERSION, _OLD_VERSION)}
    found["scope"] = {
        member: tags.pop(key) for member, keys in names.items() for key in keys if key in tags
    }
    return found


def _event(log: Mapping[str, Any]) -> dict[str, Any]:
    fields = _object(_tags(log.get("fields")))
    name = str(fields.pop("event", ""))
    return {"name": name, "time_ns": _nanoseconds(log.get("timestamp")), "attributes": fields}


def jaeger_from_spans(spans: Iterable[OtelSpan]) -> dict[str, Any]:
    """Return what Jaeger's user interface can load.

    Parameters
    ----------
    spans
        Spans that have ended.

    Returns
    -------
    traces
        An object with ``data``, a list of traces.
    """
    traces: dict[str, dict[str, Any]] = {}
    for span in spans:
        empty: dict[str, Any] = {"traceID": span.trace_id, "spans": [], "processes": {}}
        trace = traces.setdefault(span.trace_id, empty)
        process = {
            "serviceName": span.service,
            "tags": _pairs(
                {key: value for key, value in span.resource.items() if key != otel.SERVICE}
            ),
        }
        processes = trace["processes"]
        known = (number for number, other in processes.items() if other == process)
        number = next(known, f"p{len(processes) + 1}")
        processes[number] = process
        trace["spans"].append(_written(span) | {"processID": number})
    return {"data": [*traces.values()]}


def _written(span: OtelSpan) -> dict[str, Any]:
    parents = [{"refType": "CHILD_OF", "traceID": span.trace_id, "spanID": span.parent_id}]
    links = [
        {"refType": "FOLLOWS_FROM", "traceID": link["trace_id"], "spanID": link["span_id"]}
        for link in span.links
    ]
    return {
        "traceID": span.trace_id,
        "spanID": span.span_id,
        "operationName": span.name,
        "references": (parents if span.parent_id else []) + links,
        "startTime": span.start_ns // _NS_PER_US,
        "duration": (span.end_ns - span.start_ns) // _NS_PER_US,
        "tags": _pairs(span.attributes | _special_tags(span)),
        "logs": [
            {
                "timestamp": event["time_ns"] // _NS_PER_US,
                "fields": _pairs({"event": event["name"]} | event["attributes"]),
            }
            for event in span.events
        ],
        "warnings": None,
    }


def _special_tags(span: OtelSpan) -> dict[str, Any]:
    tags = {
        _KIND: span.kind if span.kind != otel.UNSPECIFIED else None,
        _ERROR: True if span.status == "error" else None,
        _STATUS: span.status.upper() if span.status != "unset" else None,
        _MESSAGE: span.message or None,
        _SCOPE: span.scope.get("name"),
        _VERSION: span.scope.get("version"),
    }
    return {key: value for key, value in tags.items() if value is not None}


def _pairs(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [_tag(str(key), value) for key, value in attributes.items()]


def _tag(key: str, value: Any) -> dict[str, Any]:
    """Return a tag; lists and objects become JSON, as Jaeger has neither."""
    if isinstance(value, bytes):
        value, kind = base64.b64encode(value).decode(), "binary"
    else:
        kind = _TYPES.get(type(value), "string") if otel.is_scalar(value) else "string"
        if not otel.is_scalar(value):
            value = orjson.dumps(plain(value)).decode()
    return {"key": key, "type": kind, "value": value}
