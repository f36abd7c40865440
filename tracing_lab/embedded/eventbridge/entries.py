"""Validates PutEvents requests as EventBridge does, and builds the event envelope.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from tracing_lab.embedded.protocol.identifiers import random_uuid
from tracing_lab.xray_model.trace_header import TraceHeader

from .input_transformer import EventContent
from .patterns.pattern import Fields, flatten

MAX_ENTRIES = 10
MAX_REQUEST_BYTES = 1024**2  # 256 KB until January 2026
MAX_TRACE_HEADER_CHARS = 500
DEFAULT_BUS = "default"

VALIDATION = "ValidationException"
SERIALIZATION = "SerializationException"
INVALID_ARGUMENT = "InvalidArgument"
MALFORMED_DETAIL = "MalformedDetail"
INTERNAL_EXCEPTION = "InternalException"
NOT_AUTHORIZED = "NotAuthorizedForSourceException"

_ENTRIES = "entries"
_TEXT_MEMBERS = ("Source", "DetailType", "Detail", "EventBusName", "TraceHeader")
_REQUIRED = ("Source", "DetailType", "Detail")
_TIME_BYTES = 14  # size of an explicit Time


class BusError(Exception):
    """A request that EventBridge rejects as a whole.

    Parameters
    ----------
    code
        The modelled exception's name, for example ``ValidationException``.
    message
        What is wrong with which member.
    status
        HTTP status.
    """

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class EntryError(Exception):
    """One entry that EventBridge rejects; the others of the request are accepted."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class AcceptedEvent:
    """An event that a bus has accepted.

    Parameters
    ----------
    id
        The event's id, as returned to the sender.
    bus
        Name or ARN of the bus.
    event
        The event for rules and targets.
    fields
        The event flattened for matching.
    trace_header
        The trace it belongs to.
    accepted_at_s
        Epoch seconds.
    hops
        Number of buses that forwarded it.
    only_rules
        ARNs of the only rules that receive it; all if empty.
    triggered_rule
        ARN of the rule whose schedule sent it, which receives it whatever its pattern is.
    """

    id: str
    bus: str
    event: EventContent
    fields: Fields
    trace_header: TraceHeader | None
    accepted_at_s: float
    hops: int = 0
    only_rules: frozenset[str] = frozenset()
    triggered_rule: str | None = None


def entries_of(body: Any) -> list[Mapping[str, Any]]:
    """Return the entries of a PutEvents request.

    Raises
    ------
    BusError
        The request as a whole is invalid.

    Examples
    --------
    >>> entries_of({"Entries": [{"Source": "shop"}]})
    [{'Source': 'shop'}]
    >>> entries_of({"Entries": []})
    Traceback (most recent call last):
    tracing_lab.embedded.eventbridge.entries.BusError: 1 validation error detected: \
Value '[]' at 'entries' failed to satisfy constraint: \
Member must have length greater than or equal to 1
    """
    entries = body.get("Entries") if isinstance(body, Mapping) else body
    if entries is None:
        raise _invalid(_ENTRIES, value="null", constraint="Member must not be null")
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        msg = "Entries must be a list of structures"
        raise BusError(SERIALIZATION, msg)
    if not entries:
        limit = "Member must have length greater than or equal to 1"
        raise _invalid(_ENTRIES, value="'[]'", constraint=limit)
    if len(entries) > MAX_ENTRIES:
        limit = f"Member must have length less than or equal to {MAX_ENTRIES}"
        raise _invalid(_ENTRIES, value="'[PutEventsRequestEntry]'", constraint=limit)
    for number, entry in enumerate(entries, start=1):
        _check_types(entry, number)
    if sum(map(_size, entries)) > MAX_REQUEST_BYTES:
        msg = "Total size of the entries in the request is over the limit."
        raise BusError(VALIDATION, msg)
    return entries


def accept_entry(
    entry: Mapping[str, Any],
    *,
    account_id: str,
    region: str,
    http_header: TraceHeader | None,
    now_s: float,
) -> AcceptedEvent:
    """Return the event of one entry.

    The entry's own ``TraceHeader`` wins over that of the HTTP request; one that is not valid is
    dropped. Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-services-eventbridge.html

    Raises
    ------
    EntryError
        A member is missing, or Detail is not a JSON object.
    """
    detail = _checked_detail(entry)
    event_id = random_uuid()
    head = {
        "version": "0",
        "id": event_id,
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": account_id,
        "time": _iso(_moment(entry.get("Time"), now_s)),
        "region": region,
        "resources": list(entry.get("Resources") or []),
    }
    content = {**head, "detail": detail}
    try:
        fields = flatten(content)
    except ValueError as error:
        message = f"Detail is malformed. {error}"
        raise EntryError(MALFORMED_DETAIL, message) from error
    # the detail's text is kept: numbers keep their digits, and nothing is encoded twice
    raw = orjson.dumps(head)[:-1] + b',"detail":' + entry["Detail"].encode() + b"}"
    return AcceptedEvent(
        id=event_id,
        bus=entry.get("EventBusName") or DEFAULT_BUS,
        event=EventContent(content, raw, _iso(now_s)),
        fields=fields,
        trace_header=TraceHeader.parse(entry.get("TraceHeader")) or http_header,
        accepted_at_s=now_s,
    )


