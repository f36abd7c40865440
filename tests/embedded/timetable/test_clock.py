"""The timetable with a clock that is set by hand, and once with the real one."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import until

from tracing_lab.embedded.storage.durable_map import DurableMap
from tracing_lab.embedded.timetable.clock import Occasion, Timed, Timetable
from tracing_lab.embedded.timetable.timing import Bounded, CronTiming, Once, Rate, cron_of

NOON = 1_795_953_600.0  # 2026-11-29T12:00:00Z
RATE = Timed(Rate(60), "rate")
AT = Timed(Once(NOON + 90), "at", catch_up_s=3600)


class World:
    """A timetable that can be started again with the same file."""

    def __init__(self, path: Path) -> None:
        self.path, self.now_s = path, NOON
        self.schedules: dict[str, Timed] = {}
        self.fired: list[tuple[str, float]] = []
        self.last: list[str] = []
        self.broken: set[str] = set()
        self.timetable = self.make()

    def make(self) -> Timetable:
        begun = DurableMap[str](self.path)
        return Timetable(lambda: dict(self.schedules), self.fire, begun, clock=lambda: self.now_s)

    def fire(self, occasion: Occasion) -> None:
        if occasion.arn in self.broken:
            msg = "no space left"
            raise OSError(msg)
        self.fired.append((occasion.arn, occasion.due_s - NOON))
        if occasion.is_last:
            self.last.append(occasion.arn)

    def has(self, **schedules: Timed) -> None:
        self.schedules = schedules
        self.timetable.refresh()

    def run_until(self, second: float) -> list[tuple[str, float]]:
        """Move the clock in steps of half a second; return what fired."""
        self.fired = []
        while self.now_s < NOON + second:
            self.now_s += 0.5
            self.timetable.fire_due()
        return self.fired

    def restart(self, *, down_s: float) -> None:
        self.timetable.close()
        self.now_s += down_s
        self.timetable = self.make()
        self.timetable.refresh()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    found = World(tmp_path / "begun.log")
    yield found
    found.timetable.close()


def test_a_rate_counts_from_its_first_sight(world: World) -> None:
    world.now_s += 10
    world.has(r=RATE)
    assert world.run_until(200) == [("r", 70.0), ("r", 130.0), ("r", 190.0)]


def test_a_rate_may_fire_at_once(world: World) -> None:
    world.has(r=Timed(Rate(60, at_once=True), "rate"))
    assert world.run_until(70) == [("r", 0.0), ("r", 60.0)]


def test_other_changes_do_not_disturb_a_rate(world: World) -> None:
    world.has(r=RATE)
    world.run_until(45)
    world.has(r=RATE, other=AT)
    assert world.run_until(70) == [("r", 60.0)]


def test_a_new_rate_begins_anew_and_so_does_one_that_was_away(world: World) -> None:
    world.has(r=RATE)
    world.run_until(45)
    world.has(r=Timed(Rate(120), "other"))
    assert world.run_until(170) == [("r", 165.0)]
    world.has()
    assert world.run_until(400) == []
    world.has(r=RATE)
    assert world.run_until(470) == [("r", 460.0)]


def test_a_restart_keeps_the_phase_and_makes_up_for_nothing(world: World) -> None:
    world.has(r=RATE)
    world.run_until(70)
    world.restart(down_s=600)  # at 670
    assert world.run_until(790) == [("r", 720.0), ("r", 780.0)]


def test_a_cron_expression_has_no_backlog_either(world: World) -> None:
    cron = cron_of("cron(* * * * ? *)")
    assert cron is not None
    world.has(c=Timed(CronTiming(cron), "cron"))
    assert world.run_until(70) == [("c", 60.0)]
    world.restart(down_s=600)
    assert world.run_until(730) == [("c", 720.0)]


def test_a_clock_that_jumps_fires_once(world: World) -> None:
    world.has(r=RATE)
    world.now_s += 3600.5
    world.timetable.fire_due()
    world.timetable.fire_due()
    assert world.fired == [("r", 60.0)]
    assert world.run_until(3670) == [("r", 3660.0)]


def test_a_single_time_fires_once_also_after_a_restart(world: World) -> None:
    world.has(a=AT)
    assert world.run_until(100) == [("a", 90.0)]
    world.restart(down_s=1)
    assert world.run_until(300) == []
    assert len(world.timetable) == 0


def test_a_single_time_that_passed_while_no_server_ran_fires_late(world: World) -> None:
    world.has(a=AT)
    world.restart(down_s=600)
    assert world.run_until(601) == [("a", 90.0)]
    world.has(a=Timed(Once(NOON + 700), "b", catch_up_s=30))
    world.restart(down_s=600)
    assert world.run_until(1300) == []  # too late


def test_a_single_time_that_passes_on_the_way_fires(world: World) -> None:
    world.has(a=Timed(Once(NOON - 1), "a"), b=Timed(Once(NOON - 3600), "b"))
    assert world.run_until(1) == [("a", -1.0)]


def test_the_last_time_is_marked(world: World) -> None:
    world.has(a=AT, r=Timed(Bounded(Rate(60), end_s=NOON + 130), "rate"))
    world.run_until(300)
    assert [arn for arn, _ in world.fired] == ["r", "a", "r"]
    assert world.last == ["a", "r"]


def test_what_cannot_fire_stops_nothing_else(world: World) -> None:
    world.broken = {"a", "r"}
    world.has(a=AT, r=RATE, s=RATE)
    assert world.run_until(130) == [("s", 60.0), ("s", 120.0)]
    world.broken = set()
    world.restart(down_s=1)  # a single time has not fired yet
    assert world.run_until(190) == [("a", 90.0), ("r", 180.0), ("s", 180.0)]


def test_it_fires_by_the_real_clock(tmp_path: Path) -> None:
    fired: list[float] = []
    due_s = time.time() + 0.3
    schedules = {"a": Timed(Once(due_s), "a")}

    async def run() -> None:
        begun = DurableMap[str](tmp_path / "begun.log")
        timetable = Timetable(lambda: schedules, lambda _: fired.append(time.time()), begun)
        task = asyncio.create_task(timetable.run())
        await until(lambda: fired)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        timetable.close()

    asyncio.run(run())
    assert fired[0] >= due_s


class Broken:
    """A timing that cannot be computed."""

    once = False

    def next_after(self, _moment_s: float, _begun_s: float) -> float | None:
        raise OverflowError


def test_a_schedule_that_cannot_be_computed_stops_no_other(world: World) -> None:
    world.has(b=Timed(Broken(), "b"), r=RATE)
    assert world.run_until(70) == [("r", 60.0)]


def test_schedules_that_cannot_be_read_stay(world: World, caplog: pytest.LogCaptureFixture) -> None:
    answers = iter([{"r": RATE}])
    begun = DurableMap[str](world.path.with_name("other.log"))
    timetable = Timetable(lambda: next(answers), world.fire, begun, clock=lambda: world.now_s)
    for _ in range(3):
        timetable.refresh()  # the second time, reading raises StopIteration
    world.now_s += 60
    timetable.fire_due()
    timetable.close()
    assert world.fired == [("r", 60.0)]
    assert len(caplog.records) == 1
