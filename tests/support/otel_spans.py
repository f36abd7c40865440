"""Spans in OpenTelemetry's data model, as AWS's agent for Python sends them."""

from typing import Any

from tracing_lab.otlp.model import OtelSpan

TRACE_ID = "6b042ac05d09aa705e56bbd015254801"
START_NS = 1_795_435_200_000_000_000
RESOURCE = {
    "service.name": "orders",
    "cloud.provider": "aws",
    "cloud.platform": "aws_lambda",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.language": "python",
    "telemetry.sdk.version": "1.44.0",
    "telemetry.auto.version": "0.21.0-aws",
}


def otel_span(**members: Any) -> OtelSpan:
    """Return a span of half a second; ids count up from ``number``."""
    number = members.pop("number", 1)
    defaults: dict[str, Any] = {
        "trace_id": TRACE_ID,
        "span_id": f"{number:016x}",
        "parent_id": "",
        "name": "work",
        "kind": "internal",
        "start_ns": START_NS,
        "end_ns": START_NS + 500_000_000,
        "status": "unset",
        "message": "",
        "attributes": {},
        "resource": RESOURCE,
        "scope": {"name": "shop"},
        "events": [],
        "links": [],
    }
    return OtelSpan(**(defaults | members))


def invocation() -> list[OtelSpan]:
    """Return the spans of one invocation: the handler's, a part of it, and a call of PutEvents."""
    local = {"aws.local.service": "orders", "aws.local.operation": "orders/FunctionHandler"}
    handler = otel_span(
        name="orders",
        kind="server",
        parent_id="53995c3f42cd8ad8",
        attributes={**local, "aws.span.kind": "LOCAL_ROOT", "faas.invocation_id": "r-1"},
    )
    step = otel_span(
        number=2,
        name="process_order",
        parent_id=handler.span_id,
        attributes={"order_id": "o-1", "aws.xray.annotations": ["order_id"]},
    )
    call = otel_span(
        number=3,
        name="EventBridge.PutEvents",
        kind="client",
        parent_id=step.span_id,
        attributes={
            **local,
            "rpc.system": "aws-api",
            "rpc.service": "EventBridge",
            "rpc.method": "PutEvents",
            "aws.region": "us-east-1",
            "aws.request_id": "abc",
            "http.status_code": 200,
            "aws.remote.service": "AWS::EventBridge",
            "aws.remote.operation": "PutEvents",
            "aws.span.kind": "CLIENT",
        },
    )
    return [handler, step, call]
