"""Reads the datagrams in which AWS's OpenTelemetry layers for Lambda send spans to the daemon.

After the daemon's header comes ``T1S`` for sampled and ``T1U`` for unsampled spans, then base64 of
the protobuf form, one datagram an invocation.
https://github.com/aws-observability/aws-otel-python-instrumentation
"""

import base64
import binascii
from typing import Final, NamedTuple

from tracing_lab.otlp.json_form import spans_from_otlp
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.otlp.protobuf import otlp_from_protobuf

SAMPLED: Final = b"T1S"
UNSAMPLED: Final = b"T1U"
METRICS: Final = b"M1"


class SpanDatagram(NamedTuple):
    """The spans of one invocation.

    Parameters
    ----------
    spans
        Spans, not validated.
    is_sampled
        Whether they become segments, besides records of ``aws/spans``.
    """

    spans: list[OtelSpan]
    is_sampled: bool


def is_span_datagram(payload: bytes) -> bool:
    """Return whether what follows the daemon's header are spans of OpenTelemetry.

    Examples
    --------
    >>> is_span_datagram(b"T1SCgIKAA=="), is_span_datagram(b"{}")
    (True, False)
    """
    return payload.startswith((SAMPLED, UNSAMPLED))


def read_span_datagram(payload: bytes) -> SpanDatagram:
    """Return the spans of a datagram.

    Parameters
    ----------
    payload
        What `is_span_datagram` recognises.

    Raises
    ------
    ValueError
        If it is not base64 of the protobuf form.

    Examples
    --------
    >>> read_span_datagram(b"T1UCgIKAA==")
    SpanDatagram(spans=[], is_sampled=False)
    """
    try:
        content = base64.b64decode(payload[len(SAMPLED) :], validate=True)
    except binascii.Error as error:
        message = f"it is not base64: {error}"
        raise ValueError(message) from error
    spans = [*spans_from_otlp(otlp_from_protobuf(content))]
    return SpanDatagram(spans, payload.startswith(SAMPLED))
