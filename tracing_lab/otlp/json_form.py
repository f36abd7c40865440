"""The JSON form of OTLP, and the records of the log group ``aws/spans``, which look like it.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding; in ``aws/spans`` attributes are
plain objects, kinds and status codes are words, and a span carries its resource.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from . import model
from .model import OtelSpan

_REQUEST: Final = ("resourceSpans", "batches")  # Tempo's name for it
_SCOPES: Final = ("scopeSpans", "instrumentationLibrarySpans")
_ID_BYTES: Final = (8, 16)


def is_otlp(node: Any) -> bool:
    """Return whether a JSON value is a request or a file of OTLP.

    Parameters
    ----------
    node
        Parsed JSON.

    Returns
    -------
    bool
        True for an object with ``resourceSpans``, even if there are none.
    """
    return isinstance(node, dict) and any(isinstance(node.get(key), list) for key in _REQUEST)


def is_span(node: Any) -> bool:
    """Return whether a JSON value is a span by itself, as in ``aws/spans``.

    Parameters
    ----------
    node
        Parsed JSON.

    Returns
    -------
    bool
        True for an object with a trace's, a span's id and a time.
    """
    times = ("startTimeUnixNano", "durationNano")
    return (
        isinstance(node, dict)
        and {"traceId", "spanId"} <= {*node}
        and any(key in node for key in times)
    )


def spans_from_otlp(node: Mapping[str, Any]) -> Iterator[OtelSpan]:
    """Yield the spans of an export request.

    Parameters
    ----------
    node
        What `is_otlp` recognises.

    Yields
    ------
    span
        What is wrong stays as it is.
    """
    for group in _listed(node, _REQUEST):
        resource = resource_from_otlp(_part(group, "resource"))
        for scoped in _listed(group, _SCOPES):
            scope = _part(scoped, "scope") or _part(scoped, "instrumentationLibrary")
            read = scope_from_otlp(scope)
            for span in _listed(scoped, ("spans",)):
                yield span_from_otlp(span, resource, read)


def groups_without_spans(node: Mapping[str, Any]) -> list[Any]:
    """Return the groups of an export request in which no spans are, as far as can be read.

    Parameters
    ----------
    node
        What `is_otlp` recognises.

    Examples
    --------
    >>> groups_without_spans({"resourceSpans": [{"scope_spans": [{"spans": [{}]}]}]})
    [{'scope_spans': [{'spans': [{}]}]}]
    """
    return [
        group
        for group in _listed(node, _REQUEST)
        if not any(_listed(scoped, ("spans",)) for scoped in _listed(group, _SCOPES))
    ]


def span_from_otlp(
    node: Any, resource: dict[str, Any] | None = None, scope: dict[str, Any] | None = None
) -> OtelSpan:
    """Return a span.

    Parameters
    ----------
    node
        The span as JSON.
    resource, scope
        What it belongs to, as `resource_from_otlp` and `scope_from_otlp` return it; its own, if
        that is not given.

    Returns
    -------
    span
        What is wrong stays as it is.
    """
    node = node if isinstance(node, dict) else {}
    status = _part(node, "status")
    start_ns = model.whole_number(node.get("startTimeUnixNano"))
    return OtelSpan(
        trace_id=_id(node.get("traceId")),
        span_id=_id(node.get("spanId")),
        parent_id=_id(node.get("parentSpanId")),
        name=node.get("name"),
        kind=_word(node.get("kind"), model.SPAN_KINDS, "SPAN_KIND_"),
        start_ns=start_ns,
        end_ns=_end(node, start_ns),
        status=_word(status.get("code"), model.STATUS_CODES, "STATUS_CODE_"),
        message=str(status.get("message") or ""),
        attributes=_attributes(node.get("attributes")),
        resource=resource_from_otlp(_part(node, "resource")) if resource is None else resource,
        scope=scope_from_otlp(_part(node, "scope")) if scope is None else scope,
        events=[_event(event) for event in _listed(node, ("events",)) if isinstance(event, dict)],
        links=[_link(link) for link in _listed(node, ("links",)) if isinstance(link, dict)],
    )


def _part(node: Any, key: str) -> Mapping[str, Any]:
    part = node.get(key) if isinstance(node, dict) else None
    return part if isinstance(part, dict) else {}


def _listed(node: Any, keys: Sequence[str]) -> list[Any]:
    listed = [node[key] for key in keys if isinstance(node, dict) and key in node]
    return listed[0] if listed and isinstance(listed[0], list) else []


def _id(value: Any) -> str:
    """Return an id; some tools write it in base64, as protobuf's usual JSON form has it."""
    text = value if isinstance(value, str) else ""
    if not model.is_hexadecimal(text):
        try:
            content = base64.b64decode(text, validate=True)
        except ValueError:
            return text
        text = content.hex() if len(content) in _ID_BYTES else text
    return model.lowered_id(text) if text.strip("0") else ""


def _word(value: Any, words: Sequence[str], prefix: str) -> str:
    """Return a word for its number, itself, or its name in protobuf."""
    number = model.whole_number(value)
    if type(number) is int:
        return words[number] if 0 <= number < len(words) else words[0]
    word = str(value).removeprefix(prefix).lower()
    return word if word in words else words[0]


