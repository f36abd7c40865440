"""EventBridge calls that moto answers wrongly or not at all: patterns, archives, replays."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import orjson

from tracing_lab.embedded.eventbridge.patterns.pattern import (
    InvalidEventPatternError,
    compile_pattern,
)
from tracing_lab.embedded.http.messages import (
    HttpRequest,
    HttpResponse,
    error_response,
    json_response,
)
from tracing_lab.embedded.moto.adapter import backend

Answer = Callable[[HttpRequest], HttpResponse]
_Body = Mapping[str, Any]

_TARGET_PREFIX = "AWSEvents."
_EVENT_MEMBERS = ("id", "account", "source", "time", "region", "resources", "detail-type")
"""What TestEventPattern wants in an event.

Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TestEventPattern.html
"""


def answer_events(answer: Answer, request: HttpRequest, *, region: str) -> HttpResponse:
    """Answer a call of EventBridge's JSON protocol.

    Parameters
    ----------
    answer
        moto.
    request
        The call.
    region
        The region of the call.
    """
    operation = operation_of(request)
    body = _json_object(request.body) if operation in _OPERATIONS else None
    if body is None:
        return answer(request)
    refused = _refuse_pattern(body)
    if refused is not None:
        return refused
    if operation == "TestEventPattern":
        return _test_event_pattern(body)
    if operation == "StartReplay":
        return _start_replay(answer, request, body, region)
    return answer(request)


def operation_of(request: HttpRequest) -> str | None:
    """Give the EventBridge operation that a request calls; None for other services."""
    target = request.header("X-Amz-Target") or ""
    return target.removeprefix(_TARGET_PREFIX) if target.startswith(_TARGET_PREFIX) else None


def keep_archived(region: str, payload: bytes) -> None:
    """Keep what the rule of an archive delivered, where DescribeArchive counts it.

    Raises
    ------
    KeyError
        The archive was deleted.
    """
    record = orjson.loads(payload)
    arn, _, identity = record["archive-arn"].rpartition(":")
    archive = backend("events", region).archives[_name_in(arn)]
    if archive.uuid != identity:  # made anew under the same name
        raise KeyError(arn)
    archive.events.append(record["event"])


def archived(region: str, archive_arn: str, *, start_s: float, end_s: float) -> list[Any]:
    """Give the archived events of a time range, in epoch seconds, both ends included.

    Raises
    ------
    KeyError
        There is no such archive.
    """
    archive = backend("events", region).archives[_name_in(archive_arn)]
    return [one for one in archive.events if start_s <= _time_s(one) <= end_s]


_OPERATIONS = frozenset(
    {"CreateArchive", "PutRule", "StartReplay", "TestEventPattern", "UpdateArchive"}
)


def _refuse_pattern(body: _Body) -> HttpResponse | None:
    pattern = body.get("EventPattern")
    if pattern is None or pattern == "":
        return None
    try:
        compile_pattern(str(pattern))
    except InvalidEventPatternError as error:
        return error_response(400, "InvalidEventPatternException", str(error))
    return None


def _test_event_pattern(body: _Body) -> HttpResponse:
    for name in ("EventPattern", "Event"):
        if not isinstance(body.get(name), str):
            message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return error_response(400, "ValidationException", message)
    event = _json_object(body["Event"])
    missing = [name for name in _EVENT_MEMBERS if event is None or name not in event]
    if event is None or missing:
        reason = f"it lacks {', '.join(missing)}" if event is not None else "it is no JSON object"
        message = f"Parameter Event is not valid. Reason: {reason}."
        return error_response(400, "ValidationException", message)
    try:
        return json_response(200, {"Result": compile_pattern(body["EventPattern"]).matches(event)})
    except ValueError as error:
        message = f"Parameter Event is not valid. Reason: {error}"
        return error_response(400, "ValidationException", message)


def _start_replay(answer: Answer, request: HttpRequest, body: _Body, region: str) -> HttpResponse:
    """Let moto check and note a replay, but not deliver: it would call targets by itself."""
    wrong = [name for name, fits in _REPLAY_MEMBERS.items() if not fits(body.get(name))]
    if wrong:
        message = f"Parameter {wrong[0]} is not valid. Reason: it is missing or of another type."
        return error_response(400, "ValidationException", message)
    archive = backend("events", region).archives.get(_name_in(body["EventSourceArn"]))
    if archive is None:
        return answer(request)
    kept, archive.events = archive.events, []
    try:
        return answer(request)
    finally:
        archive.events = kept


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


def _name_in(arn: str) -> str:
    return arn.rpartition("/")[2]


def _time_s(event: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(event["time"]).timestamp()
