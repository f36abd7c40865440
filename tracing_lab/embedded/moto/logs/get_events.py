"""GetLogEvents: the events of one log stream, page by page in both directions.

Source: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html.
A page is in the order of time; without ``startFromHead`` the first one has the latest events. At
an end of the stream, the token of that direction is the one of the request.
"""

from collections.abc import Callable, Sequence
from typing import Any

from .calls import Members, log_group
from .pages import Position, check_one_group, fitting, limit_of, missing_stream, position_of
from .stored import EVER_MS, Key, StoredEvent, blocks_of, in_order


def get_log_events(members: Members, region: str) -> Callable[[], dict[str, Any]]:
    """Return a function that reads one page of a stream's events.

    Raises
    ------
    ApiError
        If the request is invalid, or the group or the stream does not exist.
    """
    name, limit = members["logStreamName"], limit_of(members)
    stream = log_group(check_one_group(members), region).streams.get(name)
    if stream is None:
        raise missing_stream(name)
    blocks = blocks_of(stream)
    position = position_of(members.get("nextToken"), backwards=not members.get("startFromHead"))
    start_ms, end_ms = position.narrowed(*_time_range(members))

    def read() -> dict[str, Any]:
        found = in_order([(name, blocks)], start_ms, end_ms, backwards=position.backwards)
        shown, _more = fitting(position.beyond(found), limit)
        return _response(
            sorted((event for _name, event in shown), key=lambda event: event.key), position
        )

    return read


def _time_range(members: Members) -> tuple[int, int]:
    """Return the range with both ends; events at ``endTime`` are not wanted."""
    end = members.get("endTime")
    return members.get("startTime") or 0, EVER_MS if end is None else end - 1


def _response(events: Sequence[StoredEvent], position: Position) -> dict[str, Any]:
    first, last = (events[0].key, events[-1].key) if events else _around_nothing(position)
    return {
        "events": [
            {
                "ingestionTime": event.ingestion_time,
                "message": event.message,
                "timestamp": event.timestamp,
            }
            for event in events
        ],
        "nextBackwardToken": Position(backwards=True, key=first).token,
        "nextForwardToken": Position(backwards=False, key=last).token,
    }


def _around_nothing(position: Position) -> tuple[Key, Key]:
    """Return the keys behind and before an empty page: the next event is on either side of it."""
    if position.key is None:
        return (0, 0, 0), (0, 0, -1)
    time_ms, ingested_ms, number = position.key
    if position.backwards:
        return position.key, (time_ms, ingested_ms, number - 1)
    return (time_ms, ingested_ms, number + 1), position.key
