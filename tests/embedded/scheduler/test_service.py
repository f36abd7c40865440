"""Schedules that are due, and executions that survive the process."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from schedules import MISSING, NOON, Target, schedule

from tracing_lab.embedded.scheduler.model import ScheduleSpec
from tracing_lab.embedded.scheduler.service import Schedules
from tracing_lab.embedded.storage.durable_map import DurableMap
from tracing_lab.embedded.storage.durable_queue import DurableQueue


class World:
    """Some schedules, and a clock that is set by hand."""

    def __init__(self, folder: Path, *specs: ScheduleSpec, target: Target | None = None) -> None:
        self.specs: Sequence[ScheduleSpec] = specs
        self.target = target or Target()
        self.deleted: list[str] = []
        self.schedules = Schedules(
            lambda: self.specs,
            self.target.delivery(),
            self.delete,
            begun=DurableMap[str](folder / "begun.log"),
            queue=DurableQueue(folder / "executions.jsonl"),
            clock=lambda: self.target.now_s,
            random_share=lambda: 0.25,
        )
        self.schedules.timetable.refresh()

    async def delete(self, spec: ScheduleSpec) -> None:
        self.deleted.append(spec.name)
        self.specs = [other for other in self.specs if other != spec]

    async def pass_s(self, *steps: float) -> list[str]:
        """Return the bodies of the messages that come while time passes."""
        self.target.calls = []
        for step in steps:
            self.target.now_s += step
            self.schedules.timetable.refresh()
            self.schedules.timetable.fire_due()
            await self.schedules.drain()
        return [operation.members["MessageBody"] for operation in self.target.operations]

    async def stop(self) -> None:
        await self.schedules.close()
        self.schedules.timetable.close()


def after(world: World, *steps: float) -> list[str]:
    return asyncio.run(world.pass_s(*steps))


def test_schedules_call_their_targets_at_their_times(tmp_path: Path) -> None:
    time = "<aws.scheduler.scheduled-time>"
    world = World(
        tmp_path,
        schedule("rate(1 minute)", name="a", input=f"a {time}"),
        schedule("at(2026-11-29T12:01:30)", name="b", input=f"b {time}"),
    )
    assert after(world, 0, 59, 1, 30, 30) == [
        "a 2026-11-29T12:00:00Z",
        "a 2026-11-29T12:01:00Z",
        "b 2026-11-29T12:01:30Z",
        "a 2026-11-29T12:02:00Z",
    ]


def test_completed_schedules_are_deleted_if_they_want_it(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        schedule("at(2026-11-29T12:00:30)", name="once", deleted_when_completed=True),
        schedule("at(2026-11-29T12:00:30)", name="kept"),
        schedule("rate(1 minute)", name="ends", end_s=NOON + 70, deleted_when_completed=True),
        schedule("rate(1 minute)", name="goes on", deleted_when_completed=True),
    )
    after(world, 31)
    assert world.deleted == ["once"]
    after(world, 60)
    assert world.deleted == ["once", "ends"]


def test_failed_executions_complete_schedules_too(tmp_path: Path) -> None:
    once = schedule("at(2026-11-29T12:00:30)", deleted_when_completed=True)
    world = World(tmp_path, once, target=Target(MISSING))
    after(world, 31)
    assert world.deleted == ["s"]


def test_a_schedule_that_was_changed_meanwhile_is_not_deleted(tmp_path: Path) -> None:
    once = schedule("at(2026-11-29T12:00:30)", deleted_when_completed=True)
    world = World(tmp_path, once)

    async def run() -> None:
        world.target.now_s += 31
        world.schedules.timetable.fire_due()
        world.specs = [schedule("at(2026-11-29T13:00:00)", deleted_when_completed=True)]
        world.schedules.timetable.refresh()
        await world.schedules.drain()

    asyncio.run(run())
    assert world.deleted == []
    assert len(after(world, 3600)) == 1


def test_an_execution_survives_the_process(tmp_path: Path) -> None:
    spec = schedule("at(2026-11-29T12:00:30)", window_minutes=4)
    world = World(tmp_path, spec)

    async def fire_and_die() -> None:
        world.target.now_s += 31
        world.schedules.timetable.fire_due()
        await asyncio.sleep(0)  # it waits within its window
        await world.stop()

    asyncio.run(fire_and_die())
    assert world.target.calls == []
    later = World(tmp_path, spec)
    later.target.now_s = NOON + 91

    async def resume() -> None:
        assert later.schedules.resume() == 1
        later.schedules.timetable.fire_due()
        await later.schedules.drain()
        await later.stop()

    asyncio.run(resume())
    assert len(later.target.calls) == 1
    last = World(tmp_path, spec)
    assert last.schedules.resume() == 0


def test_a_schedule_is_deleted_before_its_execution_is_forgotten(tmp_path: Path) -> None:
    once = schedule("at(2026-11-29T12:00:30)", deleted_when_completed=True)
    world = World(tmp_path, once)
    pending: list[int] = []

    async def delete(_: ScheduleSpec) -> None:
        pending.append(len(world.schedules._queue))

    world.schedules._delete = delete
    after(world, 31)
    assert pending == [1]
    assert len(world.schedules._queue) == 0


def test_a_damaged_record_is_dropped(tmp_path: Path) -> None:
    queue = DurableQueue(tmp_path / "executions.jsonl")
    queue.put({"id": "x"})
    queue.close()
    world = World(tmp_path)
    world.schedules.resume()
    asyncio.run(world.stop())
    assert World(tmp_path).schedules.resume() == 0


def test_a_schedule_that_cannot_be_deleted_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    once = schedule("at(2026-11-29T12:00:30)", deleted_when_completed=True)
    world = World(tmp_path, once)

    async def fail(_: ScheduleSpec) -> None:
        raise OSError

    world.schedules._delete = fail
    after(world, 31)
    assert "is completed and was not deleted" in caplog.text
