"""Schedule expressions, most of them seen to be accepted or rejected by AWS, and their events."""

import asyncio
import json
import uuid
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st
from specs import ACCOUNT, REGION, FakeCatalog

from tracing_lab.embedded.eventbridge.bus import Bus
from tracing_lab.embedded.eventbridge.schedules import RuleSchedules, is_schedule
from tracing_lab.embedded.model import Invocation, QueueMessage, RuleSpec, TargetSpec
from tracing_lab.embedded.storage.durable_map import DurableMap
from tracing_lab.embedded.storage.durable_queue import DurableQueue


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 minute)",
        "rate(1 hour)",
        "rate(1 day)",
        "rate(10 minutes)",
        "cron(0 10 * * ? *)",
        "cron(15 12 * * ? *)",
        "cron(0 18 ? * MON-FRI *)",
        "cron(0 8 1 * ? *)",
        "cron(0/15 * * * ? *)",
        "cron(0/5 8-17 ? * MON-FRI *)",
        "cron(0/30 20-23 ? * MON-FRI *)",
        "cron(0 0 L * ? *)",
        "cron(0 0 3W * ? *)",
        "cron(0 0 ? JAN,jul 6#3 *)",
        "cron(0 0 ? * 6L 2026-2030)",
        "cron(0 20 * * ? 2500)",  # beyond the documented years, but accepted
    ],
)
def test_valid_schedules(expression: str) -> None:
    assert is_schedule(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "rate(10 seconds)",
        "rate(10 years)",
        "rate(1 minutes)",
        "rate(1 days)",
        "rate(10 minute)",
        "rate()",
        "rate(10)",
        "rate(10 minutess)",
        "rate(foo minutes)",
        "rate(0 minutes)",
        "rate(-10 minutes)",
        "rate(10 MINUTES)",
        "rate( 10 minutes )",
        " rate(10 minutes)",
        "cron(INVALID)",
        "cron(0 1 * * * *)",  # neither field of days is ?
        "cron(0 1 ? * ? *)",
        "cron(0 1 * * ?)",
        "cron(71 8 1 * ? *)",
        "cron(0 24 1 * ? *)",
        "cron(0 8 32 * ? *)",
        "cron(0 8 32W * ? *)",
        "cron(0 8 1 13 ? *)",
        "cron(0 8 ? * 8 *)",
        "cron(0 8 ? * MON#6 *)",
        "cron(0 8 1#2 * ? *)",
        "cron(0/0 8 1 * ? *)",
        "cron(1-2-3 8 1 * ? *)",
        "cron(0  8 1 * ? *)",
        "",
    ],
)
def test_invalid_schedules(expression: str) -> None:
    assert not is_schedule(expression)


@given(st.from_regex(r"(rate|cron)\([0-9A-Z#,/*? -]{0,20}\)", fullmatch=True) | st.text())
def test_any_text_is_judged(expression: str) -> None:
    assert is_schedule(expression) in {True, False}


SQS, NOON = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q", 1_795_953_600.0


def scheduled(name: str, expression: str, *targets: TargetSpec, **pattern: Any) -> RuleSpec:
    arn = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"
    return RuleSpec(name, arn, pattern, targets or (TargetSpec("1", SQS),), expression)


class Region(FakeCatalog):
    """A bus whose schedules fire when its clock is moved."""

    def __init__(self, folder: Path, *rules: RuleSpec) -> None:
        self.now_s = NOON
        super().__init__({"default": rules})
        self.rules_of_schedules = tuple(rule for rule in rules if rule.schedule)
        self.sent: list[QueueMessage] = []
        self.fails = 0
        self.bus = Bus(
            catalog=self,
            accept=self.accept,
            send_message=self.send,
            clock=lambda: self.now_s,
            delays=(0,),
            queue=DurableQueue(folder / "bus.jsonl"),
        )
        begun = DurableMap[str](folder / "begun.log")
        clock: partial[float] = partial(getattr, self, "now_s")
        self.timetable = RuleSchedules(self, self.bus.publish, begun, clock=clock).timetable
        self.timetable.refresh()

    def scheduled_rules(self) -> tuple[RuleSpec, ...]:
        return self.rules_of_schedules

    async def accept(self, _invocation: Invocation) -> str:
        return "r"

    async def send(self, message: QueueMessage) -> None:
        if self.fails:
            self.fails -= 1
            raise TimeoutError
        self.sent.append(message)

    def change(self, *rules: RuleSpec) -> None:
        self.buses["default"] = rules
        self.rules_of_schedules = rules

    async def pass_s(self, seconds: float) -> None:
        self.now_s += seconds
        self.timetable.refresh()
        self.timetable.fire_due()
        await self.bus.drain()