def replayed_event(
    content: Mapping[str, Any],
    *,
    bus: str,
    replay: str,
    only_rules: frozenset[str],
    now_s: float,
) -> AcceptedEvent:
    """Return an archived event for a replay: marked as replayed, and without a trace.

    That it keeps its id is unconfirmed.

    Examples
    --------
    >>> event = replayed_event(
    ...     {"id": "e"}, bus="b", replay="r", only_rules=frozenset(), now_s=0.0
    ... )
    >>> event.event.raw, event.trace_header
    (b'{"id":"e","replay-name":"r"}', None)
    """
    event = whole_event({**content, "replay-name": replay}, bus=bus, now_s=now_s)
    return replace(event, only_rules=only_rules)


def whole_event(content: Mapping[str, Any], *, bus: str, now_s: float) -> AcceptedEvent:
    """Return an event that has its envelope already, such as one of an AWS service.

    Examples
    --------
    >>> whole_event({"id": "e", "source": "aws.s3"}, bus="default", now_s=0.0).event.raw
    b'{"id":"e","source":"aws.s3"}'
    """
    return AcceptedEvent(
        id=str(content.get("id", "")),
        bus=bus,
        event=EventContent(content, orjson.dumps(content), _iso(now_s)),
        fields=flatten(content),
        trace_header=None,
        accepted_at_s=now_s,
    )


def _checked_detail(entry: Mapping[str, Any]) -> dict[str, Any]:
    for name in _REQUIRED:
        if not entry.get(name):
            message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            raise EntryError(INVALID_ARGUMENT, message)
    if str(entry["Source"]).startswith("aws."):  # the sources of AWS services themselves
        message = "Not authorized for the source."
        raise EntryError(NOT_AUTHORIZED, message)
    message = "Detail is malformed."
    try:
        detail = orjson.loads(entry["Detail"])
    except orjson.JSONDecodeError as error:
        raise EntryError(MALFORMED_DETAIL, message) from error
    if not isinstance(detail, dict):
        raise EntryError(MALFORMED_DETAIL, message)
    return detail


def _check_types(entry: Mapping[str, Any], number: int) -> None:
    for name in _TEXT_MEMBERS:
        value = entry.get(name)
        if value is not None and not isinstance(value, str):
            msg = f"Entries[{number - 1}].{name} must be a string"
            raise BusError(SERIALIZATION, msg)
        if value is not None and not _is_unicode(value):
            msg = f"Entries[{number - 1}].{name} is not valid Unicode text"
            raise BusError(SERIALIZATION, msg)
    resources = entry.get("Resources") or []
    if not isinstance(resources, list) or not all(
        isinstance(resource, str) for resource in resources
    ):
        msg = f"Entries[{number - 1}].Resources must be a list of strings"
        raise BusError(SERIALIZATION, msg)
    if len(entry.get("TraceHeader") or "") > MAX_TRACE_HEADER_CHARS:
        place = f"entries.{number}.member.traceHeader"
        limit = f"Member must have length less than or equal to {MAX_TRACE_HEADER_CHARS}"
        raise _invalid(place, value=f"'{entry['TraceHeader']}'", constraint=limit)
    _moment(entry.get("Time"), 0.0)


def _is_unicode(text: str) -> bool:
    """Return whether a string has no lone surrogates, which JSON allows."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _size(entry: Mapping[str, Any]) -> int:
    """Return an entry's size as EventBridge counts it, without the trace header.

    Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html
    """
    texts = [entry.get(name) or "" for name in _REQUIRED] + list(entry.get("Resources") or [])
    return sum(len(text.encode()) for text in texts) + (_TIME_BYTES if entry.get("Time") else 0)


def _moment(time: Any, now_s: float) -> float:
    """Parse ``Time``: epoch seconds as SDKs send it, or ISO 8601; now if absent."""
    if time is None:
        return now_s
    try:
        if isinstance(time, str):
            read = datetime.fromisoformat(time)
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
        return datetime.fromtimestamp(time, UTC).timestamp()
    except (TypeError, ValueError, OverflowError, OSError) as error:
        msg = f"Time {time!r} is not a timestamp"
        raise BusError(SERIALIZATION, msg) from error


def _iso(moment_s: float) -> str:
    return _iso_second(math.floor(moment_s))


@lru_cache(maxsize=16)
def _iso_second(moment_s: int) -> str:
    return datetime.fromtimestamp(moment_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _invalid(place: str, *, value: str, constraint: str) -> BusError:
    message = (
        f"1 validation error detected: Value {value} at '{place}' failed to satisfy constraint: "
        f"{constraint}"
    )
    return BusError(VALIDATION, message)
