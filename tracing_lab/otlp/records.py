"""Records of the log group ``aws/spans``, in which Transaction Search keeps spans.

One JSON object a span, as AWS's tests of its agents expect it: attributes are plain objects, kinds
and status codes are words, and a span carries its resource and scope.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Transaction-Search.html
"""

from typing import Any

from .documents import plain
from .model import OtelSpan


def record_of_span(span: OtelSpan) -> dict[str, Any]:
    """Return the record of a span.

    Parameters
    ----------
    span
        A span that has ended.

    Returns
    -------
    record
        What `tracing_lab.otlp.json_form.span_from_otlp` reads as the same span.
    """
    record: dict[str, Any] = {
        "resource": {"attributes": span.resource},
        "scope": span.scope,
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "parentSpanId": span.parent_id,
        "name": str(span.name or ""),
        "kind": span.kind.upper(),
        "startTimeUnixNano": span.start_ns,
        "endTimeUnixNano": span.end_ns,
        "durationNano": span.end_ns - span.start_ns,
        "attributes": span.attributes,
        "events": [_event(event) for event in span.events],
        "links": [_link(link) for link in span.links],
        "status": {"code": span.status.upper()},
    }
    record["status"] |= {"message": span.message} if span.message else {}
    optional = {"parentSpanId", "events", "links"}
    return {key: plain(value) for key, value in record.items() if value or key not in optional}


def _event(event: dict[str, Any]) -> dict[str, Any]:
    described = {"timeUnixNano": event["time_ns"], "name": event["name"]}
    return {**described, "attributes": event["attributes"]}


def _link(link: dict[str, Any]) -> dict[str, Any]:
    ids = {"traceId": link["trace_id"], "spanId": link["span_id"]}
    return {**ids, "attributes": link["attributes"]}
