"""Read the services' logs: as a stream, as frames, and by queries.

Works the same on the embedded AWS and on a real account.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd

from tracing_lab.aws import Aws
from tracing_lab.config import SERVICES, Config
from tracing_lab.errors import AwsError, ConfigError
from tracing_lab.stack import Names, Site
from tracing_lab.stack.outputs import Outputs

from .frames import frame_from_events, frame_from_results, lines_of_traces

__all__ = [
    "SPAN_GROUP",
    "LogEvent",
    "fetch",
    "frame_from_events",
    "frame_from_results",
    "lines_of_traces",
    "query",
    "tail",
]

SPAN_GROUP = "aws/spans"
"""The log group in which Transaction Search keeps spans, of all services of the account and region.

`tracing_lab.spans.traces_from_records` makes traces of its records.
"""

_SPANS = "spans"
_EPOCH = datetime.fromtimestamp(0, UTC)
_POLL_S = 1.0
# Events arrive a little out of order; each poll overlaps by this and skips known events.
_OVERLAP_MS = 10_000
_FIRST_WAIT_S = 0.05  # enough for most queries on the embedded AWS
_LONGEST_WAIT_S = 2.0
_UNFINISHED = ("Scheduled", "Running")


@dataclass(frozen=True)
class LogEvent:
    """One line of a service's log."""

    time: datetime
    stream: str
    message: str


