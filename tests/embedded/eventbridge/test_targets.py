"""Targets beside Lambda, dead letters and replays, with fakes in the place of services."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest
from specs import FakeCatalog

from tracing_lab.embedded.eventbridge.bus import Bus
from tracing_lab.embedded.model import Invocation, QueueMessage, RuleSpec, TargetSpec, Throttled
from tracing_lab.xray_model.trace_header import TraceHeader

ACCOUNT, REGION = "123456789012", "us-east-1"
EVENTS = f"arn:aws:events:{REGION}:{ACCOUNT}"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
LETTERS = f"arn:aws:sqs:{REGION}:{ACCOUNT}:letters"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/events/shop:*"
PAY = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:pay"
HEADER = TraceHeader("1-6b042ac0-5d09aa705e56bbd015254801", sampled=True)
ENTRY = {"EventBusName": "shop", "Source": "shop", "DetailType": "Order", "Detail": '{"id":7}'}
NOW_S = 1_795_435_200.5


def bus_arn(name: str) -> str:
    return f"{EVENTS}:event-bus/{name}"


def rule(bus: str, *targets: TargetSpec) -> RuleSpec:
    return RuleSpec("all", f"{EVENTS}:rule/{bus}/all", {"source": ["shop"]}, targets)


def catalog_of(**buses: RuleSpec) -> FakeCatalog:
    """Return a catalog of buses with a rule each, which may not invoke functions."""
    return FakeCatalog({name: (one,) for name, one in buses.items()}, forbidden=PAY)


class World:
    """Everything around a bus; queues can refuse the first few messages."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.messages: list[QueueMessage] = []
        self.lines: list[tuple[str, str, list[tuple[int, str]]]] = []
        self.archived: list[Any] = []

    async def accept(self, invocation: Invocation) -> str:
        raise AssertionError(invocation)

    async def send_message(self, message: QueueMessage) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.messages.append(message)

    async def write_logs(self, group: str, stream: str, events: list[tuple[int, str]]) -> None:
        if group != "/aws/events/shop":
            raise KeyError(group)
        self.lines.append((group, stream, events))

    async def archive(self, payload: bytes) -> None:
        self.archived.append(json.loads(payload))

    def bus(self, catalog: FakeCatalog) -> Bus:
        return Bus(
            catalog=catalog,
            accept=self.accept,
            send_message=self.send_message,
            write_logs=self.write_logs,
            archive=self.archive,
            clock=lambda: NOW_S,
            delays=(0,),
        )


def run(world: World, catalog: FakeCatalog, entries: Iterable[dict[str, str]] = (ENTRY,)) -> Bus:
    bus = world.bus(catalog)

    async def put_and_drain() -> None:
        await bus.put_events({"Entries": list(entries)}, HEADER)
        await bus.drain()

    asyncio.run(put_and_drain())
    assert bus.counters.imbalance == 0
    return bus


def test_a_queue_gets_the_transformed_event_and_the_trace() -> None:
    world = World()
    target = TargetSpec("1", QUEUE, input_path="$.detail", message_group_id="g")
    run(world, catalog_of(shop=rule("shop", target)))
    (message,) = world.messages
    assert (message.queue_arn, message.body, message.group_id) == (QUEUE, '{"id":7}', "g")
    assert message.trace_header == HEADER
    assert message.principal == "events.amazonaws.com"
    assert message.source_arn == f"{EVENTS}:rule/shop/all"


def test_a_log_group_gets_the_event_as_a_line() -> None:
    world = World()
    run(world, catalog_of(shop=rule("shop", TargetSpec("1", GROUP))))
    ((group, stream, ((time_ms, text),)),) = world.lines
    assert (group, time_ms) == ("/aws/events/shop", 1_795_435_200_500)
    assert stream
    assert json.loads(text)["detail"] == {"id": 7}


def test_a_template_may_set_time_and_text_of_a_log_line() -> None:
    world = World()
    template = {
        "InputPathsMap": {"id": "$.detail.id"},
        "InputTemplate": '{"timestamp": 1000, "message": "order <id>"}',
    }
    run(world, catalog_of(shop=rule("shop", TargetSpec("1", GROUP, input_transformer=template))))
    assert world.lines[0][2] == [(1000, "order 7")]


def test_another_bus_has_rules_of_its_own() -> None:
    world = World()
    first = rule("shop", TargetSpec("1", bus_arn("audit")))
    bus = run(world, catalog_of(shop=first, audit=rule("audit", TargetSpec("1", QUEUE))))
    assert world.messages[0].trace_header == HEADER
    counters = bus.counters
    assert (counters.accepted, counters.forwarded, counters.matched) == (1, 1, 2)


def test_an_event_goes_over_two_buses_and_never_in_a_circle() -> None:
    catalog = catalog_of(
        shop=rule("shop", TargetSpec("1", bus_arn("audit"))),
        audit=rule("audit", TargetSpec("1", bus_arn("shop"), dead_letter_arn=LETTERS)),
    )
    world = World()
    bus = run(world, catalog)
    (letter,) = world.messages
    assert letter.attributes["ERROR_CODE"] == "THIRD_ACCOUNT_HOP_DETECTED"
    assert (bus.counters.forwarded, bus.counters.dead_lettered) == (1, 1)


