"""Polling of queues, with a queue and functions that are fakes."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from specs import function_spec
from waiting import until

from tracing_lab.embedded.http.messages import HttpResponse, json_response
from tracing_lab.embedded.model import FunctionSpec, Invocation, InvokeResult, Throttled
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.queues.mappings import QueueMapping
from tracing_lab.embedded.queues.polling import QueuePolling
from tracing_lab.xray_model.trace_header import TraceHeader
from tracing_lab.xray_model.trace_links import Producer

ARN = "arn:aws:sqs:us-east-1:123456789012:q"
MAPPING = QueueMapping("m", ARN, "http://q", function_spec().arn)
Answer = Callable[[list[str]], Awaitable[InvokeResult]]


async def accepted(_bodies: list[str]) -> InvokeResult:
    return InvokeResult("id", b"null")


@dataclass
class World:
    """A queue whose received messages stay hidden, and a function."""

    answer: Answer = accepted
    mappings: list[QueueMapping] = field(default_factory=lambda: [MAPPING])
    waiting: list[str] = field(default_factory=list)
    hidden: dict[str, str] = field(default_factory=dict)
    batches: list[list[str]] = field(default_factory=list)
    may_receive: bool = True
    exists: bool = True
    unreadable: bool = False
    reads: int = 0
    receives: int = 0
    attributes: dict[str, str] = field(default_factory=dict)
    producers: list[tuple[Producer, ...]] = field(default_factory=list)

    def read_mappings(self) -> list[QueueMapping]:
        self.reads += 1
        if self.unreadable:
            raise RuntimeError(ARN)
        return self.mappings

    def polling(self) -> QueuePolling:
        return QueuePolling(
            "us-east-1",
            mappings=self.read_mappings,
            has_messages=lambda _: bool(self.waiting),
            call=self.call,
            function=self.function,
            invoke=self.invoke,
            may_receive=lambda _function, _arn: self.may_receive,
            interval_s=0.001,
        )

    async def call(self, call: ApiCall) -> HttpResponse:
        assert (call.service, call.region, call.members["QueueUrl"]) == (
            "sqs",
            "us-east-1",
            "http://q",
        )
        if call.operation == "DeleteMessageBatch":
            assert len(call.members["Entries"]) <= 10
            for entry in call.members["Entries"]:
                del self.hidden[entry["ReceiptHandle"]]
            return json_response(200, {"Successful": [], "Failed": []})
        assert (call.operation, call.members["WaitTimeSeconds"]) == ("ReceiveMessage", 0)
        most = call.members["MaxNumberOfMessages"]
        assert 1 <= most <= 10
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        self.hidden |= {body: body for body in taken}
        self.receives += bool(taken)
        ids = [
            {
                "MessageId": one,
                "ReceiptHandle": one,
                "Body": one,
                "MD5OfBody": "",
                "Attributes": self.attributes,
            }
            for one in taken
        ]
        return json_response(200, {"Messages": ids} if ids else {})

    def function(self, arn: str) -> FunctionSpec:
        if not self.exists:
            raise KeyError(arn)
        return function_spec()

    async def invoke(self, invocation: Invocation) -> InvokeResult:
        bodies = [one["body"] for one in json.loads(invocation.payload)["Records"]]
        self.batches.append(bodies)
        self.producers.append(invocation.producers)
        return await self.answer(bodies)


@asynccontextmanager
async def polled(world: World) -> AsyncIterator[None]:
    polling = world.polling()
    task = asyncio.create_task(polling.run())
    try:
        yield
    finally:
        task.cancel()
        await polling.close()


def run(world: World, condition: Callable[[], object]) -> None:
    async def until_it_is_so() -> None:
        async with polled(world):
            await until(condition)

    asyncio.run(until_it_is_so())


def mapping(**changes: Any) -> QueueMapping:
    return QueueMapping("m", ARN, "http://q", function_spec().arn, **changes)


def test_processed_messages_are_deleted_each_once() -> None:
    world = World(waiting=[str(number) for number in range(25)])
    run(world, lambda: sum(map(len, world.batches)) == 25 and not world.hidden)
    assert sorted(int(body) for batch in world.batches for body in batch) == list(range(25))
    assert max(map(len, world.batches)) == 10


def test_a_batch_has_at_most_its_size() -> None:
    world = World(mappings=[mapping(batch_size=2)], waiting=list("abcde"))
    run(world, lambda: not world.waiting and not world.hidden)
    assert sorted(map(len, world.batches)) == [1, 2, 2]


def test_a_large_batch_is_collected_in_its_window() -> None:
    world = World(mappings=[mapping(batch_size=25, window_s=0.05)])
    world.waiting = [str(number) for number in range(25)]
    run(world, lambda: world.batches and not world.hidden)
    assert [len(batch) for batch in world.batches] == [25]


def test_messages_of_a_failed_run_are_not_deleted() -> None:
    async def failing(_bodies: list[str]) -> InvokeResult:
        return InvokeResult("id", b"{}", function_error="Unhandled")

    world = World(answer=failing, waiting=["a", "b"])
    run(world, lambda: world.batches)
    assert world.hidden == {"a": "a", "b": "b"}


def test_a_throttled_batch_is_tried_again_while_its_messages_are_hidden() -> None:
    async def busy_at_first(_bodies: list[str]) -> InvokeResult:
        if len(world.batches) < 3:
            raise Throttled
        return InvokeResult("id", b"null")

    world = World(answer=busy_at_first, waiting=["a"])
    run(world, lambda: world.batches and not world.hidden)
    assert world.batches == [["a"]] * 3
    assert world.receives == 1  # each receive counts towards the dead-letter queue


def test_a_batch_that_is_too_large_for_an_event_becomes_several() -> None:
    bodies = [str(number) * 600_000 for number in range(4)]  # which are also their ids and handles
    world = World(waiting=list(bodies))
    run(world, lambda: sum(map(len, world.batches)) == 4 and not world.hidden)
    assert world.batches == [bodies[:3], bodies[3:]]


@pytest.mark.parametrize("kind, events", [(".fifo", 1), ("", 2)])
def test_after_a_failure_a_fifo_queue_goes_no_further(kind: str, events: int) -> None:
    async def failing(_bodies: list[str]) -> InvokeResult:
        return InvokeResult("id", b"{}", function_error="Unhandled")

    bodies = [str(number) * 600_000 for number in range(4)]
    arn = ARN + kind
    chosen = QueueMapping("m", arn, "http://q", function_spec().arn)
    world = World(answer=failing, mappings=[chosen], waiting=list(bodies))
    run(world, lambda: len(world.batches) == events)
    assert len(world.hidden) == 4


def test_what_has_sent_messages_is_known_to_the_function() -> None:
    root, parent = "1-6b042ac0-5d09aa705e56bbd015254801", "53995c3f42cd8ad8"
    header = TraceHeader(root, parent, sampled=True)
    sent = {"AWSTraceHeader": header.format(), "SentTimestamp": "1795435200250"}
    world = World(waiting=["a"], attributes=sent)
    run(world, lambda: world.batches and not world.hidden)
    assert world.producers == [(Producer(header, 1795435200.25),)]


@pytest.mark.parametrize("error", [Throttled(), KeyError("gone"), RuntimeError("broken")])
def test_messages_that_reach_no_function_stay(error: Exception) -> None:
    async def failing(_bodies: list[str]) -> InvokeResult:
        raise error

    world = World(answer=failing, mappings=[mapping(visibility_s=0.0)], waiting=["a"])
    run(world, lambda: world.batches)
    assert world.hidden == {"a": "a"}


def test_only_reported_messages_stay() -> None:
    async def partly(_bodies: list[str]) -> InvokeResult:
        report = {"batchItemFailures": [{"itemIdentifier": "b"}]}
        return InvokeResult("id", json.dumps(report).encode())

    world = World(answer=partly, mappings=[mapping(reports_failures=True)], waiting=list("abc"))
    run(world, lambda: world.batches and len(world.hidden) == 1)
    assert world.hidden == {"b": "b"}


def test_messages_that_do_not_pass_the_filters_are_deleted() -> None:
    chosen = mapping(filters=("x",), matches=lambda message: message["body"] == "b")
    world = World(mappings=[chosen], waiting=list("abc"))
    run(world, lambda: world.batches and not world.hidden)
    assert world.batches == [["b"]]


def test_no_more_events_run_at_once_than_the_mapping_allows() -> None:
    running, most = 0, 0

    async def slow(_bodies: list[str]) -> InvokeResult:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return InvokeResult("id", b"null")

    limited = mapping(batch_size=1, max_concurrency=2)
    world = World(answer=slow, mappings=[limited], waiting=list("abcdef"))
    run(world, lambda: len(world.batches) == 6 and not world.hidden)
    assert most == 2


@pytest.mark.parametrize("may_receive, exists", [(False, True), (True, False)])
def test_nothing_is_received_for_a_function_that_cannot_have_it(
    *, may_receive: bool, exists: bool
) -> None:
    looks = 0

    def looked() -> bool:
        nonlocal looks
        looks += 1
        return looks > 10

    world = World(waiting=["a"], may_receive=may_receive, exists=exists)
    run(world, looked)
    assert (world.waiting, world.batches) == (["a"], [])


def test_what_was_received_is_processed_when_the_mapping_goes() -> None:
    async def slow(_bodies: list[str]) -> InvokeResult:
        world.mappings = []
        await until(reads(world, MANY_READS))
        return InvokeResult("id", b"null")

    world = World(answer=slow, waiting=["a"])
    run(world, lambda: world.batches and not world.hidden)
    assert (world.batches, world.hidden) == ([["a"]], {})


def test_a_mapping_that_comes_back_is_polled_by_one_task() -> None:
    running, most = 0, 0

    async def counted(bodies: list[str]) -> InvokeResult:
        nonlocal running, most
        if bodies == ["first"]:
            world.mappings = []
            await until(reads(world, MANY_READS))
            world.mappings = [limited]
            await until(reads(world, MANY_READS))
            world.waiting = list("abcdef")
            return InvokeResult("id", b"null")
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return InvokeResult("id", b"null")

    limited = mapping(batch_size=1, max_concurrency=1)
    world = World(answer=counted, mappings=[limited], waiting=["first"])
    run(world, lambda: len(world.batches) == 7 and not world.hidden)
    assert most == 1


MANY_READS = 20


def test_a_mapping_that_is_gone_is_polled_no_more() -> None:
    world = World(waiting=["a"])

    async def scenario() -> None:
        async with polled(world):
            await until(lambda: world.batches and not world.hidden)
            world.mappings = []
            await until(reads(world, MANY_READS))
            world.waiting = ["b"]
            await until(reads(world, MANY_READS))

    asyncio.run(scenario())
    assert (world.batches, world.waiting) == ([["a"]], ["b"])


def test_mappings_that_cannot_be_read_for_a_while_are_polled_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World(waiting=["a"], unreadable=True)

    async def scenario() -> None:
        async with polled(world):
            await until(reads(world, MANY_READS))
            assert world.waiting == ["a"]
            world.unreadable = False
            await until(lambda: world.batches and not world.hidden)
            world.unreadable = True
            world.waiting = ["b"]
            await until(lambda: len(world.batches) > 1 and not world.hidden)

    asyncio.run(scenario())
    assert world.batches == [["a"], ["b"]]
    assert [record.message for record in caplog.records] == [
        "the event source mappings cannot be read; they stay as they are"
    ] * 2


def reads(world: World, count: int) -> Callable[[], bool]:
    """Return whether the mappings have been read so often from now on."""
    before = world.reads
    return lambda: world.reads >= before + count
