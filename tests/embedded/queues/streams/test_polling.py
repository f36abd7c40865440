"""Polling of streams, with a stream and a function that are fakes."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from specs import function_spec
from waiting import until

from tracing_lab.embedded.model import FunctionSpec, Invocation, InvokeResult, Throttled
from tracing_lab.embedded.queues.streams.failures import GivenUp, failure_record
from tracing_lab.embedded.queues.streams.mappings import Record, RecordBatch, StreamMapping
from tracing_lab.embedded.queues.streams.polling import StreamPolling
from tracing_lab.embedded.storage.durable_map import DurableMap

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-11-29T10:00:00.000"
MAPPING = StreamMapping("m", ARN, function_spec().arn)
FIRST = 100
FAILED = InvokeResult("id", b"{}", "Unhandled")
DONE = InvokeResult("id", b"null")

Answer = Callable[[list[int]], InvokeResult]


def record(number: int, **more: Any) -> dict[str, Any]:
    change = {
        "SequenceNumber": str(FIRST + number),
        "ApproximateCreationDateTime": int(time.time()),
        **more,
    }
    return {"eventName": "INSERT", "dynamodb": change}


@dataclass
class World:
    """A stream and a function; records are known by their place in the stream."""

    folder: Path
    answer: Answer = lambda _numbers: DONE
    mapping: StreamMapping = MAPPING
    records: list[dict[str, Any]] = field(default_factory=list)
    trimmed: int = 0
    batches: list[list[int]] = field(default_factory=list)
    processed: list[int] = field(default_factory=list)
    given_up: list[tuple[str, list[int], int]] = field(default_factory=list)
    headers: set[Any] = field(default_factory=set)
    may_read: bool = True
    exists: bool = True
    is_wanted: bool = True
    reads: int = 0
    shard_id: str = "shard"

    def polling(self) -> StreamPolling:
        return StreamPolling(
            mappings=self.read_mappings,
            source=self,
            positions=DurableMap[str](self.folder / "positions.log"),
            function=self.function,
            invoke=self.invoke,
            may_read=lambda _function, _arn: self.may_read,
            give_up=self.give_up,
            interval_s=0.001,
        )

    def read_mappings(self) -> list[StreamMapping]:
        self.reads += 1
        return [self.mapping] if self.is_wanted else []

    def has_records(self, stream_arn: str, number: int) -> bool:
        assert stream_arn == ARN
        return FIRST + len(self.records) > number

    async def start(self, stream_arn: str, *, at_end: bool) -> int:
        assert stream_arn == ARN
        return FIRST + (len(self.records) if at_end else self.trimmed)

    async def read(self, stream_arn: str, number: int, limit: int) -> Sequence[Record]:
        assert stream_arn == ARN
        start = max(number - FIRST, self.trimmed)
        return self.records[start : start + limit]

    def function(self, arn: str) -> FunctionSpec:
        if not self.exists:
            raise KeyError(arn)
        return function_spec()

    async def invoke(self, invocation: Invocation) -> InvokeResult:
        event = json.loads(invocation.payload)["Records"]
        assert {entry["eventSourceARN"] for entry in event} == {ARN}
        numbers = numbers_of(event)
        self.batches.append(numbers)
        self.headers.add(invocation.trace_header)
        result = self.answer(numbers)
        self.processed += [] if result.failed else numbers
        return result

    async def give_up(self, given_up: GivenUp) -> None:
        numbers = numbers_of(given_up.batch.records)
        self.given_up.append((given_up.condition, numbers, given_up.batch.attempts))


def numbers_of(records: Sequence[Record]) -> list[int]:
    return [int(entry["dynamodb"]["SequenceNumber"]) - FIRST for entry in records]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def run(world: World, condition: Callable[[], object]) -> None:
    async def until_it_is_so() -> None:
        polling = world.polling()
        task = asyncio.create_task(polling.run())
        try:
            await until(condition)
        finally:
            task.cancel()
            await polling.close()

    asyncio.run(until_it_is_so())


def fail_with(*numbers: int) -> Answer:
    return lambda batch: FAILED if set(numbers) & set(batch) else DONE


def in_turn(*results: InvokeResult | Throttled) -> Answer:
    """Return a function that ends with some results, one after the other, and then succeeds."""
    left = iter(results)

    def answer(_numbers: list[int]) -> InvokeResult:
        result = next(left, DONE)
        if isinstance(result, Throttled):
            raise result
        return result

    return answer


def test_records_come_in_order_in_batches_without_an_upstream_trace(world: World) -> None:
    world.records = [record(number) for number in range(5)]
    world.mapping = replace(MAPPING, batch_size=2)
    run(world, lambda: len(world.processed) == 5)
    assert world.batches == [[0, 1], [2, 3], [4]]
    assert world.headers == {None}


def test_latest_begins_with_new_records(world: World) -> None:
    world.records = [record(0)]
    world.mapping = replace(MAPPING, starts_at_end=True)

    def add_once_started() -> bool:
        if len(world.records) == 1 and (world.folder / "positions.log").stat().st_size > 14:
            world.records.append(record(1))
        return bool(world.processed)

    run(world, add_once_started)
    assert world.batches == [[1]]


def test_a_position_is_kept_over_a_restart(world: World) -> None:
    world.records = [record(0)]
    run(world, lambda: world.processed == [0])
    world.records.append(record(1))
    run(world, lambda: world.processed == [0, 1])
    assert world.batches == [[0], [1]]


def test_what_fails_is_tried_again_and_holds_up_the_rest(world: World) -> None:
    world.records = [record(number) for number in range(3)]
    world.mapping = replace(MAPPING, batch_size=1)
    world.answer = in_turn(FAILED, Throttled("busy"), FAILED)
    run(world, lambda: len(world.processed) == 3)
    assert world.batches == [[0], [0], [0], [0], [1], [2]]
    assert world.given_up == []


def test_retries_end_and_a_throttled_run_is_none(world: World) -> None:
    world.records = [record(0), record(1)]
    world.mapping = replace(MAPPING, batch_size=1, most_retries=1)
    world.answer = in_turn(FAILED, Throttled("busy"), FAILED)
    run(world, lambda: world.processed == [1])
    assert world.batches == [[0], [0], [0], [1]]
    assert world.given_up == [("RetryAttemptsExhausted", [0], 2)]


def test_a_batch_is_split_until_the_bad_record_is_alone(world: World) -> None:
    world.records = [record(number) for number in range(4)]
    world.mapping = replace(MAPPING, bisects=True, most_retries=0)
    world.answer = fail_with(2)
    run(world, lambda: world.given_up and 3 in world.processed)
    assert world.batches == [[0, 1, 2, 3], [0, 1], [2, 3], [2], [3]]
    assert world.given_up == [("RetryAttemptsExhausted", [2], 1)]


def test_a_report_lets_the_batch_go_on_at_the_record_that_failed(world: World) -> None:
    world.records = [record(number) for number in range(4)]
    world.mapping = replace(MAPPING, reports_failures=True, bisects=True)
    failures = [{"itemIdentifier": str(FIRST + number)} for number in (3, 2)]
    reports = iter([json.dumps({"batchItemFailures": failures}).encode()])
    world.answer = lambda _numbers: InvokeResult("id", next(reports, b"{}"))
    run(world, lambda: len(world.batches) == 2)
    assert world.batches == [[0, 1, 2, 3], [2, 3]]


def test_records_that_are_too_old_are_given_up(world: World) -> None:
    world.records = [record(0, ApproximateCreationDateTime=1), record(1)]
    world.mapping = replace(MAPPING, most_age_s=60)
    run(world, lambda: world.processed == [1])
    assert world.given_up == [("RecordAgeExceeded", [0], 0)]


def test_records_that_pass_no_filter_are_skipped(world: World) -> None:
    world.records = [record(number) for number in range(6)]
    wanted = {FIRST + 1, FIRST + 4}
    world.mapping = replace(
        MAPPING,
        batch_size=2,
        matches=lambda entry: int(entry["dynamodb"]["SequenceNumber"]) in wanted,
    )
    run(world, lambda: world.processed == [1, 4])
    world.records.append(record(6))
    world.mapping = MAPPING
    run(world, lambda: 6 in world.processed)
    assert world.batches == [[1, 4], [6]]


def test_a_window_collects_records(world: World) -> None:
    world.records = [record(0)]
    world.mapping = replace(MAPPING, batch_size=3, window_s=30)

    def add() -> bool:
        if len(world.records) < 3:
            world.records.append(record(len(world.records)))
        return bool(world.processed)

    run(world, add)
    assert world.batches == [[0, 1, 2]]


def test_a_batch_is_not_larger_than_an_event_may_be(world: World) -> None:
    world.records = [record(number, NewImage={"t": "x" * 2_500_000}) for number in range(3)]
    run(world, lambda: len(world.processed) == 3)
    assert world.batches == [[0, 1], [2]]


@pytest.mark.parametrize("name", ["may_read", "exists"])
def test_nothing_is_read_without_permission_or_function(world: World, name: str) -> None:
    world.records = [record(0)]
    setattr(world, name, False)
    looks = iter(range(20))
    run(world, lambda: next(looks, None) is None)
    assert world.batches == []
    setattr(world, name, True)
    run(world, lambda: world.processed == [0])


def test_what_was_trimmed_is_skipped(world: World) -> None:
    world.records = [record(number) for number in range(3)]
    world.trimmed = 2
    run(world, lambda: world.processed == [2])
    assert world.batches == [[2]]


def test_a_mapping_that_is_not_wanted_any_more_stops_its_retries(world: World) -> None:
    world.records = [record(0)]
    world.answer = fail_with(0)

    def stop() -> bool:
        world.is_wanted = len(world.batches) < 3
        return not world.is_wanted

    run(world, stop)
    world.answer, world.is_wanted = fail_with(), True
    run(world, lambda: world.processed == [0])


class SlowAtFirst(World):
    """Its mapping is disabled and enabled again while the function runs for the first time."""

    async def invoke(self, invocation: Invocation) -> InvokeResult:
        if not self.batches:
            result = await super().invoke(invocation)
            for self.is_wanted in (False, True):
                before = self.reads
                await until(lambda: self.reads > before + 3)  # noqa: B023 - awaited here
            self.records += [record(number) for number in range(1, 20)]
            return result
        await asyncio.sleep(0)
        return await super().invoke(invocation)


def test_a_mapping_that_comes_back_is_polled_by_one_task(tmp_path: Path) -> None:
    world = SlowAtFirst(tmp_path, mapping=replace(MAPPING, batch_size=1))
    world.records = [record(0)]
    run(world, lambda: 19 in world.processed)
    assert world.processed == [0, 0, *range(1, 20)]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    bad=st.sets(st.integers(0, 7), max_size=3),
    size=st.integers(1, 8),
    retries=st.integers(0, 2),
    bisects=st.booleans(),
)
def test_each_record_is_processed_or_given_up_in_order(
    tmp_path: Path, *, bad: set[int], size: int, retries: int, bisects: bool
) -> None:
    (tmp_path / "positions.log").unlink(missing_ok=True)
    mapping = replace(MAPPING, batch_size=size, most_retries=retries, bisects=bisects)
    world = World(tmp_path, answer=fail_with(*bad), mapping=mapping)
    world.records = [record(number) for number in range(8)]

    def ended() -> list[int]:
        return world.processed + [number for _, some, _ in world.given_up for number in some]

    run(world, lambda: len(ended()) == 8)
    assert sorted(ended()) == list(range(8))
    assert world.processed == sorted(world.processed)
    assert bad <= {number for _, some, _ in world.given_up for number in some}
    if bisects:
        assert bad == {number for _, some, _ in world.given_up for number in some}


def test_the_record_for_a_destination_says_which_batch_it_was() -> None:
    batch = RecordBatch(
        [record(0, ApproximateCreationDateTime=1_795_000_000), record(1)], attempts=3
    )
    given_up = GivenUp(MAPPING, batch, "RetryAttemptsExhausted", FAILED, "shard")
    found = json.loads(failure_record(given_up, now_s=1_795_000_001.5))
    assert found["requestContext"] == {
        "requestId": "id",
        "functionArn": MAPPING.function_arn,
        "condition": "RetryAttemptsExhausted",
        "approximateInvokeCount": 3,
    }
    assert found["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert (found["version"], found["timestamp"]) == ("1.0", "2026-11-18T11:06:41.500Z")
    info = found["DDBStreamBatchInfo"]
    assert (info["batchSize"], info["streamArn"], info["shardId"]) == (2, ARN, "shard")
    assert (info["startSequenceNumber"], info["endSequenceNumber"]) == ("100", "101")
    assert info["approximateArrivalOfFirstRecord"] == "2026-11-18T11:06:40Z"
