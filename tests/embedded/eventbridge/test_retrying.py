"""Retries of a delivery, and what becomes of an event that no target takes."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tracing_lab.embedded.event_accounting import BusCounters
from tracing_lab.embedded.eventbridge.delivery import Delivery
from tracing_lab.embedded.eventbridge.entries import replayed_event
from tracing_lab.embedded.eventbridge.retrying import RetryingDelivery
from tracing_lab.embedded.model import QueueMessage, RuleSpec, TargetSpec, Throttled


class World:
    """Targets that fail a few times, and a dead-letter queue."""

    def __init__(self, *errors: Exception, clock: Callable[[], float] = lambda: 0.0) -> None:
        self.errors = list(errors)
        self.attempts = 0
        self.letters: list[QueueMessage] = []
        self.counters = BusCounters()
        targets: Any = self
        self.delivery = RetryingDelivery(
            targets, self.counters, send_message=self.send_message, clock=clock, delays=(0.0,)
        )

    async def send(self, _delivery: Delivery) -> None:
        self.attempts += 1
        if self.errors:
            raise self.errors.pop(0)

    async def send_message(self, message: QueueMessage) -> None:
        self.letters.append(message)

    def deliver(self, **target: Any) -> None:
        event = replayed_event({"id": "e"}, bus="b", replay="r", only_rules=frozenset(), now_s=0.0)
        spec = TargetSpec("1", "arn:aws:lambda:r:1:function:pay", **target)
        rule = RuleSpec("pay", "arn:rule", {}, (spec,))
        asyncio.run(self.delivery.deliver(Delivery(event, rule, spec)))


def test_throttled_and_broken_deliveries_are_tried_again() -> None:
    world = World(Throttled(), RuntimeError("broken"), Throttled())
    world.deliver()
    assert (world.attempts, world.counters.retried, world.counters.delivered) == (4, 3, 1)


def test_retries_end(caplog: pytest.LogCaptureFixture) -> None:
    world = World(*[Throttled() for _ in range(10)])
    world.deliver(max_retries=2)
    assert (world.attempts, world.counters.failed) == (3, 1)
    assert "THROTTLING: gave up after 3 attempts" in caplog.text


def test_an_event_that_is_too_old_is_not_retried() -> None:
    times = iter([0.0, 100.0])
    world = World(Throttled(), clock=lambda: next(times))
    world.deliver(max_event_age_s=60)
    assert (world.attempts, world.counters.failed) == (1, 1)


def test_what_no_retry_helps_goes_to_the_dead_letter_queue_as_it_came() -> None:
    world = World(*[Throttled() for _ in range(2)])
    world.deliver(max_retries=1, dead_letter_arn="arn:letters")
    (letter,) = world.letters
    assert (letter.queue_arn, letter.body) == ("arn:letters", '{"id":"e","replay-name":"r"}')
    assert letter.attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert world.counters.dead_lettered == 1