def _end(node: Mapping[str, Any], start_ns: Any) -> Any:
    end_ns = model.whole_number(node.get("endTimeUnixNano"))
    duration_ns = model.whole_number(node.get("durationNano"))
    if end_ns in (None, 0) and type(start_ns) is type(duration_ns) is int:
        return start_ns + duration_ns
    return None if end_ns == 0 else end_ns


def _attributes(value: Any) -> Any:
    """Return attributes as an object, also from OTLP's list; what is neither stays as it is."""
    if not isinstance(value, list):
        return {} if value is None else value
    pairs = [pair for pair in value if isinstance(pair, dict) and isinstance(pair.get("key"), str)]
    return (
        {pair["key"]: _value(pair.get("value")) for pair in pairs}
        if len(pairs) == len(value)
        else value
    )


def _value(value: Any) -> Any:
    """Return the value that OTLP states with its type."""
    if not isinstance(value, dict) or len(value) != 1:
        return None if value == {} else value
    ((kind, content),) = value.items()
    read = _READERS.get(kind)
    try:
        return value if read is None else read(content)
    except (AttributeError, LookupError, TypeError, ValueError):
        return content


def resource_from_otlp(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes of a resource, or of what else has some.

    Parameters
    ----------
    resource
        The resource as JSON.
    """
    attributes = _attributes(resource.get("attributes"))
    return dict(attributes) if isinstance(attributes, dict) else {}


def scope_from_otlp(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return name, version and attributes of an instrumentation.

    Parameters
    ----------
    scope
        The scope as JSON.
    """
    attributes = resource_from_otlp(scope)
    known = {key: scope[key] for key in ("name", "version") if scope.get(key)}
    return known | ({"attributes": attributes} if attributes else {})


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": str(event.get("name") or ""),
        "time_ns": model.whole_number(event.get("timeUnixNano")),
        "attributes": resource_from_otlp(event),
    }


def _link(link: Mapping[str, Any]) -> dict[str, Any]:
    ids = {"trace_id": _id(link.get("traceId")), "span_id": _id(link.get("spanId"))}
    return {**ids, "attributes": resource_from_otlp(link)}


def _list(content: Any) -> list[Any]:
    return [_value(value) for value in content["values"]] if content else []


def _object(content: Any) -> Any:
    return _attributes(content.get("values", []))


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "stringValue": str,
    "boolValue": bool,
    "intValue": model.whole_number,
    "doubleValue": float,
    "bytesValue": base64.b64decode,
    "arrayValue": _list,
    "kvlistValue": _object,
}


def otlp_from_spans(spans: Iterable[OtelSpan]) -> dict[str, Any]:
    """Return the body of an export request.

    Parameters
    ----------
    spans
        Spans that have ended.

    Returns
    -------
    request
        ``ExportTraceServiceRequest``, one resource per service and one scope per instrumentation.
    """
    groups: dict[str, tuple[OtelSpan, dict[str, tuple[OtelSpan, list[dict[str, Any]]]]]] = {}
    for span in spans:
        _, scopes = groups.setdefault(repr(span.resource), (span, {}))
        scopes.setdefault(repr(span.scope), (span, []))[1].append(_written(span))
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _pairs(first.resource)},
                "scopeSpans": [
                    {"scope": _written_scope(scope.scope), "spans": written}
                    for scope, written in scopes.values()
                ],
            }
            for first, scopes in groups.values()
        ]
    }


def _written(span: OtelSpan) -> dict[str, Any]:
    code = model.STATUS_CODES.index(span.status)
    status = {"code": code} if code else {}
    written = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "name": span.name,
        "kind": model.SPAN_KINDS.index(span.kind),
        "startTimeUnixNano": str(span.start_ns),
        "endTimeUnixNano": str(span.end_ns),
        "attributes": _pairs(span.attributes),
        "status": status | ({"message": span.message} if span.message else {}),
        "events": [
            {
                "timeUnixNano": str(event["time_ns"]),
                "name": event["name"],
                "attributes": _pairs(event["attributes"]),
            }
            for event in span.events
        ],
        "links": [
            {
                "traceId": link["trace_id"],
                "spanId": link["span_id"],
                "attributes": _pairs(link["attributes"]),
            }
            for link in span.links
        ],
    }
    optional = {"parentSpanId", "events", "links"}
    return {key: value for key, value in written.items() if value or key not in optional}


def _written_scope(scope: Mapping[str, Any]) -> dict[str, Any]:
    attributes = _pairs(scope.get("attributes", {}))
    known = {key: scope[key] for key in ("name", "version") if key in scope}
    return known | ({"attributes": attributes} if attributes else {})


def _pairs(attributes: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": str(key), "value": _typed(value)} for key, value in attributes.items()]


def _typed(value: Any) -> dict[str, Any]:
    """Return a value with its type; 64-bit integers are texts in this format."""
    kind, write = next(
        (written for known, written in _WRITERS if isinstance(value, known)), ("stringValue", str)
    )
    return {} if value is None else {kind: write(value)}


_NOT_FINITE: Final = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}

_WRITERS: Final[Sequence[tuple[type, tuple[str, Callable[[Any], Any]]]]] = (
    (bool, ("boolValue", bool)),
    (int, ("intValue", str)),
    (float, ("doubleValue", lambda value: _NOT_FINITE.get(str(value), value))),
    (bytes, ("bytesValue", lambda value: base64.b64encode(value).decode())),
    (list, ("arrayValue", lambda value: {"values": [_typed(item) for item in value]})),
    (dict, ("kvlistValue", lambda value: {"values": _pairs(value)})),
)
