"""Event accounting: counts the outcome of every event, so that none is lost unnoticed. Pure."""

from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

Accounting = dict[str, Any]
"""The counts of one region as JSON-able data."""

_KEPT_LATENCIES = 10_000  # per rule, if they are never read


@dataclass
class Times:
    """Statistics of durations.

    Examples
    --------
    >>> times = Times()
    >>> times.note(1.0)
    >>> times.note(3.0)
    >>> times.summary()
    {'count': 2, 'mean_s': 2.0, 'max_s': 3.0}
    """

    count: int = 0
    total_s: float = 0.0
    longest_s: float = 0.0

    def note(self, duration_s: float) -> None:
        """Add a duration in seconds."""
        self.count += 1
        self.total_s += duration_s
        self.longest_s = max(self.longest_s, duration_s)

    def summary(self) -> dict[str, float]:
        """Return count, mean and maximum; zeros without any."""
        mean_s = self.total_s / self.count if self.count else 0.0
        return {"count": self.count, "mean_s": mean_s, "max_s": self.longest_s}


def _latest() -> deque[float]:
    return deque(maxlen=_KEPT_LATENCIES)


@dataclass
class RuleCounters:
    """Outcomes of the events that one rule matched, for its metrics.

    ``starts_s`` and ``ends_s`` are the seconds from acceptance to the first try of a delivery, and
    to its success, until a reader removes them.
    """

    matched: int = 0
    delivered: int = 0
    retried: int = 0
    dead_lettered: int = 0
    dead_letters_refused: int = 0
    lost: int = 0
    starts_s: deque[float] = field(default_factory=_latest)
    ends_s: deque[float] = field(default_factory=_latest)


@dataclass
class BusCounters:
    """Outcomes of the events of a region since its start.

    Every event received (``accepted`` by PutEvents, ``forwarded`` by another bus, ``replayed`` from
    an archive, ``scheduled`` by a rule or ``resumed`` from the time before the start) is
    ``matched`` by at least one rule, ``filtered``, or ``without_bus``. Every delivery, one for each
    target of a matching rule, is ``delivered``, ``dead_lettered`` or ``lost``. Pending ones are
    counted separately, in ``routing`` and ``delivering``, so that the counters do not balance by
    definition.
    """

    accepted: int = 0
    rejected: int = 0
    forwarded: int = 0
    replayed: int = 0
    scheduled: int = 0
    resumed: int = 0
    matched: int = 0
    filtered: int = 0
    without_bus: int = 0
    routing: int = 0
    deliveries: int = 0
    delivered: int = 0
    retried: int = 0
    dead_lettered: int = 0
    lost: int = 0
    delivering: int = 0
    time_on_bus: Times = field(default_factory=Times)
    rules: dict[str, RuleCounters] = field(default_factory=dict)  # by ARN

    @property
    def received(self) -> int:
        """Events received from any source."""
        return self.accepted + self.forwarded + self.replayed + self.scheduled + self.resumed

    @property
    def failed(self) -> int:
        """Deliveries that did not reach their target."""
        return self.dead_lettered + self.lost

    @property
    def pending(self) -> int:
        """Deliveries without an outcome yet."""
        return self.deliveries - self.delivered - self.failed

    @property
    def unrouted(self) -> int:
        """Received events without an outcome yet."""
        return self.received - self.matched - self.filtered - self.without_bus

    @property
    def imbalance(self) -> int:
        """Events and deliveries without any counted outcome; zero unless there is a defect."""
        return abs(self.unrouted - self.routing) + abs(self.pending - self.delivering)

    def of_rule(self, arn: str) -> RuleCounters:
        """Return the counters of one rule."""
        found = self.rules.get(arn)
        if found is None:
            found = self.rules[arn] = RuleCounters()
        return found

    def note_delivery(self, bus_time_s: float, rule_arn: str) -> None:
        """Count a delivery and the seconds from the event's acceptance to its target's."""
        rule = self.of_rule(rule_arn)
        self.delivered += 1
        rule.delivered += 1
        self.time_on_bus.note(bus_time_s)
        rule.ends_s.append(bus_time_s)

    def note_retry(self, rule_arn: str) -> None:
        """Count a retry of a delivery."""
        self.retried += 1
        self.of_rule(rule_arn).retried += 1

    def note_dead_letter(self, rule_arn: str) -> None:
        """Count a delivery that ended in a dead-letter queue."""
        self.dead_lettered += 1
        self.of_rule(rule_arn).dead_lettered += 1

    def note_loss(self, rule_arn: str, *, letter_refused: bool) -> None:
        """Count a lost delivery: without a dead-letter queue, or with a rejected dead letter."""
        rule = self.of_rule(rule_arn)
        self.lost += 1
        rule.lost += 1
        rule.dead_letters_refused += letter_refused


