"""EventBridge calls that moto handles wrongly or not at all: patterns, archives, replays."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from tracing_lab.arns import as_arn, parse_arn
from tracing_lab.embedded.eventbridge.patterns.pattern import (
    InvalidEventPatternError,
    Matcher,
    compile_pattern,
)
from tracing_lab.embedded.eventbridge.schedules import is_schedule
from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

_EVENT_MEMBERS = ("id", "account", "source", "time", "region", "detail-type")
"""The members that TestEventPattern requires of an event.

``resources``, which the API reference lists too, is not required in practice.
Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
"""


def with_valid_pattern(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Reject a call with an event pattern that is malformed."""
    pattern = call.members.get("EventPattern")
    if pattern:
        _compiled(str(pattern))
    return call_next(call)


def with_valid_rule(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Reject PutRule with a pattern or schedule that EventBridge does not accept."""
    schedule, is_default = call.members.get("ScheduleExpression"), _is_default_bus(call)
    if schedule and is_default and not is_schedule(str(schedule)):
        code = "ValidationException"
        raise ApiError(code, "Parameter ScheduleExpression is not valid.")
    return with_valid_pattern(call, call_next)


def _is_default_bus(call: ApiCall) -> bool:
    return str(call.members.get("EventBusName") or "default").rpartition("/")[2] == "default"


def try_event_pattern(call: ApiCall, _call_next: CallNext) -> HttpResponse:
    """Respond to TestEventPattern."""
    for name in ("EventPattern", "Event"):
        if not isinstance(call.members.get(name), str):
            raise _invalid(name, f"{name} is a required argument.")
    pattern, event = _compiled(call.members["EventPattern"]), _json_object(call.members["Event"])
    name, fault = "Event", _event_fault(event)
    if fault is not None:
        raise _invalid(name, fault)
    try:
        return json_response(200, {"Result": pattern.matches(event or {})})
    except ValueError as error:
        raise _invalid(name, str(error)) from error


def start_replay(call: ApiCall, call_next: CallNext) -> HttpResponse:
    """Start a replay in moto without events, because it would invoke targets itself."""
    wrong = [name for name, fits in _REPLAY_MEMBERS.items() if not fits(call.members.get(name))]
    if wrong:
        reason = "it is missing or of another type."
        raise _invalid(wrong[0], reason)
    source = as_arn(call.members["EventSourceArn"])
    archives = backend("events", call.region).archives
    archive = None if source is None else archives.get(source.name)
    if archive is None:
        return call_next(call)
    kept, archive.events = archive.events, []
    try:
        return call_next(call)
    finally:
        archive.events = kept


def keep_archived(region: str, payload: bytes) -> None:
    """Store an event that the rule of an archive delivered, where DescribeArchive counts it.

    Raises
    ------
    KeyError
        The archive was deleted.
    """
    record = orjson.loads(payload)
    arn, _, identity = record["archive-arn"].rpartition(":")
    archive = backend("events", region).archives[parse_arn(arn).name]
    if archive.uuid != identity:  # created again under the same name
        raise KeyError(arn)
    archive.events.append(record["event"])


def archived(region: str, archive_arn: str, *, start_s: float, end_s: float) -> list[Any]:
    """Return the archived events of a time range, in epoch seconds, both ends included.

    Raises
    ------
    KeyError
        There is no such archive.
    """
    archive = backend("events", region).archives[parse_arn(archive_arn).name]
    return [event for event in archive.events if start_s <= _time_s(event) <= end_s]


def _compiled(pattern: str) -> Matcher:
    try:
        return compile_pattern(pattern)
    except InvalidEventPatternError as error:
        code = "InvalidEventPatternException"
        raise ApiError(code, str(error)) from error


def _event_fault(event: Mapping[str, Any] | None) -> str | None:
    if event is None:
        return "it is not a JSON object."
    missing = [name for name in _EVENT_MEMBERS if name not in event]
    return f"it lacks {', '.join(missing)}." if missing else None


def _invalid(member: str, reason: str) -> ApiError:
    return ApiError("ValidationException", f"Parameter {member} is not valid. Reason: {reason}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_destination(value: Any) -> bool:
    if not isinstance(value, Mapping) or not _is_text(value.get("Arn")):
        return False
    rules = value.get("FilterArns") or []
    return isinstance(rules, list) and all(map(_is_text, rules))


_REPLAY_MEMBERS: Mapping[str, Callable[[Any], bool]] = {
    "ReplayName": _is_text,
    "EventSourceArn": _is_text,
    "EventStartTime": _is_number,
    "EventEndTime": _is_number,
    "Destination": _is_destination,
}


def _json_object(text: str | bytes) -> dict[str, Any] | None:
    try:
        content = orjson.loads(text)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _time_s(event: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(event["time"]).timestamp()
