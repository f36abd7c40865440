"""Traces in the formats of other tools, to and from X-Ray's documents.

OTLP, Jaeger's JSON and the records of ``aws/spans`` share OpenTelemetry's data model, so each has a
module that reads and writes `otel.OtelSpan`. `to_xray` and `from_xray` translate between these and
X-Ray's documents, which stay the only way into the span frame.
"""
