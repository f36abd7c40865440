"""The CloudWatch metrics of buses and rules.

Rules of the default bus have the dimension RuleName, those of others EventBusName as well.
ThrottledRules is not published, because rules are not throttled here, and neither are zeros.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
"""

from collections import deque
from collections.abc import Iterator, Mapping

from tracing_lab.arns import parse_arn
from tracing_lab.embedded.cloudwatch.metrics import Dimensions, Measurement, Record
from tracing_lab.embedded.event_accounting import BusCounters, RuleCounters

_NAMESPACE = "AWS/Events"
_DEFAULT_BUS = "default"
_MS = "Milliseconds"

_Counts = Mapping[str, int]


class BusMetrics:
    """Publishes what the event buses of a region have counted since the last call."""

    def __init__(self, counters: BusCounters, record: Record) -> None:
        self._counters = counters
        self._record = record
        self._published: dict[str, _Counts] = {"": _totals(counters)}

    def publish(self) -> None:
        """Record what was counted since the last call."""
        self._publish("", _totals(self._counters), ())
        for arn, rule in list(self._counters.rules.items()):
            dimensions = dimensions_of(arn)
            self._publish(arn, _of_rule(rule), dimensions)
            for name, seconds in (("Start", rule.starts_s), ("Complete", rule.ends_s)):
                taken = [Measurement("", second * 1000, _MS) for second in _taken(seconds)]
                # metrics of rules have slightly different names
                self._note(f"IngestionToInvocation{name}Latency", taken, ())
                self._note(f"IngestiontoInvocation{name}Latency", taken, dimensions)

    def _publish(self, key: str, counts: _Counts, dimensions: Dimensions) -> None:
        before = self._published.get(key, {})
        self._published[key] = counts
        new = ((name, count - before.get(name, 0)) for name, count in counts.items())
        measurements = [Measurement(name, float(count)) for name, count in new if count]
        if measurements:
            self._record(_NAMESPACE, dimensions, measurements)

    def _note(self, name: str, taken: list[Measurement], dimensions: Dimensions) -> None:
        if taken:
            self._record(
                _NAMESPACE, dimensions, [measurement._replace(name=name) for measurement in taken]
            )


def dimensions_of(rule_arn: str) -> Dimensions:
    """Return the dimensions of a rule's metrics.

    Examples
    --------
    >>> dimensions_of("arn:aws:events:us-east-1:1:rule/shop/paid")
    (('EventBusName', 'shop'), ('RuleName', 'paid'))
    >>> dimensions_of("arn:aws:events:us-east-1:1:rule/paid")
    (('RuleName', 'paid'),)
    """
    bus, _, name = parse_arn(rule_arn).resource.removeprefix("rule/").rpartition("/")
    rule = ("RuleName", name)
    return (rule,) if bus in {"", _DEFAULT_BUS} else (("EventBusName", bus), rule)


def _totals(counters: BusCounters) -> _Counts:
    return {
        "PutEventsEntriesCount": counters.accepted + counters.rejected,
        "PutEventsFailedEntriesCount": counters.rejected,
        "MatchedEvents": counters.matched,
        "TriggeredRules": sum(rule.matched for rule in list(counters.rules.values())),
        "InvocationsCreated": counters.deliveries,
        "Invocations": counters.delivered + counters.failed,
        "InvocationAttempts": counters.delivered + counters.failed + counters.retried,
        "SuccessfulInvocationAttempts": counters.delivered,
        "FailedInvocations": counters.failed,
        "RetryInvocationAttempts": counters.retried,
        "InvocationsSentToDlq": counters.dead_lettered,
    }


def _of_rule(rule: RuleCounters) -> _Counts:
    failed = rule.dead_lettered + rule.lost
    return {
        "MatchedEvents": rule.matched,
        "TriggeredRules": rule.matched,
        "Invocations": rule.delivered + failed,
        "InvocationAttempts": rule.delivered + failed + rule.retried,
        "SuccessfulInvocationAttempts": rule.delivered,
        "FailedInvocations": failed,
        "RetryInvocationAttempts": rule.retried,
        "InvocationsSentToDlq": rule.dead_lettered,
        "InvocationsFailedToBeSentToDlq": rule.dead_letters_refused,
    }


def _taken(values: deque[float]) -> Iterator[float]:
    """Remove and yield the values; the event loop may add more meanwhile."""
    for _ in range(len(values)):
        yield values.popleft()
