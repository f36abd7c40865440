"""Traces in the JSON form of the OpenTelemetry protocol, for any tool that accepts OTLP.

The form: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding; names of attributes
follow OpenTelemetry's semantic conventions where there is one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracing_lab.otlp.json_form import otlp_from_spans, spans_from_otlp
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.spans.formats.from_xray import spans_from_documents


def traces_to_otlp(traces: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return traces as the body of an OpenTelemetry export request.

    Sent to an OTLP endpoint as JSON (``POST /v1/traces``), the traces appear in any tool that
    accepts OpenTelemetry. Inferred segments are not spans of their own, as OpenTelemetry has the
    calling span only; their children become its children.

    `tracing_lab.spans.load_traces` reads the same documents back: what they state beyond
    OpenTelemetry's conventions is in the attributes ``aws.xray.document`` and
    ``aws.xray.inferred``. Only spans in progress are left out, since OTLP has none.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.

    Returns
    -------
    request
        ``ExportTraceServiceRequest`` as JSON-able data, one resource per service.

    Warns
    -----
    TraceDataWarning
        If traces are left out, since they cannot be read.
    """
    return otlp_from_spans(spans_from_documents(traces, through=_through))


def _through(spans: Sequence[OtelSpan]) -> Iterable[OtelSpan]:
    return spans_from_otlp(otlp_from_spans(spans))
