"""Schedule expressions of EventBridge Scheduler: ``at(...)``, ``rate(...)`` and ``cron(...)``.

A rate without a StartDate is due when its schedule is created, as documented. Whether Scheduler
rejects ``rate(1 minutes)``, as EventBridge does for rules, is unconfirmed; here it is accepted.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import math
from datetime import tzinfo
from functools import lru_cache

from tracing_lab.embedded.timetable.clock import Timed
from tracing_lab.embedded.timetable.timing import (
    Bounded,
    CronTiming,
    Once,
    Rate,
    Timing,
    at_time,
    cron_of,
    rate_seconds,
    zone_of,
)

from .model import ScheduleSpec


def timing_of(expression: str, zone: tzinfo) -> Timing | None:
    """Return when an expression is due in a time zone; None if it is not valid.

    Examples
    --------
    >>> from datetime import UTC
    >>> timing_of("rate(5 minutes)", UTC), timing_of("rate(30 seconds)", UTC)
    (Rate(period_s=300, at_once=True), None)
    """
    period_s, cron = rate_seconds(expression, is_plural_free=True), cron_of(expression)
    at_s = at_time(expression, zone)
    if period_s is not None:
        return Rate(period_s, at_once=True)
    if cron is not None:
        return CronTiming(cron, zone)
    return None if at_s is None else Once(at_s)


@lru_cache(maxsize=10_000)  # all schedules of a region are asked for after each change
def timed(schedule: ScheduleSpec) -> Timed | None:
    """Return when a schedule is due; None if its expression is not valid.

    A single time may be late for as long as its target would be retried: AWS accepts times that
    have passed, and calls their targets at once, as was measured.
    """
    zone = zone_of(schedule.timezone)
    timing = None if zone is None else timing_of(schedule.expression, zone)
    if timing is None:
        return None
    sign = f"{schedule.expression} {schedule.timezone} {schedule.start_s}"
    if timing.once:
        return Timed(timing, sign, catch_up_s=schedule.target.max_event_age_s)
    start_s = -math.inf if schedule.start_s is None else schedule.start_s
    end_s = math.inf if schedule.end_s is None else schedule.end_s
    return Timed(Bounded(timing, start_s, end_s), sign)