def sent_after(region: Region, *seconds: float) -> list[QueueMessage]:
    async def run() -> None:
        for step in seconds:
            await region.pass_s(step)

    asyncio.run(run())
    return region.sent


def test_the_event_of_a_schedule(tmp_path: Path) -> None:
    rule = scheduled("r", "rate(5 minutes)")
    region = Region(tmp_path, rule)
    (message,) = sent_after(region, 0.5, 299.7)
    event = json.loads(message.body)
    assert uuid.UUID(event.pop("id")).version == 4
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": "2026-11-29T12:05:00Z",
        "region": REGION,
        "resources": [rule.arn],
        "detail": {},
    }
    assert message.principal == "events.amazonaws.com"
    assert message.source_arn == rule.arn
    assert message.trace_header is None
    assert region.bus.counters.scheduled == region.bus.counters.matched == 1
    assert region.bus.counters.imbalance == region.bus.counters.accepted == 0


def test_inputs_are_honoured(tmp_path: Path) -> None:
    transformer = {"InputPathsMap": {"at": "$.time"}, "InputTemplate": '{"at": <at>}'}
    targets = (
        TargetSpec("1", SQS, input='{"a": 1}'),
        TargetSpec("2", SQS, input_path="$.detail"),
        TargetSpec("3", SQS, input_transformer=transformer),
    )
    found = sent_after(Region(tmp_path, scheduled("r", "cron(1 12 * * ? *)", *targets)), 61)
    bodies = sorted(message.body for message in found)
    assert bodies == ['{"a": 1}', '{"at": "2026-11-29T12:01:00Z"}', "{}"]


def test_only_the_rule_itself_receives_its_event(tmp_path: Path) -> None:
    everything = RuleSpec("all", "arn:all", {"source": ["aws.events"]}, (TargetSpec("1", SQS),))
    both = scheduled("both", "rate(1 minute)", source=["shop"])
    found = sent_after(Region(tmp_path, everything, both), 61)
    assert [message.source_arn for message in found] == [both.arn]


def test_a_rule_that_was_disabled_in_between_is_silent(tmp_path: Path) -> None:
    rule = scheduled("r", "rate(1 minute)")
    region = Region(tmp_path, rule)
    region.change()
    assert sent_after(region, 61, 60) == []
    region.change(rule)  # from now on it counts again
    assert sent_after(region, 10, 59) == []
    assert len(sent_after(region, 2)) == 1


def test_failed_events_of_schedules_are_retried_and_become_dead_letters(tmp_path: Path) -> None:
    target = TargetSpec("1", SQS, dead_letter_arn=f"{SQS}-dead", max_retries=2)
    region = Region(tmp_path, scheduled("r", "rate(1 minute)", target))
    region.fails = 3
    (letter,) = sent_after(region, 61)
    assert letter.queue_arn == f"{SQS}-dead"
    assert letter.attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"
    assert json.loads(letter.body)["source"] == "aws.events"
    assert region.bus.counters.retried == 2


def test_another_bus_gets_the_event_by_its_pattern(tmp_path: Path) -> None:
    other = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/other"
    region = Region(tmp_path, scheduled("r", "rate(1 minute)", TargetSpec("1", other)))
    region.buses["other"] = (
        RuleSpec("o", "arn:o", {"source": ["aws.events"]}, (TargetSpec("1", SQS),)),
    )
    assert [message.source_arn for message in sent_after(region, 61)] == ["arn:o"]


def test_an_accepted_event_of_a_schedule_survives_the_process(tmp_path: Path) -> None:
    rule = scheduled("r", "rate(1 minute)")
    region = Region(tmp_path, rule)

    async def fire_and_die() -> None:
        region.now_s += 60
        region.timetable.fire_due()
        await region.bus.close()

    asyncio.run(fire_and_die())
    assert region.sent == []
    later = Region(tmp_path, rule)

    async def resume() -> None:
        later.bus.resume()
        await later.bus.drain()

    asyncio.run(resume())
    assert [message.source_arn for message in later.sent] == [rule.arn]
