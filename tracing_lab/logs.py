"""Read what the services logged, once or as it comes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .aws import Aws
from .config import Config
from .errors import ConfigError
from .outputs import Outputs

_POLL_S = 1.0
# Events arrive a little out of order; each poll looks back this far and skips what it has seen.
_OVERLAP_MS = 10_000


@dataclass(frozen=True)
class LogEvent:
    """One line of a service's log."""

    time: datetime
    stream: str
    message: str


def tail(
    config: Config,
    outputs: Outputs,
    service: str,
    *,
    since_s: float = 600.0,
    follow: bool = False,
    aws: Aws | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[LogEvent]:
    """Yield a service's log events, oldest first.

    Parameters
    ----------
    config
        The stack's variables.
    outputs
        The stack, as `deploy.apply` gives it.
    service
        A service's name, or ``access`` for the API's access log.
    since_s
        How far back to begin, in seconds.
    follow
        Whether to go on for ever.
    aws
        Makes the calls; made from `config` by default.
    clock, sleep
        Epoch seconds, and how to wait; for tests.

    Yields
    ------
    LogEvent
        Each event once.

    Raises
    ------
    ConfigError
        If there is no such service.
    AwsError
        If AWS cannot be asked.
    """
    group = _group(outputs, service)
    logs = (aws or Aws(config)).logs
    start_ms = round((clock() - since_s) * 1000)
    seen: set[str] = set()
    while True:
        for event in logs.filter_events(group, start_ms=start_ms):
            if event["eventId"] not in seen:
                seen.add(event["eventId"])
                yield _log_event(event)
                start_ms = max(start_ms, event["timestamp"] - _OVERLAP_MS)
        if not follow:
            return
        sleep(_POLL_S)


def _group(outputs: Outputs, service: str) -> str:
    if service not in outputs.log_groups:
        known = ", ".join(outputs.log_groups)
        msg = f"{service!r} is not a service of the stack. Choose one of: {known}."
        raise ConfigError(msg)
    return outputs.log_groups[service]


def _log_event(event: dict[str, Any]) -> LogEvent:
    return LogEvent(
        time=datetime.fromtimestamp(event["timestamp"] / 1000, UTC),
        stream=str(event.get("logStreamName", "")),
        message=str(event["message"]).rstrip("\n"),
    )
