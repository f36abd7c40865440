"""Rules with a schedule: ``rate(5 minutes)`` and ``cron(0 10 * * ? *)``, in UTC.

A rate counts from when the rule was created, enabled, or got another rate; its first event comes
one period later. An event of a schedule goes to the targets of its own rule only, and is in no
trace: a function that samples begins one. Both are unconfirmed.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

from tracing_lab.embedded.model import Catalog, RuleSpec
from tracing_lab.embedded.storage.durable_map import DurableMap
from tracing_lab.embedded.timetable.clock import Occasion, Timed, Timetable
from tracing_lab.embedded.timetable.events import scheduled_event
from tracing_lab.embedded.timetable.timing import CronTiming, Rate, Timing, cron_of, rate_seconds


class Publish(Protocol):
    """Puts the event of a schedule on the bus."""

    def __call__(self, content: Mapping[str, Any], *, rule_arn: str) -> None:
        """Put an event on the default bus for one rule; OSError if it could not be written."""


def is_schedule(expression: str) -> bool:
    """Return whether EventBridge accepts a schedule expression of a rule.

    Examples
    --------
    >>> [is_schedule(text) for text in ("rate(1 minute)", "rate(1 minutes)", "rate(2 minutes)")]
    [True, False, True]
    >>> is_schedule("cron(0 10 * * ? *)"), is_schedule("cron(0 10 * * * *)")
    (True, False)
    """
    return timing_of(expression) is not None


@lru_cache(maxsize=1024)
def timing_of(expression: str) -> Timing | None:
    """Return when a rule with a schedule expression is due; None if it is not valid.

    Examples
    --------
    >>> timing_of("rate(5 minutes)")
    Rate(period_s=300, at_once=False)
    """
    period_s, cron = rate_seconds(expression), cron_of(expression)
    if period_s is not None:
        return Rate(period_s)
    return None if cron is None else CronTiming(cron)


class RuleSchedules:
    """Sends the events of a region's rules with schedules.

    Parameters
    ----------
    catalog
        Has the rules.
    publish
        Puts an event on the bus.
    begun
        Keeps from when rates count.
    clock
        Epoch seconds.
    """

    def __init__(
        self,
        catalog: Catalog,
        publish: Publish,
        begun: DurableMap[str],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._catalog = catalog
        self._publish = publish
        self._rules: Sequence[RuleSpec] | None = None
        self._timed: Mapping[str, Timed] = {}
        self.timetable = Timetable(self._read, self._fire, begun, clock=clock)

    def _read(self) -> Mapping[str, Timed]:
        rules = self._catalog.scheduled_rules()
        if rules is not self._rules:
            self._rules, self._timed = rules, dict(filter(None, map(_timed, rules)))
        return self._timed

    def _fire(self, occasion: Occasion) -> None:
        event = scheduled_event(occasion.arn, occasion.due_s, source="aws.events", detail={})
        self._publish(event, rule_arn=occasion.arn)


def _timed(rule: RuleSpec) -> tuple[str, Timed] | None:
    timing = timing_of(rule.schedule or "")
    return None if timing is None else (rule.arn, Timed(timing, rule.schedule or ""))
