"""When a schedule is due: at a rate, by a cron expression, or once. Pure; times are epoch seconds.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Protocol
from zoneinfo import ZoneInfo

from .cron import Cron, read_cron

_RATE = re.compile(r"rate\((?P<value>[0-9]+) (?P<unit>minute|hour|day)(?P<plural>s?)\)")
_CRON = re.compile(r"cron\((?P<fields>.+)\)")
_AT = re.compile(r"at\((?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\)")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}  # a day has 24 hours, whatever the clocks do


class Timing(Protocol):
    """Computes when a schedule is due."""

    @property
    def once(self) -> bool:
        """Whether it is due a single time."""

    def next_after(self, moment_s: float, begun_s: float) -> float | None:
        """Return the first time after a moment, None if there is none.

        Parameters
        ----------
        moment_s
            The moment.
        begun_s
            When the schedule began, from which rates count.
        """


@dataclass(frozen=True)
class Rate:
    """Due every so many seconds, from the beginning or one period after it.

    Examples
    --------
    >>> Rate(60).next_after(10.0, 10.0), Rate(60).next_after(200.0, 10.0)
    (70.0, 250.0)
    >>> Rate(60, at_once=True).next_after(5.0, 10.0)
    10.0
    """

    period_s: int
    at_once: bool = False
    once = False

    def next_after(self, moment_s: float, begun_s: float) -> float | None:
        """Return the first time after a moment."""
        passed = math.floor((moment_s - begun_s) / self.period_s) + 1
        due_s = begun_s + max(passed, 0 if self.at_once else 1) * self.period_s
        # of large numbers the division may have lost the difference
        return due_s if due_s > moment_s else due_s + self.period_s


@dataclass(frozen=True)
class CronTiming:
    """Due by a cron expression in a time zone.

    A time that does not exist, because clocks are put forward, is skipped; one that exists twice
    is due the first time only.
    """

    cron: Cron
    zone: tzinfo = UTC
    once = False

    def next_after(self, moment_s: float, begun_s: float) -> float | None:
        """Return the first time after a moment, and after the beginning."""
        after_s = max(moment_s, begun_s)
        local = datetime.fromtimestamp(after_s, self.zone).replace(tzinfo=None)
        try:
            while (found := self.cron.next_after(local)) is not None:
                due_s = _existing(found, self.zone)
                if due_s is not None and due_s > after_s:
                    return due_s
                local = found
        except OverflowError:  # the last minute of the year 9999
            pass
        return None


@dataclass(frozen=True)
class Once:
    """Due at a single time."""

    at_s: float
    once = True

    def next_after(self, moment_s: float, begun_s: float) -> float | None:  # noqa: ARG002 - as others
        """Return the time, None when the moment is not before it."""
        return self.at_s if moment_s < self.at_s else None


@dataclass(frozen=True)
class Bounded:
    """Due as another timing is, between two times, each of which may be open.

    A rate counts from the first one.
    """

    timing: Timing
    start_s: float = -math.inf
    end_s: float = math.inf
    once = False

    def next_after(self, moment_s: float, begun_s: float) -> float | None:
        """Return the first time after a moment that is within the bounds."""
        begun_s = begun_s if self.start_s == -math.inf else self.start_s
        just_before = math.nextafter(self.start_s, -math.inf)
        due_s = self.timing.next_after(max(moment_s, just_before), begun_s)
        return due_s if due_s is not None and due_s <= self.end_s else None


def rate_seconds(expression: str, *, is_plural_free: bool = False) -> int | None:
    """Return the period of a rate expression, None if it is none.

    Parameters
    ----------
    expression
        For example ``rate(5 minutes)``.
    is_plural_free
        Whether one may have several units, and several one, as ``rate(1 minutes)``.

    Examples
    --------
    >>> rate_seconds("rate(2 hours)"), rate_seconds("rate(1 hours)"), rate_seconds("rate(0 days)")
    (7200, None, None)
    """
    match = _RATE.fullmatch(expression)
    if match is None:
        return None
    value = int(match["value"])
    agrees = is_plural_free or (value == 1) == (not match["plural"])
    return value * _SECONDS[match["unit"]] if value > 0 and agrees else None


def cron_of(expression: str) -> Cron | None:
    """Return the cron expression in ``cron(...)``, None if it is none.

    Examples
    --------
    >>> cron_of("cron(0 10 * * ? *)"), cron_of("rate(1 day)")
    (Cron(text='0 10 * * ? *'), None)
    """
    match = _CRON.fullmatch(expression)
    return None if match is None else read_cron(match["fields"])


def at_time(expression: str, zone: tzinfo) -> float | None:
    """Return the time of ``at(yyyy-mm-ddThh:mm:ss)`` in a zone, None if it is none.

    A time that the zone skips counts as if clocks had not been put forward yet.

    Examples
    --------
    >>> at_time("at(2026-11-29T12:00:00)", UTC), at_time("at(2026-11-31T12:00:00)", UTC)
    (1795953600.0, None)
    """
    match = _AT.fullmatch(expression)
    if match is None:
        return None
    try:
        return datetime.fromisoformat(match["time"]).replace(tzinfo=zone).timestamp()
    except (ValueError, OverflowError):
        return None


def zone_of(name: str) -> tzinfo | None:
    """Return the time zone of a name of the IANA's database, None if there is none.

    Examples
    --------
    >>> zone_of("Europe/Berlin"), zone_of("Europe/Atlantis")
    (zoneinfo.ZoneInfo(key='Europe/Berlin'), None)
    """
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _existing(local: datetime, zone: tzinfo) -> float | None:
    """Return the epoch seconds of a local time, None if the zone skips it."""
    due = local.replace(tzinfo=zone)
    back = due.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    return due.timestamp() if back == local else None
