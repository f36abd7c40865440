"""Requests of OTLP in protobuf, as exporters send them and as Tempo returns them."""

from typing import Any, Final

from tracing_lab.otlp.json_form import spans_from_otlp
from tracing_lab.otlp.protobuf import otlp_from_protobuf
from tracing_lab.otlp.wire import BYTES, parts

_TRACE: Final = 1  # the field of a TraceByIDResponse that holds the trace


def request_from_protobuf(content: bytes) -> dict[str, Any]:
    """Return an export request in the JSON form of OTLP.

    Parameters
    ----------
    content
        An ``ExportTraceServiceRequest``, or the ``TraceByIDResponse`` of Tempo's API v2.

    Raises
    ------
    ValueError
        If it is something else, or cut off.

    Examples
    --------
    >>> request_from_protobuf(b"")
    {}
    """
    try:
        return _with_spans(content)
    except ValueError as error:
        try:
            return _with_spans(trace_in_response(content))
        except ValueError:
            raise error from None


def trace_in_response(content: bytes) -> bytes:
    """Return the trace in a ``TraceByIDResponse``, which looks like an export request.

    Parameters
    ----------
    content
        The response.

    Raises
    ------
    ValueError
        If there is none.

    Examples
    --------
    >>> trace_in_response(bytes.fromhex("0a0361626312020a00"))
    b'abc'
    """
    trace = b"".join(
        content[first:last]
        for number, wire, _, first, last in parts(content, 0, len(content))
        if (number, wire) == (_TRACE, BYTES)
    )
    if not trace:
        message = "it has no trace"
        raise ValueError(message)
    return trace


def _with_spans(content: bytes) -> dict[str, Any]:
    request = otlp_from_protobuf(content)
    if content and not any(spans_from_otlp(request)):
        message = "it has no spans"
        raise ValueError(message)
    return request
