"""Reads the schedules of EventBridge Scheduler in moto's state into plain specs."""

from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

from tracing_lab.embedded.moto.adapter import backend
from tracing_lab.embedded.scheduler.model import ScheduleSpec, target_of

_KNOWN: WeakKeyDictionary[Any, tuple[float, ScheduleSpec]] = WeakKeyDictionary()
"""The specs of moto's schedules, and when those were changed: all are read after each change."""


def schedules(region: str) -> tuple[ScheduleSpec, ...]:
    """Return the enabled schedules of a region."""
    groups = backend("scheduler", region).schedule_groups.values()
    return tuple(
        _known_spec(schedule)
        for group in groups
        for schedule in group.schedules.values()
        if schedule.state == "ENABLED"
    )


def epoch_s(time: Any) -> float | None:
    """Return a time of a request in epoch seconds: a number, or ISO 8601; None if absent.

    Raises
    ------
    ValueError
        It is neither, or in no year from 1 to 9999.

    Examples
    --------
    >>> epoch_s(7), epoch_s("1970-01-01T00:00:07Z"), epoch_s(None)
    (7.0, 7.0, None)
    """
    if time is None:
        return None
    try:
        if isinstance(time, str):
            read = datetime.fromisoformat(time)
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
        return datetime.fromtimestamp(time, UTC).timestamp()
    except (OverflowError, OSError) as error:
        msg = f"{time!r} is no time"
        raise ValueError(msg) from error


def _known_spec(schedule: Any) -> ScheduleSpec:
    known = _KNOWN.get(schedule)
    if known is None or known[0] != schedule.last_modified_date:
        known = _KNOWN[schedule] = (schedule.last_modified_date, _spec(schedule))
    return known[1]


def _spec(schedule: Any) -> ScheduleSpec:
    return ScheduleSpec(
        arn=schedule.arn,
        name=schedule.name,
        group=schedule.group_name,
        expression=schedule.schedule_expression,
        target=target_of(schedule.target),
        timezone=schedule.schedule_expression_timezone,
        start_s=epoch_s(schedule.start_date),
        end_s=epoch_s(schedule.end_date),
        window_minutes=_window_minutes(schedule.flexible_time_window),
        deleted_when_completed=schedule.action_after_completion == "DELETE",
    )


def _window_minutes(window: Any) -> int:
    is_flexible = window.get("Mode") == "FLEXIBLE"
    return int(window.get("MaximumWindowInMinutes") or 0) if is_flexible else 0
