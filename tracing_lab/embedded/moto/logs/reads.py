"""The calls that read log events: what to read is noted under the lock, and read outside of it."""

from collections.abc import Callable, Mapping
from typing import Any

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.errors import ApiError

from .calls import Members
from .filter_events import filter_log_events
from .get_events import get_log_events

Read = Callable[[], dict[str, Any]]
"""Returns the members of a response."""

Locked = Callable[[Callable[[], Read]], Read]
"""Runs a function while nothing changes."""

LOG_READS: Mapping[tuple[str, str], Callable[[Members, str], Read]] = {
    ("logs", "FilterLogEvents"): filter_log_events,
    ("logs", "GetLogEvents"): get_log_events,
}
"""By service and operation."""


def read_logs(call: ApiCall, locked: Locked) -> HttpResponse:
    """Respond to a call of `LOG_READS`.

    Parameters
    ----------
    call
        The call.
    locked
        The control plane's.
    """
    try:
        read = locked(lambda: LOG_READS[call.key](call.members, call.region))
        return json_response(200, read())
    except ApiError as error:
        return error.response(call)
