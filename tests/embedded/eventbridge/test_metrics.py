"""What EventBridge publishes about buses and rules."""

from collections import defaultdict
from collections.abc import Iterable

from tracing_lab.embedded.cloudwatch.metrics import Dimensions, Measurement
from tracing_lab.embedded.event_accounting import BusCounters
from tracing_lab.embedded.eventbridge.metrics import BusMetrics

RULE = "arn:aws:events:us-east-1:123456789012:rule/shop/paid"
OF_RULE = (("EventBusName", "shop"), ("RuleName", "paid"))


class Recorded:
    """Sums of what was recorded, by dimensions."""

    def __init__(self) -> None:
        self.sums: dict[Dimensions, dict[str, float]] = defaultdict(dict)

    def record(
        self, namespace: str, dimensions: Dimensions, measurements: Iterable[Measurement]
    ) -> None:
        assert namespace == "AWS/Events"
        for name, value, _unit in measurements:
            self.sums[dimensions][name] = self.sums[dimensions].get(name, 0) + value


def test_buses_publish_what_is_new() -> None:
    recorded, counters = Recorded(), BusCounters(matched=5)
    published = BusMetrics(counters, recorded.record)
    published.publish()
    assert recorded.sums == {}
    counters.matched, counters.delivered, counters.lost = 7, 2, 1
    published.publish()
    published.publish()
    assert recorded.sums[()] == {
        "MatchedEvents": 2,
        "Invocations": 3,
        "InvocationAttempts": 3,
        "SuccessfulInvocationAttempts": 2,
        "FailedInvocations": 1,
    }


def test_a_rule_has_metrics_of_its_own() -> None:
    recorded, counters = Recorded(), BusCounters()
    published = BusMetrics(counters, recorded.record)
    counters.of_rule(RULE).matched = 4
    counters.of_rule(RULE).starts_s.extend([0.25, 0.5])
    counters.note_retry(RULE)
    counters.note_delivery(0.75, RULE)
    counters.note_dead_letter(RULE)
    counters.note_loss(RULE, letter_refused=True)
    counters.note_loss(RULE, letter_refused=False)
    published.publish()
    published.publish()
    assert recorded.sums[OF_RULE] == {
        "MatchedEvents": 4,
        "TriggeredRules": 4,
        "Invocations": 4,
        "InvocationAttempts": 5,
        "SuccessfulInvocationAttempts": 1,
        "FailedInvocations": 3,
        "RetryInvocationAttempts": 1,
        "InvocationsSentToDlq": 1,
        "InvocationsFailedToBeSentToDlq": 1,
        "IngestiontoInvocationStartLatency": 750,
        "IngestiontoInvocationCompleteLatency": 750,
    }
    assert recorded.sums[()]["TriggeredRules"] == 4
    assert recorded.sums[()]["IngestionToInvocationStartLatency"] == 750


def test_what_nobody_takes_away_does_not_grow_for_ever() -> None:
    rule = BusCounters().of_rule(RULE)
    rule.starts_s.extend([0.0] * 20_000)
    assert len(rule.starts_s) == 10_000


def test_events_of_schedules_were_not_put() -> None:
    recorded, counters = Recorded(), BusCounters()
    published = BusMetrics(counters, recorded.record)
    counters.scheduled = counters.matched = counters.deliveries = 2
    counters.of_rule("arn:aws:events:us-east-1:123456789012:rule/nightly").matched = 2
    published.publish()
    assert recorded.sums[()] == {
        "MatchedEvents": 2,
        "TriggeredRules": 2,
        "InvocationsCreated": 2,
    }
    assert recorded.sums[(("RuleName", "nightly"),)] == {"MatchedEvents": 2, "TriggeredRules": 2}