@pytest.mark.parametrize(
    "arn, code",
    [
        (bus_arn("gone"), "NO_RESOURCE"),
        (f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/shop", "INVALID_PARAMETER"),
        (PAY, "NO_PERMISSIONS"),
        (f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:gone", "NO_RESOURCE"),
        (f"arn:aws:logs:{REGION}:{ACCOUNT}:destination:x", "INVALID_PARAMETER"),
        (f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/x", "INVALID_PARAMETER"),
    ],
)
def test_what_cannot_be_delivered_is_dead_lettered_at_once(arn: str, code: str) -> None:
    world = World()
    target = TargetSpec("1", arn, dead_letter_arn=LETTERS)
    bus = run(world, catalog_of(shop=rule("shop", target)))
    (letter,) = world.messages
    assert letter.attributes["ERROR_CODE"] == code
    assert (bus.counters.dead_lettered, bus.counters.retried) == (1, 0)


@pytest.mark.parametrize(
    "error, code",
    [
        (KeyError("orders"), "NO_RESOURCE"),
        (PermissionError("no"), "NO_PERMISSIONS"),
        (ValueError("too long"), "INVALID_PARAMETER"),
    ],
)
def test_a_queue_that_refuses_is_not_asked_again(error: Exception, code: str) -> None:
    world = World(error)
    run(world, catalog_of(shop=rule("shop", TargetSpec("1", QUEUE, dead_letter_arn=LETTERS))))
    (letter,) = world.messages
    assert letter.attributes["ERROR_CODE"] == code


def test_a_dead_letter_is_the_event_with_what_went_wrong() -> None:
    world = World(Throttled(), Throttled())
    target = TargetSpec("1", QUEUE, input="1", dead_letter_arn=LETTERS, max_retries=1)
    run(world, catalog_of(shop=rule("shop", target)))
    (letter,) = world.messages
    assert (letter.queue_arn, letter.trace_header) == (LETTERS, HEADER)
    assert json.loads(letter.body)["detail"] == {"id": 7}
    assert letter.attributes == {
        "RULE_ARN": f"{EVENTS}:rule/shop/all",
        "TARGET_ARN": QUEUE,
        "ERROR_CODE": "THROTTLING",
        "ERROR_MESSAGE": "gave up after 2 attempts in 0 s, the last: throttled",
        "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": "1",
    }


def test_an_event_that_is_too_old_says_so() -> None:
    world = World()
    target = TargetSpec("1", QUEUE, dead_letter_arn=LETTERS, max_event_age_s=0)
    run(world, catalog_of(shop=rule("shop", target)))
    attributes = world.messages[0].attributes
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert attributes["ERROR_CODE"] == "INTERNAL_ERROR"


def test_an_event_whose_dead_letter_queue_refuses_is_lost(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(PermissionError("closed"), PermissionError("closed, too"))
    target = TargetSpec("1", QUEUE, dead_letter_arn=LETTERS)
    bus = run(world, catalog_of(shop=rule("shop", target)))
    assert (bus.counters.lost, bus.counters.dead_lettered) == (1, 0)
    assert "is lost" in caplog.text


def test_an_archive_s_own_rule_archives() -> None:
    world = World()
    template = {"InputTemplate": '{"archive-arn": "a", "event": <aws.events.event.json>}'}
    target = TargetSpec("1", f"arn:aws:events:{REGION}:::", input_transformer=template)
    run(world, catalog_of(shop=rule("shop", target)))
    assert world.archived[0]["event"]["detail"] == {"id": 7}


def replayed(world: World, catalog: FakeCatalog, **options: Any) -> Bus:
    bus = world.bus(catalog)

    async def replay() -> None:
        event = {"id": "e", "source": "shop", "detail": {"id": 7}}
        bus.replay([event], bus=bus_arn("shop"), name="again", **options)
        await bus.drain()

    asyncio.run(replay())
    assert bus.counters.imbalance == 0
    return bus


def test_a_replayed_event_is_marked_and_in_no_trace() -> None:
    world = World()
    bus = replayed(world, catalog_of(shop=rule("shop", TargetSpec("1", QUEUE))))
    (message,) = world.messages
    assert message.trace_header is None
    assert json.loads(message.body)["replay-name"] == "again"
    assert (bus.counters.replayed, bus.counters.accepted) == (1, 0)


def test_a_replay_may_be_for_some_rules_only() -> None:
    world = World()
    catalog = catalog_of(shop=rule("shop", TargetSpec("1", QUEUE)))
    bus = replayed(world, catalog, rule_arns=[f"{EVENTS}:rule/shop/other"])
    assert (world.messages, bus.counters.filtered) == ([], 1)


def test_the_books_of_many_orders_balance() -> None:
    catalog = catalog_of(
        shop=rule(
            "shop",
            TargetSpec("1", QUEUE, max_retries=2),
            TargetSpec("2", bus_arn("audit")),
            TargetSpec("3", PAY, dead_letter_arn=LETTERS),
            TargetSpec("4", PAY),
        ),
        audit=rule("audit", TargetSpec("1", GROUP)),
    )
    world = World(Throttled())  # for the first message
    other = {**ENTRY, "Source": "another"}
    nowhere = {**ENTRY, "EventBusName": "nope"}
    bus = run(world, catalog, [ENTRY] * 7 + [other, nowhere, {**ENTRY, "Detail": "{"}])
    counters = bus.counters
    assert (counters.accepted, counters.rejected, counters.forwarded) == (9, 1, 7)
    assert (counters.matched, counters.filtered, counters.without_bus) == (14, 1, 1)
    assert counters.deliveries == 4 * 7 + 7
    assert counters.delivered + counters.dead_lettered + counters.lost == counters.deliveries
    assert (counters.lost, counters.dead_lettered, counters.retried) == (7, 7, 1)
