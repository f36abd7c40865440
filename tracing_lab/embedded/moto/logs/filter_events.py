"""FilterLogEvents: the events of a log group that match a filter pattern, page by page.

Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html.
As there, events of all streams are interleaved whatever ``interleaved`` says, and
``searchedLogStreams`` is empty.
"""

import heapq
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

from tracing_lab.embedded.protocol.errors import ApiError

from .calls import Members, filter_pattern, invalid_parameter, log_group

_PAGE_EVENTS = 10_000
_PAGE_BYTES = 1024 * 1024
_TOKEN = re.compile(r"([fb])/(\d+)/(\d+)/(\d+)")

_Key = tuple[int, int, int]
_Found = tuple[_Key, str, Any]
"""Sort key, stream name and event."""


def filter_log_events(members: Members, region: str) -> dict[str, Any]:
    """Return one page of the events that a request selects.

    Raises
    ------
    ApiError
        If the request is invalid, or the group or a stream does not exist.
    """
    _check(members)
    matches = filter_pattern(members).matches
    group = log_group(members.get("logGroupName") or members["logGroupIdentifier"], region)
    backwards, after = _position(members)
    in_range = _time_range(members)
    found = (
        (_key(event), name, event)
        for name, stream in _streams(group, members)
        for event in stream.events
        if in_range(event.timestamp) and _comes(_key(event), after, backwards=backwards)
    )
    matching = (row for row in found if matches(row[2].message))
    limit = int(members.get("limit") or _PAGE_EVENTS)
    select = heapq.nlargest if backwards else heapq.nsmallest
    page = select(limit + 1, matching, key=lambda row: row[0])
    return _response(page, limit, backwards=backwards)


def _check(members: Members) -> None:
    if bool(members.get("logGroupName")) == bool(members.get("logGroupIdentifier")):
        message = "Specify either logGroupName or logGroupIdentifier, but not both."
        raise invalid_parameter(message)
    if members.get("logStreamNames") and members.get("logStreamNamePrefix"):
        message = "Specify either logStreamNames or logStreamNamePrefix, but not both."
        raise invalid_parameter(message)
    limit = members.get("limit")
    if limit is not None and not 1 <= limit <= _PAGE_EVENTS:
        bound = (
            "greater than or equal to 1" if limit < 1 else f"less than or equal to {_PAGE_EVENTS}"
        )
        message = (
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy "
            f"constraint: Member must have value {bound}"
        )
        raise invalid_parameter(message)


def _position(members: Members) -> tuple[bool, _Key | None]:
    """Return whether newer events come first, and the key of the last event already returned."""
    token = members.get("nextToken")
    if token is None:
        return members.get("startFromHead") is False, None
    match = _TOKEN.fullmatch(token)
    if match is None:
        message = "The specified nextToken is invalid."
        raise invalid_parameter(message)
    return match[1] == "b", (int(match[2]), int(match[3]), int(match[4]))


def _time_range(members: Members) -> Callable[[int], bool]:
    start, end = members.get("startTime"), members.get("endTime")
    if start is not None and end is not None and start > end:
        message = "startTime must not be later than endTime."
        raise invalid_parameter(message)
    return lambda time: (start is None or time >= start) and (end is None or time <= end)


def _streams(group: Any, members: Members) -> Iterator[tuple[str, Any]]:
    names = members.get("logStreamNames") or ()
    if missing := [name for name in names if name not in group.streams]:
        code = "ResourceNotFoundException"
        raise ApiError(code, f"The specified log stream does not exist: {missing[0]}")
    prefix = members.get("logStreamNamePrefix") or ""
    for name, stream in group.streams.items():
        if name.startswith(prefix) and (not names or name in names):
            yield name, stream


def _key(event: Any) -> _Key:
    return event.timestamp, event.ingestion_time, event.event_id


def _comes(key: _Key, after: _Key | None, *, backwards: bool) -> bool:
    return after is None or (key < after if backwards else key > after)


def _response(page: list[_Found], limit: int, *, backwards: bool) -> dict[str, Any]:
    """Return as many events as a page can have, and where the next one begins."""
    sizes = itertools.accumulate(len(event.message.encode()) for _key, _name, event in page)
    fitting = sum(size <= _PAGE_BYTES for size in sizes)
    shown = page[: max(1, min(limit, fitting))]
    events = [{**event.to_filter_dict(), "logStreamName": name} for _, name, event in shown]
    response: dict[str, Any] = {"events": events, "searchedLogStreams": []}
    if len(shown) < len(page):
        last = "/".join(map(str, shown[-1][0]))
        response["nextToken"] = f"{'b' if backwards else 'f'}/{last}"
    return response