def tail(  # noqa: PLR0913 - clock and sleep are for tests
    config: Config,
    outputs: Outputs,
    service: str,
    *,
    pattern: str = "",
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
        The stack, as `deploy.apply` returns it.
    service
        A service's name, ``access`` for the API's access log, or ``spans`` for `SPAN_GROUP`.
    pattern
        A filter pattern of CloudWatch Logs, for example ``{ $.level = "ERROR" }``; empty for all.
    since_s
        How far back to begin, in seconds.
    follow
        Whether to follow the log until interrupted.
    aws
        The AWS clients; created from `config` by default.
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
        If AWS cannot be reached, or rejects the pattern.
    """
    group = _group(outputs, service)
    logs = (aws or Aws(config)).logs
    start_ms = round((clock() - since_s) * 1000)
    seen: dict[str, int] = {}
    while True:
        for event in logs.filter_events(group, start_ms=start_ms, pattern=pattern):
            if event["eventId"] not in seen:
                seen[event["eventId"]] = event["timestamp"]
                yield _log_event(event)
        oldest_ms = max(seen.values(), default=start_ms) - _OVERLAP_MS
        seen = {event_id: time_ms for event_id, time_ms in seen.items() if time_ms >= oldest_ms}
        start_ms = max(start_ms, oldest_ms)
        if not follow:
            return
        sleep(_POLL_S)


def fetch(
    config: Config,
    *,
    start: datetime,
    end: datetime,
    pattern: str = "",
    services: Sequence[str] | None = None,
    aws: Aws | None = None,
) -> pd.DataFrame:
    """Return the log lines of a time range, with the ids of their traces.

    Parameters
    ----------
    config
        The stack's variables.
    start, end
        The time range, with time zone.
    pattern
        A filter pattern of CloudWatch Logs; empty for all lines.
    services
        Services, ``access`` for the API's access log, or ``spans`` for `SPAN_GROUP`; all services
        by default.
    aws
        The AWS clients; created from `config` by default.

    Returns
    -------
    pandas.DataFrame
        As `frame_from_events` makes it.

    Raises
    ------
    ConfigError
        If there is no such service, or a time lacks its zone.
    AwsError
        If AWS cannot be reached, or rejects the pattern.
    """
    _check_range(start, end)
    aws = aws or Aws(config)
    start_ms, end_ms = _epoch_ms(start), _epoch_ms(end)
    return frame_from_events(
        {
            service: aws.logs.filter_events(
                group, start_ms=start_ms, end_ms=end_ms, pattern=pattern
            )
            for service, group in _groups(config, aws, services).items()
        }
    )


def query(
    config: Config,
    text: str,
    *,
    start: datetime,
    end: datetime,
    services: Sequence[str] | None = None,
    timeout_s: float = 120.0,
    aws: Aws | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> pd.DataFrame:
    """Run a query of CloudWatch Logs Insights over the services' logs and return its results.

    Parameters
    ----------
    config
        The stack's variables.
    text
        The query, for example ``filter level = "ERROR" | stats count(*) by service``.
    start, end
        The time range, with time zone. Insights takes whole seconds and includes both: what
        `fetch` has until 12:00:04.999 is the same as here, until 12:00:05.000 it is a second less.
    services
        Services, ``access`` for the API's access log, or ``spans`` for `SPAN_GROUP`; all services
        by default.
    timeout_s
        How long to wait for the results.
    aws
        The AWS clients; created from `config` by default.
    sleep
        How to wait, in seconds; for tests.

    Returns
    -------
    pandas.DataFrame
        As `frame_from_results` makes it.

    Raises
    ------
    ConfigError
        If there is no such service, or a time lacks its zone.
    AwsError
        If AWS cannot be reached, rejects the query, or does not finish it in time.
    """
    _check_range(start, end)
    aws = aws or Aws(config)
    query_id = aws.logs.start_query(
        list(_groups(config, aws, services).values()),
        text,
        start_s=_epoch_ms(start) // 1000,
        end_s=_epoch_ms(end) // 1000,
    )
    left_s, wait_s = timeout_s, _FIRST_WAIT_S
    while (status := aws.logs.query_status(query_id)) in _UNFINISHED:
        if left_s <= 0:
            aws.logs.stop_query(query_id)
            raise _unfinished(text, f"not finished after {timeout_s:g} s")
        sleep(wait_s)
        left_s -= wait_s
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
    if status != "Complete":
        raise _unfinished(text, f"it ended as {status}")
    return frame_from_results(aws.logs.query_results(query_id))


def _unfinished(text: str, what: str) -> AwsError:
    operation = "logs:GetQueryResults"
    msg = (
        f"{operation} of the query {text!r}: {what}. Query a shorter time range or fewer services."
    )
    return AwsError(msg, operation=operation)


def _check_range(start: datetime, end: datetime) -> None:
    if start.tzinfo is None or end.tzinfo is None:
        msg = f"start={start} and end={end} need a time zone, for example datetime.now(UTC)."
        raise ConfigError(msg)
    if start > end:
        msg = f"start={start} must not be later than end={end}."
        raise ConfigError(msg)


def _epoch_ms(at: datetime) -> int:
    """Return a time in milliseconds since 1970, rounded down; exactly, which a float is not."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def _groups(config: Config, aws: Aws, services: Sequence[str] | None) -> dict[str, str]:
    """Return the log group of each service; names follow from the config and the account."""
    identity = aws.sts.caller_identity()
    names = Names(config, Site(identity.account_id, config.aws_region, identity.partition))
    known: dict[str, str] = {service: names.log_group(service) for service in SERVICES}
    known["access"] = names.access_log_group
    known[_SPANS] = SPAN_GROUP
    chosen = SERVICES if services is None else services
    for service in chosen:
        _check_service(service, known)
    return {service: known[service] for service in chosen}


def _group(outputs: Outputs, service: str) -> str:
    known = {**outputs.log_groups, _SPANS: SPAN_GROUP}
    _check_service(service, known)
    return known[service]


def _check_service(service: str, known: Any) -> None:
    if service not in known:
        msg = f"{service!r} is not a service of the stack. Choose one of: {', '.join(known)}."
        raise ConfigError(msg)


def _log_event(event: dict[str, Any]) -> LogEvent:
    return LogEvent(
        time=datetime.fromtimestamp(event["timestamp"] / 1000, UTC),
        stream=str(event.get("logStreamName", "")),
        message=str(event["message"]).rstrip("\n"),
    )
