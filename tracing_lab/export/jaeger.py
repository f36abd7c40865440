"""Traces in Jaeger's JSON, which its user interface and Grafana load from a file."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tracing_lab.otlp.model import OtelSpan
from tracing_lab.spans.formats.from_xray import spans_from_documents
from tracing_lab.spans.formats.jaeger import jaeger_from_spans, spans_from_jaeger


def traces_to_jaeger(traces: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return traces as Jaeger's query API does, for its user interface ("Upload") and others.

    As with `traces_to_otlp`, `tracing_lab.spans.load_traces` reads the same documents back, and
    spans in progress are left out, since Jaeger has none.

    Parameters
    ----------
    traces
        Traces as BatchGetTraces returns them.

    Returns
    -------
    traces
        An object with ``data``, as JSON-able data.

    Warns
    -----
    TraceDataWarning
        If traces are left out, since they cannot be read.
    """
    return jaeger_from_spans(spans_from_documents(traces, through=_through))


def _through(spans: Sequence[OtelSpan]) -> Iterable[OtelSpan]:
    return [span for trace in jaeger_from_spans(spans)["data"] for span in spans_from_jaeger(trace)]
