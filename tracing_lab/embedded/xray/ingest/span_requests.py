"""Reads requests of OpenTelemetry's protocol, by the limits of X-Ray's endpoint.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
"""

import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from tracing_lab.embedded.xray.ingest.documents import MAX_DOCUMENT_BYTES
from tracing_lab.otlp.json_form import is_otlp, spans_from_otlp
from tracing_lab.otlp.model import OtelSpan
from tracing_lab.otlp.protobuf import otlp_from_protobuf

MAX_REQUEST_BYTES: Final = 5 * 1024 * 1024
MAX_SPANS: Final = 10_000
MAX_SPAN_BYTES: Final = 200 * 1024
MAX_RESOURCE_BYTES: Final = 16 * 1024
"""Of a resource with one of its scopes."""

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
FUTURE_S: Final = 2 * 3600
PAST_S: Final = 14 * 24 * 3600
RANGE_S: Final = 24 * 3600

_NS_PER_S: Final = 1_000_000_000
_GZIP: Final = 31  # zlib's number for gzip with any window
_TRACE_ID: Final = re.compile("[0-9a-f]{32}")
_SPAN_ID: Final = re.compile("[0-9a-f]{16}")
_TOO_LARGE, _UNSUPPORTED = 413, 415


class SpanRequestError(ValueError):
    """A request that the endpoint rejects as a whole.

    Parameters
    ----------
    message
        What is wrong with it, and what to do.
    status
        HTTP status.
    """

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class SortedSpans(NamedTuple):
    """Spans that are accepted, and why others are not.

    Parameters
    ----------
    accepted
        Valid spans.
    problems
        One message for each rejected span.
    """

    accepted: list[OtelSpan]
    problems: list[str]


def spans_of_request(body: bytes, *, content_type: str, encoding: str) -> list[OtelSpan]:
    """Return the spans of an export request, not validated one by one.

    Parameters
    ----------
    body
        Body of the request.
    content_type, encoding
        Its headers ``Content-Type`` and ``Content-Encoding``.

    Raises
    ------
    SpanRequestError
        If it is no request of OTLP, or beyond a limit.
    """
    content = _decompressed(body, encoding.strip().lower())
    node = _parsed(content, content_type.partition(";")[0].strip().lower())
    spans = [*spans_from_otlp(node)]
    if len(spans) > MAX_SPANS:
        message = f"{len(spans)} spans are more than {MAX_SPANS}; export smaller batches."
        raise SpanRequestError(message, status=_TOO_LARGE)
    if len(content) > MAX_RESOURCE_BYTES:
        _check_sizes(node)
    return spans


def _decompressed(body: bytes, encoding: str) -> bytes:
    if encoding == "gzip":
        reader = zlib.decompressobj(_GZIP)
        try:
            body = reader.decompress(body, MAX_REQUEST_BYTES + 1)
        except zlib.error as error:
            message = f"The body is not gzip: {error}."
            raise SpanRequestError(message) from error
        if not reader.eof and len(body) <= MAX_REQUEST_BYTES:
            message = "The body ends within its gzip."
            raise SpanRequestError(message)
    elif encoding not in {"", "identity", "none"}:
        message = f"Content-Encoding {encoding!r} is not supported; use gzip or none."
        raise SpanRequestError(message, status=_UNSUPPORTED)
    if len(body) > MAX_REQUEST_BYTES:
        message = f"The request has more than {MAX_REQUEST_BYTES} bytes; export smaller batches."
        raise SpanRequestError(message, status=_TOO_LARGE)
    return body


def _parsed(content: bytes, content_type: str) -> Mapping[str, Any]:
    read = _READERS.get(content_type)
    if read is None:
        message = f"Content-Type {content_type!r} is not supported; use {PROTOBUF} or {JSON}."
        raise SpanRequestError(message, status=_UNSUPPORTED)
    try:
        return read(content)
    except ValueError as error:
        message = f"The body is no ExportTraceServiceRequest: {error}."
        raise SpanRequestError(message) from error