@dataclass
class FailureCounters:
    """Outcomes of asynchronous invocations that Lambda gave up.

    A function may have a destination and a dead-letter queue, so one event may count in both.
    """

    given_up: int = 0
    to_destination: int = 0
    dead_lettered: int = 0
    undelivered: int = 0
    dropped: int = 0


def accounting(
    bus: BusCounters, failures: FailureCounters, handlers: Times | None = None
) -> Accounting:
    """Return the counters of a region as JSON-able data.

    Parameters
    ----------
    bus
        Outcomes of its events.
    failures
        Outcomes of invocations that Lambda gave up.
    handlers
        The time that functions ran, which is not time on the bus.

    Examples
    --------
    >>> counts = accounting(BusCounters(accepted=1, matched=1), FailureCounters())
    >>> counts["imbalance"], counts["events"]["matched"]
    (0, 1)
    """
    counts = asdict(replace(bus, rules={}))
    del counts["time_on_bus"], counts["rules"]
    return {
        "events": counts,
        "functions": asdict(failures),
        "time_on_bus": bus.time_on_bus.summary(),
        "time_in_handlers": (handlers or Times()).summary(),
        "imbalance": bus.imbalance,
    }


_ROWS = (
    ("accepted by PutEvents", "accepted"),
    ("forwarded by a bus", "forwarded"),
    ("replayed from an archive", "replayed"),
    ("sent by schedules", "scheduled"),
    ("from before the start", "resumed"),
    ("- matched by a rule", "matched"),
    ("- filtered", "filtered"),
    ("- for no bus", "without_bus"),
    ("- being matched", "routing"),
    ("deliveries to targets", "deliveries"),
    ("- delivered", "delivered"),
    ("- dead-lettered", "dead_lettered"),
    ("- lost", "lost"),
    ("- under way", "delivering"),
)
_ASIDE = (("rejected by PutEvents", "rejected"), ("retries", "retried"))


def table(regions: Mapping[str, Accounting]) -> str:
    """Return the event accounting of regions as text.

    Parameters
    ----------
    regions
        Region name -> counters.

    Examples
    --------
    >>> counts = accounting(BusCounters(accepted=2, matched=1, filtered=1), FailureCounters())
    >>> print(table({"us-east-1": counts}).splitlines()[1])
    accepted by PutEvents             2
    """
    if not regions:
        return "No region has been used yet."
    return "\n\n".join(_region_table(name, counts) for name, counts in regions.items())


def _region_table(name: str, counts: Accounting) -> str:
    events, functions = counts["events"], counts["functions"]
    lines = [f"Event accounting of {name}"]
    lines += [_row(label, events[key]) for label, key in _ROWS]
    lines.append(_row("imbalance", counts["imbalance"]))
    lines += [_row(label, events[key]) for label, key in _ASIDE]
    lines += [
        _row(f"given-up invocations, {key.replace('_', ' ')}", count)
        for key, count in functions.items()
        if count
    ]
    lines.append(_times("time on the bus", counts["time_on_bus"]))
    lines.append(_times("time in handlers", counts["time_in_handlers"]))
    return "\n".join(lines)


def _times(label: str, times: Mapping[str, float]) -> str:
    return (
        f"{label:<26}mean {times['mean_s'] * 1000:.1f} ms, longest {times['max_s'] * 1000:.1f} ms, "
        f"{times['count']:.0f} times"
    )


def _row(label: str, count: int) -> str:
    return f"{label:<26}{count:>9}" if len(label) <= 26 else f"{label} {count}"  # noqa: PLR2004 - the column's width
