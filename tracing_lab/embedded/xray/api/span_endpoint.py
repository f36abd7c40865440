"""The endpoint ``POST /v1/traces``, which takes spans of OpenTelemetry's exporters.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
Responses: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
"""

import time
from collections.abc import Callable
from typing import Final

import orjson

from tracing_lab.embedded.http.messages import HttpRequest, HttpResponse
from tracing_lab.embedded.xray.ingest.span_requests import (
    JSON,
    PROTOBUF,
    SpanRequestError,
    sorted_out,
    spans_of_request,
)
from tracing_lab.errors import EmbeddedError
from tracing_lab.otlp.model import OtelSpan

PATH: Final = "/v1/traces"
NEEDS_LOGS: Final = (
    "The OTLP API is supported with CloudWatch Logs as a Trace Segment Destination. Please enable "
    "the CloudWatch Logs destination for your traces using the UpdateTraceSegmentDestination API "
    "(https://docs.aws.amazon.com/xray/latest/api/API_UpdateTraceSegmentDestination.html)"
)
"""What AWS says while the account's traces go to X-Ray alone."""

_BYTES, _VARINT = 2, 0  # protobuf's wire types
_SEVEN_BITS: Final = 0x7F
_INVALID_ARGUMENT, _UNAVAILABLE = 3, 14  # of google.rpc.Code
_OVERLOADED: Final = 503  # exporters try again


class SpanEndpoint:
    """Responds to export requests. Thread-safe.

    Parameters
    ----------
    take
        Makes valid spans durable, and returns why some of them were rejected after all.
    is_open
        Returns whether the account's traces go to CloudWatch Logs.
    clock
        Returns the time in epoch seconds.
    """

    def __init__(
        self,
        take: Callable[[list[OtelSpan]], list[str]],
        *,
        is_open: Callable[[], bool],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._take = take
        self._is_open = is_open
        self._clock = clock

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Respond to a request; blocks until its spans are durable."""
        content_type = request.header("Content-Type") or ""
        if not self._is_open():
            return _failed(400, NEEDS_LOGS, content_type)
        try:
            encoding = request.header("Content-Encoding") or ""
            spans = spans_of_request(request.body, content_type=content_type, encoding=encoding)
            checked = sorted_out(spans, now_s=self._clock())
            problems = [*checked.problems, *self._take(checked.accepted)]
        except SpanRequestError as error:
            return _failed(error.status, str(error), content_type)
        except EmbeddedError as error:
            return _failed(_OVERLOADED, str(error), content_type)
        return _taken(problems, content_type)


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == JSON


def _taken(problems: list[str], content_type: str) -> HttpResponse:
    """Return a success, with the number of rejected spans if there are any."""
    message = "; ".join(problems[:3])
    if _is_json(content_type):
        partial = {"rejectedSpans": len(problems), "errorMessage": message}
        body = orjson.dumps({"partialSuccess": partial} if problems else {})
        return HttpResponse(200, (("Content-Type", JSON),), body)
    partial_bytes = _field(1, len(problems)) + _field(2, message.encode())
    return HttpResponse(
        200, (("Content-Type", PROTOBUF),), _field(1, partial_bytes) if problems else b""
    )


def _failed(status: int, message: str, content_type: str) -> HttpResponse:
    """Return an error: a ``google.rpc.Status`` in the form of the request."""
    code = _UNAVAILABLE if status == _OVERLOADED else _INVALID_ARGUMENT
    if content_type.startswith(PROTOBUF):
        body = _field(1, code) + _field(2, message.encode())
        return HttpResponse(status, (("Content-Type", PROTOBUF),), body)
    content = {"code": code, "message": message}
    return HttpResponse(status, (("Content-Type", JSON),), orjson.dumps(content))


def _field(number: int, value: int | bytes) -> bytes:
    """Return a field in protobuf's wire format.

    Examples
    --------
    >>> _field(1, 300).hex(), _field(2, b"a").hex()
    ('08ac02', '120161')
    """
    if isinstance(value, int):
        return bytes([number << 3 | _VARINT]) + _varint(value)
    return bytes([number << 3 | _BYTES]) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    more, low = value >> 7, value & _SEVEN_BITS
    return bytes([low | 0x80]) + _varint(more) if more else bytes([low])
