"""The same small trace in the formats of other tools."""

from typing import Any

TRACE = "6b042ac05d09aa705e56bbd015254801"
TRACE_ID = "1-6b042ac0-5d09aa705e56bbd015254801"
START_NS = 1795435200_000_000_000


def otlp_span(span_id: str = "a" * 16, **more: Any) -> dict[str, Any]:
    """Return a span of OTLP that lasts a second."""
    times = {"startTimeUnixNano": str(START_NS), "endTimeUnixNano": str(START_NS + 10**9)}
    return {"traceId": TRACE, "spanId": span_id, "name": "GET /", "kind": 2, **times, **more}


def otlp(*spans: Any, service: str = "shop") -> dict[str, Any]:
    """Return an export request with the spans of one service."""
    attributes = [{"key": "service.name", "value": {"stringValue": service}}]
    return {
        "resourceSpans": [
            {"resource": {"attributes": attributes}, "scopeSpans": [{"spans": [*spans]}]}
        ]
    }


def jaeger_span(span_id: str = "a" * 16, **more: Any) -> dict[str, Any]:
    """Return a span of Jaeger that lasts a second."""
    times = {"startTime": START_NS // 1000, "duration": 10**6}
    tags = [{"key": "span.kind", "type": "string", "value": "server"}]
    span = {"traceID": TRACE, "spanID": span_id, "operationName": "GET /", "processID": "p1"}
    return {**span, **times, "tags": tags, **more}


def jaeger(*spans: Any) -> dict[str, Any]:
    """Return one trace as Jaeger's user interface downloads it."""
    processes = {"p1": {"serviceName": "shop", "tags": []}}
    return {"data": [{"traceID": TRACE, "spans": [*spans], "processes": processes}], "errors": None}


def log_record(span_id: str = "a" * 16, **more: Any) -> dict[str, Any]:
    """Return a record of the log group ``aws/spans``."""
    return {
        "resource": {"attributes": {"service.name": "shop"}},
        "scope": {"name": "opentelemetry.instrumentation.wsgi", "version": "0.1"},
        "traceId": TRACE,
        "spanId": span_id,
        "name": "GET /",
        "kind": "SERVER",
        "startTimeUnixNano": START_NS,
        "endTimeUnixNano": START_NS + 10**9,
        "durationNano": 10**9,
        "attributes": {"http.response.status_code": 200, "tier": "gold"},
        "status": {"code": "UNSET"},
        **more,
    }
