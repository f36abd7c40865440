"""Writes log events: what is accepted goes to the spool, to metric filters and to subscriptions.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
"""

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.moto.calling import CallNext
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.storage.append_log import Write

from .calls import invalid_parameter, log_group
from .pages import missing_stream
from .spool import LogSpool
from .subscriptions import CallFunction, adopt_stream

_DAY_MS = 24 * 3600 * 1000
_OLDEST_MS = 14 * _DAY_MS
_NEWEST_MS = 2 * 3600 * 1000

Event = Mapping[str, Any]
"""An event of PutLogEvents: ``timestamp`` and ``message``."""

Count = Callable[[str, str, Iterable[tuple[int, str]]], None]
"""Counts the lines of a region's log group: metric filters."""


class LogWriter:
    """Writes log events to moto's log streams. Callers hold the control plane's lock.

    Parameters
    ----------
    path
        The file of the spool.
    write
        Writes to it.
    call_function
        Invokes a function for a subscription filter.
    count
        Counts lines by metric filters.
    """

    def __init__(
        self, path: Path, *, call_function: CallFunction, count: Count, write: Write = os.write
    ) -> None:
        self._spool = LogSpool(path, write=write)
        self._call_function = call_function
        self._count = count
        self.clear, self.close = self._spool.clear, self._spool.close

    def write(
        self, region: str, group: str, stream: str, events: Sequence[tuple[int, str]]
    ) -> None:
        """Append events to a log stream; group and stream are created when missing."""
        # PutLogEvents requires them sorted by time; equal times keep their order
        rows = [
            {"timestamp": time_ms, "message": message}
            for time_ms, message in sorted(events, key=itemgetter(0))
        ]
        _ensure_group(region, group)
        backend("logs", region).ensure_log_stream(group, stream)
        self._put(region, group, stream, accepted(rows, _now_ms(), None)[0])

    @staticmethod
    def prepare_replay(call: ApiCall) -> None:
        """Create the log group of a call of the journal, which has no call for groups of services.

        The call succeeded, so there was the group.
        """
        group = call.members.get("logGroupName")
        if group and call.operation != "CreateLogGroup":
            _ensure_group(call.region, str(group))

    def put_log_events(self, call: ApiCall, _call_next: CallNext) -> HttpResponse:
        """Respond to PutLogEvents."""
        group, stream = str(call.members["logGroupName"]), str(call.members["logStreamName"])
        found = log_group(group, call.region)
        if stream not in found.streams:
            raise missing_stream(stream)
        events: Sequence[Event] = call.members["logEvents"]
        _check_order([event["timestamp"] for event in events])
        kept, rejected = accepted(events, _now_ms(), found.retention_in_days)
        token = self._put(call.region, group, stream, kept)
        info = {"rejectedLogEventsInfo": rejected} if rejected else {}
        return json_response(200, {"nextSequenceToken": token, **info})

    def _put(self, region: str, group: str, stream: str, events: Sequence[Event]) -> str:
        found = backend("logs", region).groups[group].streams[stream]
        self._spool.keep(found)
        adopt_stream(region, group, stream, self._call_function)
        token = str(found.put_log_events(events))
        self._count(region, group, [(event["timestamp"], event["message"]) for event in events])
        return token


def accepted(
    events: Sequence[Event], now_ms: int, retention_days: int | None
) -> tuple[Sequence[Event], dict[str, int]]:
    """Return the events that are kept, and the members of ``rejectedLogEventsInfo``.

    Parameters
    ----------
    events
        In the order of time.
    now_ms
        The current time.
    retention_days
        How long the group keeps events; None for ever.

    Examples
    --------
    >>> days = [{"timestamp": day * 24 * 3600 * 1000} for day in (0, 1, 20, 21)]
    >>> kept, rejected = accepted(days, 20 * 24 * 3600 * 1000, None)
    >>> len(kept), rejected
    (1, {'tooOldLogEventEndIndex': 2, 'tooNewLogEventStartIndex': 3})
    """
    times = [event["timestamp"] for event in events]
    too_old = sum(time_ms < now_ms - _OLDEST_MS for time_ms in times)
    too_new = sum(time_ms <= now_ms + _NEWEST_MS for time_ms in times)
    kept_ms = int(retention_days or 0) * _DAY_MS
    expired = sum(time_ms < now_ms - kept_ms for time_ms in times) if kept_ms else 0
    rejected = {
        **({"tooOldLogEventEndIndex": too_old} if too_old else {}),
        **({"tooNewLogEventStartIndex": too_new} if too_new < len(times) else {}),
        **({"expiredLogEventEndIndex": expired} if expired > too_old else {}),
    }
    return events[max(too_old, expired) : too_new], rejected


def _ensure_group(region: str, group: str) -> None:
    logs = backend("logs", region)
    if group not in logs.groups:
        logs.create_log_group(group, {})


def _check_order(times_ms: Sequence[int]) -> None:
    if list(times_ms) != sorted(times_ms):
        message = "Log events in a single PutLogEvents request must be in chronological order."
        raise invalid_parameter(message)
    if times_ms and times_ms[-1] - times_ms[0] > _DAY_MS:
        message = (
            "The batch of log events in a single PutLogEvents request cannot span more than 24 "
            "hours."
        )
        raise invalid_parameter(message)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
