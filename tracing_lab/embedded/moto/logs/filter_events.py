"""FilterLogEvents: the events of a log group that match a filter pattern, page by page.

Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html.
As there, events of all streams are interleaved whatever ``interleaved`` says, and
``searchedLogStreams`` is empty.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .calls import Members, filter_pattern, invalid_parameter, log_group
from .pages import Position, check_one_group, fitting, limit_of, missing_stream, position_of
from .stored import EVER_MS, Blocks, Found, blocks_of, in_order


def filter_log_events(members: Members, region: str) -> Callable[[], dict[str, Any]]:
    """Return a function that reads one page of the events that a request selects.

    Raises
    ------
    ApiError
        If the request is invalid, or the group or a stream does not exist.
    """
    name = check_one_group(members)
    if members.get("logStreamNames") and members.get("logStreamNamePrefix"):
        message = "Specify either logStreamNames or logStreamNamePrefix, but not both."
        raise invalid_parameter(message)
    limit, matches = limit_of(members), filter_pattern(members).matches
    streams = list(_streams(log_group(name, region), members))
    position = position_of(
        members.get("nextToken"), backwards=members.get("startFromHead") is False
    )
    start_ms, end_ms = position.narrowed(*_time_range(members))

    def read() -> dict[str, Any]:
        found = in_order(streams, start_ms, end_ms, backwards=position.backwards)
        wanted = (row for row in position.beyond(found) if matches(row[1].message))
        return _response(*fitting(wanted, limit), backwards=position.backwards)

    return read


def _time_range(members: Members) -> tuple[int, int]:
    start, end = members.get("startTime"), members.get("endTime")
    if start is not None and end is not None and start > end:
        message = "startTime must not be later than endTime."
        raise invalid_parameter(message)
    return start or 0, EVER_MS if end is None else end


def _streams(group: Any, members: Members) -> Iterator[tuple[str, Blocks]]:
    names = members.get("logStreamNames") or ()
    if missing := [name for name in names if name not in group.streams]:
        raise missing_stream(missing[0])
    prefix = members.get("logStreamNamePrefix") or ""
    for name, stream in group.streams.items():
        if name.startswith(prefix) and (not names or name in names):
            yield name, blocks_of(stream)


def _response(shown: Sequence[Found], more: bool, *, backwards: bool) -> dict[str, Any]:  # noqa: FBT001 - as `fitting` returns it
    events = [
        {
            "eventId": str(event.event_id),
            "ingestionTime": event.ingestion_time,
            "logStreamName": name,
            "message": event.message,
            "timestamp": event.timestamp,
        }
        for name, event in shown
    ]
    response: dict[str, Any] = {"events": events, "searchedLogStreams": []}
    if more:
        response["nextToken"] = Position(backwards, shown[-1][1].key).token
    return response
