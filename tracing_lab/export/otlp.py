"""Spans in the JSON form of the OpenTelemetry protocol, for any tool that accepts OTLP.

The form: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding; names of attributes
follow OpenTelemetry's semantic conventions where there is one.
"""

import hashlib
import string
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

from tracing_lab.spans import spans_from_traces
from tracing_lab.spans.schema import INFERRED, SUBSEGMENT
from tracing_lab.spans.tree import Rows, families

_INTERNAL, _SERVER, _CLIENT = 1, 2, 3
_ERROR: Final = 2
_TRACE_DIGITS: Final = 32
_SPAN_DIGITS: Final = 16


def traces_to_otlp(traces: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return traces as the body of an OpenTelemetry export request.

    Sent to an OTLP endpoint as JSON (``POST /v1/traces``), the traces appear in any tool that
    accepts OpenTelemetry. Spans in progress are left out, and so are inferred segments, as
    OpenTelemetry has the calling span only; their children become its children.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.

    Returns
    -------
    request
        ``ExportTraceServiceRequest`` as JSON-able data, one resource per service.

    Raises
    ------
    TraceDataError
        If documents are unusable.
    """
    spans = spans_from_traces(traces)
    parents, _ = families(spans)
    kinds = _kinds(spans, parents)
    records = spans.reset_index().to_dict("records")
    by_service: dict[str, list[dict[str, Any]]] = {}
    for row, record in enumerate(records):
        if record["kind"] == INFERRED or pd.isna(record["end"]):
            continue
        parent = _caller(row, records, parents)
        by_service.setdefault(record["service"], []).append(_span(record, parent, kinds[row]))
    return {"resourceSpans": [_resource(name, rows) for name, rows in by_service.items()]}


def _kinds(spans: pd.DataFrame, parents: Rows) -> list[int]:
    """Return each span's kind: segments serve, subsegments above a segment call others."""
    is_segment = (spans["kind"] != SUBSEGMENT).to_numpy(dtype=bool)
    callers = set(parents[is_segment])
    return [
        _SERVER if segment else _CLIENT if row in callers else _INTERNAL
        for row, segment in enumerate(is_segment)
    ]


def _caller(row: int, records: Sequence[Mapping[Any, Any]], parents: Rows) -> str | None:
    """Return the nearest parent that is not inferred; it may be outside of the trace."""
    parent = int(parents[row])
    while parent >= 0 and records[parent]["kind"] == INFERRED:
        row, parent = parent, int(parents[parent])
    parent_id = records[row]["parent_id"]
    return None if pd.isna(parent_id) else str(parent_id)


def _span(record: Mapping[Any, Any], parent_id: str | None, kind: int) -> dict[str, Any]:
    failed = record["status"] in ("error", "throttle", "fault")
    return {
        "traceId": _trace_id(record["trace_id"]),
        "spanId": _hex(record["span_id"], _SPAN_DIGITS),
        **({"parentSpanId": _hex(parent_id, _SPAN_DIGITS)} if parent_id else {}),
        "name": record["name"],
        "kind": kind,
        "startTimeUnixNano": str(record["start"].value),
        "endTimeUnixNano": str(record["end"].value),
        "attributes": _attributes(record),
        "status": {"code": _ERROR, "message": record["status"]} if failed else {},
    }


def _attributes(record: Mapping[Any, Any]) -> list[dict[str, Any]]:
    known = {
        "http.response.status_code": record["http_status"],
        "aws.xray.origin": record["origin"],
        "faas.coldstart": True if record["cold_start"] else None,
    }
    present = {key: value for key, value in known.items() if not pd.isna(value)}
    return [
        {"key": key, "value": _value(value)}
        for key, value in (present | record["annotations"]).items()
    ]


def _value(value: Any) -> dict[str, Any]:
    """Return a value with its type; 64-bit integers are texts in this format."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}


def _trace_id(trace_id: str) -> str:
    """Return the joined parts of an X-Ray trace id, which are 8 and 24 hexadecimal digits."""
    return _hex("".join(trace_id.split("-")[1:]), _TRACE_DIGITS)


def _hex(text: str, digits: int) -> str:
    """Return an id as it is if it has the right form, or else a hash of it."""
    if len(text) == digits and set(text) <= set(string.hexdigits):
        return text.lower()
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def _resource(service: str, spans: list[dict[str, Any]]) -> dict[str, Any]:
    attributes = [{"key": "service.name", "value": {"stringValue": service}}]
    scope = {"scope": {"name": "tracing_lab"}, "spans": spans}
    return {"resource": {"attributes": attributes}, "scopeSpans": [scope]}
