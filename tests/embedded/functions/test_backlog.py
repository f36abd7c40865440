"""Accepted events run a few at a time, in their order; the others wait in the file."""

import asyncio
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tracing_lab.embedded.functions.accepted import AcceptedInvocation
from tracing_lab.embedded.functions.backlog import Backlog
from tracing_lab.embedded.functions.events import AsyncInvocations
from tracing_lab.embedded.functions.settings import FunctionSettings
from tracing_lab.embedded.functions.tracing import request_trace
from tracing_lab.embedded.model import FunctionSpec, Invocation, InvokeResult
from tracing_lab.embedded.storage.durable_queue import DurableQueue
from tracing_lab.xray_model.trace_header import TraceHeader

Make = Callable[..., FunctionSpec]
LIMIT = 2


class Runs:
    """An executor whose runs end when the test says so."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, FunctionSpec]] = []
        self.ends: list[asyncio.Future[bool]] = []

    @property
    def payloads(self) -> list[str]:
        return [payload for payload, _ in self.begun]

    async def execute(self, request: AcceptedInvocation, *, for_event: bool) -> InvokeResult:
        assert for_event
        self.begun.append((request.payload.decode(), request.function))
        end: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.ends.append(end)
        function_error = None if await end else "Unhandled"
        return InvokeResult(request.request_id, b"null", function_error, begun_ns=time.time_ns())

    async def end(self, number: int, *, well: bool = True) -> None:
        """End a run, and wait until what follows from that has begun."""
        self.ends[number].set_result(well)
        await settle()


async def settle() -> None:
    """Run all tasks that can run, including those that are due at once."""
    for _ in range(10):
        await asyncio.sleep(0.001)


class Kit:
    """A backlog with its parts."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.runs = Runs()
        self.segments: list[dict[str, Any]] = []
        self.kept: list[int] = []
        self.queue = DurableQueue(
            folder / "queue", before_done=lambda: self.kept.append(len(self.segments))
        )
        settings = FunctionSettings(retry_delays_s=(0.0,))
        executor: Any = self.runs
        self.events = AsyncInvocations(
            executor, queue=self.queue, emit=self.segments.append, settings=settings, **options
        )
        self.tasks: set[asyncio.Task[None]] = set()
        self.backlog = Backlog(self.events, limit=LIMIT, spawn=self.spawn)

    def spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def accept(self, function: FunctionSpec, *payloads: str) -> None:
        for payload in payloads:
            header = TraceHeader.parse("Root=1-6565d4e1-0123456789abcdef01234567;Sampled=1")
            invocation = Invocation(function, payload.encode(), header)
            trace = request_trace(invocation, sample=lambda _: True)
            request = AcceptedInvocation(invocation, payload, trace, time.time_ns())
            self.backlog.add(self.events.accept(request))


def test_events_run_in_their_order_and_no_more_of_a_function_than_the_limit(
    tmp_path: Path, function: Make
) -> None:
    async def scenario() -> None:
        kit = Kit(tmp_path)
        kit.accept(function(), "1", "2", "3", "4")
        kit.accept(function(name="other"), "of another")
        await settle()
        assert kit.runs.payloads == ["1", "2", "of another"]
        await kit.runs.end(1)
        assert kit.runs.payloads == ["1", "2", "of another", "3"]
        for number in (0, 2, 3, 4):
            await kit.runs.end(number)
        assert kit.runs.payloads[-1] == "4"
        assert (len(kit.queue), kit.tasks) == (0, set())

    asyncio.run(scenario())


def test_the_segment_of_an_event_is_kept_before_the_event_is_forgotten(
    tmp_path: Path, function: Make
) -> None:
    async def scenario() -> None:
        kit = Kit(tmp_path)
        kit.accept(function(), "1")
        await settle()
        assert kit.kept == []
        await kit.runs.end(0)
        assert kit.segments[-1]["end_time"]
        assert kit.kept == [len(kit.segments)]

    asyncio.run(scenario())


def test_a_retry_that_is_not_due_holds_nobody_up(tmp_path: Path, function: Make) -> None:
    async def scenario() -> None:
        kit = Kit(tmp_path)
        kit.accept(function(), "fails", "2", "3")
        await settle()
        await kit.runs.end(0, well=False)
        await settle()
        assert kit.runs.payloads == ["fails", "2", "3", "fails"]
        for number in (1, 2, 3):
            await kit.runs.end(number)
        assert len(kit.queue) == 0

    asyncio.run(scenario())


def test_an_event_runs_with_the_function_as_it_is_by_then(tmp_path: Path, function: Make) -> None:
    current = function(memory_mb=512)

    async def scenario() -> None:
        kit = Kit(tmp_path, resolve=lambda *_: current)
        kit.accept(function(), "1", "2", "3")
        await settle()
        await kit.runs.end(0)
        assert [one.memory_mb for _, one in kit.runs.begun] == [128, 128, 512]

    asyncio.run(scenario())


def test_events_of_a_function_that_is_gone_are_dropped_and_their_traces_end(
    tmp_path: Path, function: Make
) -> None:
    def gone(name: str, _: str | None) -> FunctionSpec:
        raise KeyError(name)

    async def scenario() -> None:
        kit = Kit(tmp_path, resolve=gone)
        kit.accept(function(), "1", "2", "3", "4")
        await settle()
        open_before = {one["id"] for one in kit.segments if one.get("in_progress")}
        await kit.runs.end(0)
        await kit.runs.end(1)
        ended = {one["id"] for one in kit.segments if not one.get("in_progress")}
        assert kit.runs.payloads == ["1", "2"]
        assert (len(open_before), open_before - ended) == (4, set())
        assert (len(kit.queue), kit.tasks) == (0, set())

    asyncio.run(scenario())


def test_an_event_that_cannot_be_run_does_not_end_the_others(
    tmp_path: Path, function: Make, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        kit = Kit(tmp_path)
        kit.accept(function(), "1", "2", "3")
        await settle()
        kit.runs.ends[0].set_exception(RuntimeError("a defect"))
        await settle()
        assert kit.runs.payloads == ["1", "2", "3"]

    asyncio.run(scenario())
    assert "an event was lost by a defect" in caplog.text


def test_a_waiting_event_takes_little_more_memory_than_its_payload(
    tmp_path: Path, function: Make
) -> None:
    payload, spec = 500 * "x", function()

    async def scenario() -> float:
        kit = Kit(tmp_path)
        kit.accept(spec, *(LIMIT * [payload]))
        kit.segments.clear()
        await settle()
        tracemalloc.start()
        for _ in range(500):
            kit.accept(spec, payload)
            kit.segments.clear()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return held / 500

    assert asyncio.run(scenario()) < 3 * len(payload)
