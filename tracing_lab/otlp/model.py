"""A span in OpenTelemetry's data model, and what its attributes are in X-Ray's documents.

Names of attributes are OpenTelemetry's semantic conventions
(https://opentelemetry.io/docs/specs/semconv/) and those of the AWS X-Ray exporter of the
OpenTelemetry collector.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

UNSPECIFIED: Final = "unspecified"
INTERNAL: Final = "internal"
SERVER: Final = "server"
CLIENT: Final = "client"
PRODUCER: Final = "producer"
CONSUMER: Final = "consumer"
SPAN_KINDS: Final = (UNSPECIFIED, INTERNAL, SERVER, CLIENT, PRODUCER, CONSUMER)
"""Kinds of spans, in the order of their numbers in OTLP."""

STATUS_CODES: Final = ("unset", "ok", "error")
"""Status codes, in the order of their numbers in OTLP."""

SCOPE: Final = "tracing_lab"
"""Name of the instrumentation scope of spans that were made from X-Ray's documents."""

XRAY_SCOPE: Final = "aws-xray"
"""Name of the instrumentation scope of records of ``aws/spans`` that were segments."""

OF_DOCUMENTS: Final = frozenset({SCOPE, XRAY_SCOPE})
"""Names of the instrumentation scopes of all spans that were segments before."""

SERVICE: Final = "service.name"
COLD_START: Final = "faas.coldstart"
DOCUMENT: Final = "aws.xray.document"
"""JSON text of members of the X-Ray document that follow from nothing else; null removes one."""

INFERRED: Final = "aws.xray.inferred"
"""JSON text of the list of inferred segments that X-Ray added for a call."""

NAME: Final = "otel.name"
"""Annotation with the name of a span that became a segment, which is named after its service."""

METADATA: Final = "otel"
"""Member of ``metadata`` with what X-Ray's documents have no place for."""

MEMBERS: Final[Mapping[str, tuple[tuple[str, ...], type]]] = {
    "http.request.method": (("http", "request", "method"), str),
    "url.full": (("http", "request", "url"), str),
    "user_agent.original": (("http", "request", "user_agent"), str),
    "client.address": (("http", "request", "client_ip"), str),
    "http.response.status_code": (("http", "response", "status"), int),
    "http.response.body.size": (("http", "response", "content_length"), int),
    "aws.operation": (("aws", "operation"), str),
    "aws.region": (("aws", "region"), str),
    "aws.request_id": (("aws", "request_id"), str),
    "aws.table_name": (("aws", "table_name"), str),
    "aws.queue_url": (("aws", "queue_url"), str),
    "enduser.id": (("user",), str),
    "aws.xray.origin": (("origin",), str),
}
"""Attributes that are members of documents, with their types."""

_HEXADECIMAL: Final = re.compile("[0-9a-fA-F]*").fullmatch

INT_BITS: Final = 64
_LEAST_INT: Final = -(2 ** (INT_BITS - 1))
_LARGEST_INT: Final = -_LEAST_INT - 1


class OtelSpan(NamedTuple):
    """A span; what a file states wrongly is kept as it is, for the reader of documents to name.

    Parameters
    ----------
    trace_id, span_id, parent_id
        Ids as the file has them, usually hexadecimal; "" where one is missing.
    name
        Name of the operation.
    kind
        One of `SPAN_KINDS`.
    start_ns, end_ns
        Nanoseconds since 1970; the end is None while the span is in progress.
    status, message
        One of `STATUS_CODES`, and its description.
    attributes, resource
        Attributes of the span and of what sent it: texts, booleans, numbers, bytes, lists, objects.
    scope
        Name, and perhaps version and attributes, of the instrumentation.
    events
        Each with ``name``, ``time_ns`` and ``attributes``.
    links
        Each with ``trace_id``, ``span_id`` and ``attributes``.
    """

    trace_id: str
    span_id: str
    parent_id: str
    name: Any
    kind: str
    start_ns: Any
    end_ns: Any
    status: str
    message: str
    attributes: Any
    resource: dict[str, Any]
    scope: dict[str, Any]
    events: list[dict[str, Any]]
    links: list[dict[str, Any]]

    @property
    def service(self) -> str:
        """Name of the service that sent the span."""
        return service_of(self.resource)

    @property
    def known_attributes(self) -> Mapping[str, Any]:
        """The attributes; none where a file states something else in their place."""
        is_known = type(self.attributes) is dict or isinstance(self.attributes, Mapping)
        return self.attributes if is_known else {}

    @property
    def is_from_xray(self) -> bool:
        """Whether the span was made from an X-Ray document."""
        return self.scope.get("name") == SCOPE


def service_of(resource: Mapping[str, Any]) -> str:
    """Return the name of the service that a resource belongs to.

    Parameters
    ----------
    resource
        Attributes.

    Examples
    --------
    >>> service_of({})
    'unknown_service'
    """
    name = resource.get(SERVICE)
    return name if isinstance(name, str) and name else "unknown_service"


def is_hexadecimal(text: str) -> bool:
    """Return whether a text has only hexadecimal digits, of either case.

    Parameters
    ----------
    text
        An id as a file has it.
    """
    return _HEXADECIMAL(text) is not None


def lowered_id(text: str) -> str:
    """Return an id, a hexadecimal one in lower case, since its case means nothing.

    Parameters
    ----------
    text
        An id as a file has it.

    Examples
    --------
    >>> lowered_id("00F067AA0BA902B7"), lowered_id("Other")
    ('00f067aa0ba902b7', 'Other')
    """
    return text.lower() if is_hexadecimal(text) else text


def is_scalar(value: Any) -> bool:
    """Return whether a value can be an annotation.

    Parameters
    ----------
    value
        Value of an attribute.

    Returns
    -------
    bool
        True for texts, booleans, finite numbers, and integers of 64 bits.

    Examples
    --------
    >>> [is_scalar(value) for value in ("x", True, 2**63 - 1, 2**64, float("nan"), [1], None)]
    [True, True, True, False, False, False, False]
    """
    if isinstance(value, str):  # most are
        return True
    if isinstance(value, float):
        return math.isfinite(value)
    if type(value) is int:
        return _LEAST_INT <= value <= _LARGEST_INT
    return type(value) is bool


def whole_number(value: Any) -> Any:
    """Return an integer that may be given as text; anything else as it is.

    Parameters
    ----------
    value
        What a file states.

    Returns
    -------
    Any
        An integer, where it is one.

    Examples
    --------
    >>> whole_number("1795435200271512000"), whole_number(2.0), whole_number("soon")
    (1795435200271512000, 2, 'soon')
    """
    if type(value) is int:
        return value
    try:
        number = int(value)
    except (OverflowError, TypeError, ValueError):
        return value
    return (
        value
        if isinstance(value, bool) or (isinstance(value, float) and value != number)
        else number
    )