def _from_json(content: bytes) -> Mapping[str, Any]:
    node = orjson.loads(content)
    if not is_otlp(node) and node != {}:
        message = "it has no resourceSpans"
        raise ValueError(message)
    try:
        orjson.dumps(node)  # which takes fewer levels than loads: what is read can be stored
    except orjson.JSONEncodeError as error:
        message = "it nests too deep"
        raise ValueError(message) from error
    return dict(node)


_READERS: Final[Mapping[str, Callable[[bytes], Mapping[str, Any]]]] = {
    PROTOBUF: otlp_from_protobuf,
    JSON: _from_json,
}


def _check_sizes(node: Mapping[str, Any]) -> None:
    for group in _objects(node.get("resourceSpans")):
        for scoped in _objects(group.get("scopeSpans")):
            source = [group.get("resource"), scoped.get("scope")]
            _check_size("A resource with its scope", source, MAX_RESOURCE_BYTES)
            for span in _objects(scoped.get("spans")):
                _check_size(f"Span {str(span.get('name'))[:100]!r}", span, MAX_SPAN_BYTES)


def _check_size(what: str, node: Any, most: int) -> None:
    if len(orjson.dumps(node)) > most:
        message = f"{what} has more than {most} bytes."
        raise SpanRequestError(message, status=_TOO_LARGE)


def _objects(value: Any) -> Iterable[Mapping[str, Any]]:
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def sorted_out(spans: Sequence[OtelSpan], *, now_s: float) -> SortedSpans:
    """Return valid spans, and the problems of the others.

    Parameters
    ----------
    spans
        Spans of one request.
    now_s
        The time, epoch seconds.

    Raises
    ------
    SpanRequestError
        If the valid spans lie more than 24 hours apart.
    """
    accepted, problems = [], []
    for span in spans:
        problem = _problem(span, now_s)
        if problem is None:
            accepted.append(_with_attributes(span))
        else:
            problems.append(f"span {span.span_id or '?'}: {problem}")
    starts = [span.start_ns for span in accepted]
    if starts and max(starts) - min(starts) > RANGE_S * _NS_PER_S:
        message = "The spans lie more than 24 hours apart; export them in several requests."
        raise SpanRequestError(message)
    return SortedSpans(accepted, problems)


def _problem(span: OtelSpan, now_s: float) -> str | None:
    return _problem_of_ids(span) or _problem_of_times(span, now_s)


def _problem_of_ids(span: OtelSpan) -> str | None:
    if not _TRACE_ID.fullmatch(span.trace_id.lower()):
        return "traceId must be 32 hexadecimal digits, not all of them 0"
    if not _SPAN_ID.fullmatch(span.span_id.lower()):
        return "spanId must be 16 hexadecimal digits, not all of them 0"
    if span.parent_id and not _SPAN_ID.fullmatch(span.parent_id.lower()):
        return "parentSpanId must be 16 hexadecimal digits"
    return None if isinstance(span.name, str) and span.name else "it has no name"


def _problem_of_times(span: OtelSpan, now_s: float) -> str | None:
    start_ns, end_ns = span.start_ns, span.end_ns
    if type(start_ns) is not int or type(end_ns) is not int or not 0 < start_ns <= end_ns:
        return "it has no start, or its end is missing or before it"
    if end_ns > (now_s + FUTURE_S) * _NS_PER_S:
        return "it ends more than 2 hours in the future"
    return "it ended more than 14 days ago" if end_ns < (now_s - PAST_S) * _NS_PER_S else None


def _with_attributes(span: OtelSpan) -> OtelSpan:
    """Return a span with ids in lower case and attributes, where it states something else."""
    return span._replace(
        trace_id=span.trace_id.lower(),
        span_id=span.span_id.lower(),
        parent_id=span.parent_id.lower(),
        attributes=dict(span.known_attributes),
    )


def encoded(document: Mapping[str, Any]) -> bytes:
    """Return the document of a span as JSON: without metadata where it would be too large.

    A span may have 200 KB, a document of X-Ray 64 KB.

    Parameters
    ----------
    document
        A segment or subsegment.
    """
    body = orjson.dumps(document)
    if len(body) > MAX_DOCUMENT_BYTES:
        body = orjson.dumps({key: document[key] for key in document if key != "metadata"})
    return body
