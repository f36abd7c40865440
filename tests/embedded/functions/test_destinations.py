"""Where invocations go that Lambda gives up."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from specs import FakeCatalog, function_spec

from tracing_lab.embedded.cloudwatch.metrics import Dimensions, Measurement
from tracing_lab.embedded.event_accounting import FailureCounters
from tracing_lab.embedded.functions.accepted import AcceptedInvocation
from tracing_lab.embedded.functions.destinations import Destinations
from tracing_lab.embedded.functions.failures import EndedEvent
from tracing_lab.embedded.functions.tracing import RequestTrace
from tracing_lab.embedded.model import FunctionSpec, Invocation, InvokeResult, QueueMessage
from tracing_lab.xray_model.trace_header import TraceHeader

ARN = "arn:aws:{}:us-east-1:123456789012:{}"
QUEUE, LETTERS = ARN.format("sqs", "failed"), ARN.format("sqs", "letters")
BUS = ARN.format("events", "event-bus/shop")
REPAIR = ARN.format("lambda", "function:repair")
HEADER = TraceHeader("1-6b042ac0-5d09aa705e56bbd015254801")
PAY = function_spec("pay")


class World(FakeCatalog):
    """Everything around; also the catalog, in which each function but ``gone`` exists."""

    def __init__(self, *, closed: bool = False, may_deliver: bool = True) -> None:
        super().__init__({})
        self.closed = closed
        self.may_deliver = may_deliver
        self.metrics: list[str] = []
        self.messages: list[QueueMessage] = []
        self.invocations: list[Invocation] = []
        self.put: list[tuple[Mapping[str, Any], TraceHeader | None]] = []

    def function(self, name_or_arn: str, qualifier: str | None = None) -> FunctionSpec:
        if name_or_arn.endswith("gone"):
            raise KeyError(name_or_arn)
        return replace(PAY, arn=name_or_arn, version=qualifier or "$LATEST")

    async def accept(self, invocation: Invocation) -> str:
        self.invocations.append(invocation)
        return ""

    async def put_events(
        self, body: Mapping[str, Any], header: TraceHeader | None
    ) -> dict[str, Any]:
        self.put.append((body, header))
        failure = {"ErrorCode": "x", "ErrorMessage": "refused"}
        return {"FailedEntryCount": int(self.closed), "Entries": [failure]}

    def record(
        self, namespace: str, dimensions: Dimensions, measurements: Iterable[Measurement]
    ) -> None:
        assert (namespace, dimensions) == ("AWS/Lambda", (("FunctionName", "pay"),))
        self.metrics += [one.name for one in measurements]

    async def send_message(self, message: QueueMessage) -> None:
        self.messages.append(message)


def request(function: FunctionSpec) -> AcceptedInvocation:
    trace = RequestTrace(HEADER, active=True)
    return AcceptedInvocation(Invocation(function, b'{"id": 7}'), "r", trace, arrival_ns=0)


def give_up(world: World, **settings: Any) -> FailureCounters:
    result = InvokeResult("r", b'{"errorMessage": "no"}', function_error="Unhandled")
    function = replace(PAY, **settings)
    event = EndedEvent(request(function), "RetriesExhausted", 3, result, 10**9)
    return sent(world, event)


def sent(world: World, event: EndedEvent) -> FailureCounters:
    destinations = Destinations(
        catalog=world,
        accept=world.accept,
        put_events=world.put_events,
        send_message=world.send_message,
        may_deliver=lambda _function, _arn: world.may_deliver,
        record=world.record,
    )
    asyncio.run(destinations.send(event))
    return destinations.counters


def test_without_settings_the_event_is_dropped() -> None:
    assert give_up(World()) == FailureCounters(given_up=1, dropped=1)


@pytest.mark.parametrize("arn", [QUEUE, ARN.format("sns", "topic")])
def test_a_queue_or_topic_gets_the_record_in_the_same_trace(arn: str) -> None:
    world = World()
    assert give_up(world, on_failure_arn=arn) == FailureCounters(given_up=1, to_destination=1)
    (message,) = world.messages
    assert json.loads(message.body)["requestPayload"] == {"id": 7}
    assert (message.queue_arn, message.trace_header) == (arn, HEADER)
    assert message.principal is None  # the function's role sends it, not a service


def test_a_function_gets_the_record() -> None:
    world = World()
    give_up(world, on_failure_arn=f"{REPAIR}:live")
    (invocation,) = world.invocations
    assert (invocation.function.arn, invocation.function.version) == (REPAIR, "live")
    assert json.loads(invocation.payload)["requestContext"]["approximateInvokeCount"] == 3
    assert invocation.trace_header == HEADER


def test_a_bus_gets_an_event_from_lambda() -> None:
    world = World()
    give_up(world, on_failure_arn=BUS)
    ((body, header),) = world.put
    (entry,) = body["Entries"]
    assert json.loads(entry.pop("Detail"))["responsePayload"] == {"errorMessage": "no"}
    assert entry == {
        "EventBusName": BUS,
        "Source": "lambda",
        "DetailType": "Lambda Function Invocation Result - Failure",
        "Resources": [BUS, f"{PAY.arn}:$LATEST"],
    }
    assert header == HEADER


def test_dead_letters_get_the_event_itself() -> None:
    world = World()
    counters = give_up(world, on_failure_arn=QUEUE, dead_letter_arn=LETTERS)
    assert counters == FailureCounters(given_up=1, to_destination=1, dead_lettered=1)
    letter = world.messages[1]
    assert (letter.queue_arn, letter.body, letter.trace_header) == (LETTERS, '{"id": 7}', HEADER)
    assert letter.attributes == {"RequestID": "r", "ErrorCode": 200, "ErrorMessage": "no"}


@pytest.mark.parametrize(
    "arn, reason",
    [
        (BUS, "rejected the record"),
        (ARN.format("lambda", "function:gone"), "KeyError"),
        (ARN.format("s3", "bucket"), "not simulated"),
        ("queue", "not simulated"),
    ],
)
def test_what_cannot_be_sent_is_logged_and_does_not_stop_the_rest(
    arn: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(closed=True)
    counters = give_up(world, on_failure_arn=arn, dead_letter_arn=LETTERS)
    assert counters == FailureCounters(given_up=1, undelivered=1, dead_lettered=1)
    assert reason in caplog.text


def test_a_success_goes_to_its_own_destination_only() -> None:
    world = World()
    function = replace(PAY, on_success_arn=BUS, on_failure_arn=QUEUE, dead_letter_arn=LETTERS)
    result = InvokeResult("r", b'{"paid": true}')
    event = EndedEvent(request(function), "Success", 1, result, 10**9)
    assert sent(world, event) == FailureCounters()
    ((body, _header),) = world.put
    (entry,) = body["Entries"]
    assert entry["DetailType"] == "Lambda Function Invocation Result - Success"
    record = json.loads(entry["Detail"])
    assert record["requestContext"]["condition"] == "Success"
    assert record["responsePayload"] == {"paid": True}
    assert "functionError" not in record["responseContext"]
    assert world.messages == []


def test_what_is_lost_shows_in_the_function_s_metrics() -> None:
    world = World(closed=True)
    give_up(world, on_failure_arn=BUS, dead_letter_arn="nowhere")
    give_up(world)
    assert world.metrics == ["DestinationDeliveryFailures", "AsyncEventsDropped"]


def test_a_role_that_may_not_send_loses_the_event() -> None:
    world = World(may_deliver=False)
    counters = give_up(world, on_failure_arn=QUEUE, dead_letter_arn=LETTERS)
    assert counters == FailureCounters(given_up=1, undelivered=2)
    assert world.metrics == ["DestinationDeliveryFailures", "DeadLetterErrors"]
