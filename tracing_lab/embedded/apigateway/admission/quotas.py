"""Quotas of usage plans: counts the requests of each key, used and remaining.

Days are those of UTC; weeks begin on Sunday. The counts end with the server.
Source: https://docs.aws.amazon.com/apigateway/latest/api/API_QuotaSettings.html
"""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from tracing_lab.embedded.model import QuotaSpec

DAYS_KEPT = 90

_LONGEST_PERIOD_DAYS = 31


@dataclass
class _KeyUse:
    """The usage of one key of one plan.

    Parameters
    ----------
    first
        The day of its first request; the quota's offset applies to that period.
    days
        Requests by day.
    granted
        Added remaining requests, by the first day of the period.
    """

    first: date
    days: Counter[date] = field(default_factory=Counter)
    granted: Counter[date] = field(default_factory=Counter)

    def remaining(self, quota: QuotaSpec, day: date) -> int:
        """Return the remaining requests at the end of a day."""
        begin = period_start(quota.period, day)
        offset = quota.offset if begin == period_start(quota.period, self.first) else 0
        used = sum(count for used_on, count in self.days.items() if begin <= used_on <= day)
        return quota.limit - offset - used + self.granted[begin]


class QuotaCounts:
    """Counts requests by usage plan and key. Thread-safe.

    Examples
    --------
    >>> counts, quota = QuotaCounts(), QuotaSpec(limit=2, period="DAY")
    >>> [counts.take("plan", "key", quota, now_s=0.0) for _ in range(3)]
    [True, True, False]
    >>> counts.usage("plan", "key", quota, [date(1970, 1, 1), date(1970, 1, 2)])
    [[2, 0], [0, 2]]
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uses: dict[tuple[str, str], _KeyUse] = {}

    def take(self, plan_id: str, key_id: str, quota: QuotaSpec, *, now_s: float) -> bool:
        """Count a request if it is within the quota; return whether it is."""
        day = day_of(now_s)
        with self._lock:
            use = self._use(plan_id, key_id, day)
            if use.remaining(quota, day) <= 0:
                return False
            if day not in use.days:
                _forget_old(use, day)
            use.days[day] += 1
            return True

    def set_remaining(
        self, plan_id: str, key_id: str, quota: QuotaSpec, remaining: int, *, now_s: float
    ) -> None:
        """Set the remaining requests of a key in the current period."""
        day = day_of(now_s)
        with self._lock:
            use = self._use(plan_id, key_id, day)
            begin = period_start(quota.period, day)
            use.granted[begin] += remaining - use.remaining(quota, day)

    def usage(
        self, plan_id: str, key_id: str, quota: QuotaSpec, days: Sequence[date]
    ) -> list[list[int]]:
        """Return ``[used, remaining]`` of each day."""
        with self._lock:
            use = self._uses.get((plan_id, key_id)) or _KeyUse(first=date.max)
            return [[use.days[day], use.remaining(quota, day)] for day in days]

    def _use(self, plan_id: str, key_id: str, day: date) -> _KeyUse:
        return self._uses.setdefault((plan_id, key_id), _KeyUse(first=day))


def _forget_old(use: _KeyUse, today: date) -> None:
    oldest = today - timedelta(days=DAYS_KEPT + _LONGEST_PERIOD_DAYS)
    for counts in (use.days, use.granted):
        for day in [day for day in counts if day < oldest]:
            del counts[day]


def day_of(moment_s: float) -> date:
    """Return the UTC day of a time in epoch seconds."""
    return datetime.fromtimestamp(moment_s, UTC).date()


def period_start(period: str, day: date) -> date:
    """Return the first day of the period of a day.

    Examples
    --------
    >>> [str(period_start(period, date(2026, 11, 23))) for period in ("DAY", "WEEK", "MONTH")]
    ['2026-11-23', '2026-11-22', '2026-11-01']
    """
    if period == "WEEK":
        return day - timedelta(days=day.isoweekday() % 7)
    return day.replace(day=1) if period == "MONTH" else day
