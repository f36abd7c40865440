"""Environments: concurrency, reuse, replacement, limits, and no process left behind."""

import asyncio
import json
import os
from collections.abc import Callable, Iterable
from typing import Any, cast

import pytest
from processes import is_alive

from tracing_lab.embedded.functions import Functions, FunctionSettings
from tracing_lab.embedded.functions.environments.environment import Environment
from tracing_lab.embedded.functions.environments.pool import Pool
from tracing_lab.embedded.functions.environments.scaling import ScalingPolicy
from tracing_lab.embedded.model import FunctionAttempt, FunctionSpec, Invocation, Throttled

Make = Callable[..., FunctionSpec]
Invoke = Callable[..., Invocation]
Lab = Any

PID = "import os\ndef handler(event, context):\n    return os.getpid()\n"
LOWEST_PRIORITY = 19  # whatever the tests themselves have

MEET = """
import os, pathlib, time
def handler(event, context):
    pathlib.Path(event["dir"], str(os.getpid())).touch()
    while len(os.listdir(event["dir"])) < event["count"]:
        time.sleep(0.002)
    return os.getpid()
"""
"""Answers only when ``count`` environments run at the same time."""


def alive(pids: Iterable[int]) -> list[int]:
    """Return the processes that run, without zombies that were not waited for yet."""
    return [pid for pid in pids if is_alive(pid)]


def meeting(tmp_path: Any, count: int) -> bytes:
    folder = tmp_path / "meeting"
    folder.mkdir()
    return json.dumps({"dir": str(folder), "count": count}).encode()


def test_requests_at_the_same_time_run_in_environments_of_their_own(
    lab: Lab, function: Make, invocation: Invoke, tmp_path: Any
) -> None:
    async def scenario(functions: Functions) -> list[bytes]:
        call = invocation(function(MEET), meeting(tmp_path, 3))
        results = await asyncio.gather(*(functions.invoke(call) for _ in range(3)))
        return [one.payload for one in results]

    assert len(set(lab.run(scenario))) == 3


def test_requests_after_each_other_share_one_environment(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    async def scenario(functions: Functions) -> set[bytes]:
        call = invocation(function(PID))
        return {(await functions.invoke(call)).payload for _ in range(20)}

    assert len(lab.run(scenario)) == 1


def test_events_that_must_run_at_the_same_time_get_environments_in_the_end(
    lab: Lab, function: Make, invocation: Invoke, tmp_path: Any
) -> None:
    async def scenario(functions: Functions) -> int:
        call = invocation(function(MEET), meeting(tmp_path, 3))
        for _ in range(3):
            await functions.accept(call)
        await functions.drain()
        return len(functions.process_ids)

    assert lab.run(scenario, event_scale_out_delay_s=0.005) == 3
    assert not any(one.get("error") for one in lab.runs)


def test_more_starts_than_allowed_at_once_wait_for_each_other(
    lab: Lab, function: Make, invocation: Invoke, tmp_path: Any
) -> None:
    async def scenario(functions: Functions) -> int:
        call = invocation(function(MEET), meeting(tmp_path, 3))
        await asyncio.gather(*(functions.invoke(call) for _ in range(3)))
        return len(functions.process_ids)

    assert lab.run(scenario, parallel_starts=1) == 3


def test_reserved_concurrency_throttles_what_is_above_it(
    lab: Lab, function: Make, invocation: Invoke, tmp_path: Any
) -> None:
    spec = function(MEET, reserved_concurrency=1)

    async def scenario(functions: Functions) -> None:
        payload = meeting(tmp_path, 2)
        first = asyncio.create_task(functions.invoke(invocation(spec, payload)))
        await asyncio.sleep(0)
        with pytest.raises(Throttled, match="reserved concurrency 1 of function shop"):
            await functions.invoke(invocation(spec, payload))
        (tmp_path / "meeting" / "go").touch()
        await first
        await functions.invoke(invocation(spec, payload))

    lab.run(scenario)
    throttled = next(one for one in lab.services if one.get("throttle"))
    assert (throttled["error"], throttled["http"]["response"]["status"]) == (True, 429)
    assert len(lab.services) == 3


def test_concurrency_zero_switches_a_function_off(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    async def scenario(functions: Functions) -> None:
        with pytest.raises(Throttled):
            await functions.invoke(invocation(function(PID, reserved_concurrency=0)))
        assert functions.process_ids == ()

    lab.run(scenario)


def test_a_new_revision_replaces_the_environments(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    source = "def handler(event, context):\n    return {}\n"

    async def scenario(functions: Functions) -> None:
        old = await functions.invoke(invocation(function(source.format(1), revision="a")))
        old_pids = functions.process_ids
        new = await functions.invoke(invocation(function(source.format(2), revision="b")))
        assert (old.payload, new.payload) == (b"1", b"2")
        await until(lambda: not alive(old_pids))

    lab.run(scenario)


def test_a_deleted_function_leaves_no_environment(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    async def scenario(functions: Functions) -> None:
        await functions.invoke(invocation(function(PID)))
        pids = functions.process_ids
        functions.forget("another")
        assert functions.process_ids == pids
        functions.forget(function(PID).name)
        await until(lambda: not alive(pids))
        assert functions.process_ids == ()

    lab.run(scenario)


def test_idle_environments_are_ended(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    async def scenario(functions: Functions) -> None:
        await functions.invoke(invocation(function(PID)))
        pids = functions.process_ids
        assert len(alive(pids)) == 1
        await until(lambda: not alive(pids))
        assert functions.process_ids == ()

    lab.run(scenario, idle_timeout_s=0.05)


def test_environments_end_after_their_lifetime_however_busy_they_are(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    async def scenario(functions: Functions) -> None:
        call = invocation(function(PID))
        results = await asyncio.gather(*(functions.invoke(call) for _ in range(4)))
        pids = {int(result.payload) for result in results}
        assert len(pids) == 4  # who waited for one got one of its own
        await until(lambda: not alive(pids))
        assert functions.process_ids == ()

    lab.run(scenario, lifetime_s=0.0, max_environments=2)


def test_the_limit_of_environments_holds_and_idle_ones_make_place(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    async def scenario(functions: Functions) -> None:
        for name in ("a", "b", "c"):
            await functions.invoke(invocation(function(PID, name=name)))
            assert len(functions.process_ids) <= 2

    lab.run(scenario, max_environments=2)


def test_at_the_limit_requests_wait_for_a_free_environment(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    async def scenario(functions: Functions) -> set[bytes]:
        calls = [functions.invoke(invocation(function(PID, name="a"))) for _ in range(6)]
        calls += [functions.invoke(invocation(function(PID, name="b"))) for _ in range(6)]
        return {one.payload for one in await asyncio.gather(*calls)}

    assert len(lab.run(scenario, max_environments=1)) >= 2


def test_who_waits_too_long_for_a_place_is_throttled(
    lab: Lab, function: Make, invocation: Invoke, tmp_path: Any, until: Any
) -> None:
    async def scenario(functions: Functions) -> None:
        call = invocation(function(MEET, name="a"), meeting(tmp_path, 2))
        first = asyncio.create_task(functions.invoke(call))
        await until(lambda: functions.process_ids)
        with pytest.raises(Throttled, match="no place"):
            await functions.invoke(invocation(function(PID, name="b")))
        (tmp_path / "meeting" / "go").touch()
        await first

    lab.run(scenario, max_environments=1, placement_timeout_s=0.05)


def test_an_event_waits_for_a_place_however_long_that_takes(
    lab: Lab, function: Make, invocation: Invoke, tmp_path: Any, until: Any
) -> None:
    attempts: list[FunctionAttempt] = []

    async def scenario(functions: Functions) -> None:
        functions.observe(attempts.append)
        call = invocation(function(MEET, name="a"), meeting(tmp_path, 2))
        first = asyncio.create_task(functions.invoke(call))
        await until(lambda: functions.process_ids)
        await functions.accept(invocation(function(PID, name="event")))
        with pytest.raises(Throttled):  # by then, an event's time would have been over, too
            await functions.invoke(invocation(function(PID, name="request")))
        (tmp_path / "meeting" / "go").touch()
        await first
        await functions.drain()

    lab.run(scenario, max_environments=1, placement_timeout_s=0.05)
    ended = [(attempt.function.name, attempt.throttled) for attempt in attempts]
    assert ended == [("request", True), ("a", False), ("event", False)]


def test_a_prewarmed_environment_has_no_cold_start(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    async def scenario(functions: Functions) -> None:
        await functions.prewarm(function(PID), count=2)
        assert len(functions.process_ids) == 2
        await functions.invoke(invocation(function(PID)))
        await until(lambda: not lab.in_progress)

    lab.run(scenario)
    names = [child["name"] for child in lab.runs[0]["subsegments"]]
    assert names == ["Invocation", "Overhead"]
    assert "Init Duration" not in lab.messages[-1]


def test_the_run_goes_on_when_its_caller_gives_up(
    lab: Lab, function: Make, invocation: Invoke, tmp_path: Any, until: Any
) -> None:
    async def scenario(functions: Functions) -> None:
        call = invocation(function(MEET), meeting(tmp_path, 2))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(functions.invoke(call), timeout=0.01)
        (tmp_path / "meeting" / "go").touch()
        await functions.drain()
        await until(lambda: not lab.in_progress)

    lab.run(scenario)
    assert len(lab.services) == len(lab.runs) == 1


def test_an_environment_that_ends_between_two_runs_is_replaced(
    lab: Lab, function: Make, invocation: Invoke, until: Any
) -> None:
    async def scenario(functions: Functions) -> None:
        first = await functions.invoke(invocation(function(PID)))
        os.kill(int(first.payload), 9)
        await until(lambda: functions.process_ids == ())
        second = await functions.invoke(invocation(function(PID)))
        assert second.function_error is None
        assert first.payload != second.payload

    lab.run(scenario)


def test_close_leaves_no_process_whatever_they_are_doing(
    lab: Lab, function: Make, invocation: Invoke, tmp_path: Any, until: Any
) -> None:
    children = """
import json, os, subprocess, sys, threading
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
threading.Thread(target=threading.Event().wait).start()
def handler(event, context):
    return [os.getpid(), child.pid]
"""

    async def scenario(functions: Functions) -> list[int]:
        pids = json.loads((await functions.invoke(invocation(function(children)))).payload)
        busy = invocation(function(MEET, name="busy"), meeting(tmp_path, 2))
        tasks = [asyncio.create_task(functions.invoke(busy))]
        await until(lambda: os.listdir(tmp_path / "meeting"))  # noqa: PTH208 - short
        starting = invocation(function("import time; time.sleep(600)", name="starting"))
        tasks.append(asyncio.create_task(functions.invoke(starting)))
        await until(lambda: len(functions.process_ids) == 3)
        pids += functions.process_ids
        assert len(alive(pids)) == 5
        await functions.close()
        await asyncio.gather(*tasks, return_exceptions=True)
        return pids

    pids = lab.run(scenario)
    asyncio.run(until(lambda: not alive(pids)))
    assert list((tmp_path / "environments").iterdir()) == []


def test_environments_started_for_events_have_lower_priority(
    lab: Lab, function: Make, invocation: Invoke
) -> None:
    source = "import os\ndef handler(event, context):\n    return os.nice(0)\n"

    async def scenario(functions: Functions) -> bytes:
        call = invocation(function(source))
        await functions.accept(call)
        await functions.drain()
        return (await functions.invoke(call)).payload

    assert int(lab.run(scenario)) >= min(os.nice(0) + 1, LOWEST_PRIORITY)


class FakeEnvironment:
    """An environment that is up at once."""

    failure = None
    alive = True
    is_polling = True
    age_s = idle_since_s = 0.0
    has_low_priority = False

    def __init__(self) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def start(self) -> None:
        """Be up."""

    async def close(self) -> None:
        """Leave nothing behind."""


@pytest.mark.parametrize("saturated, environments", [(True, 1), (False, 2)])
def test_without_a_free_core_a_request_waits_for_a_busy_environment(
    function: Callable[[], FunctionSpec], *, saturated: bool, environments: int
) -> None:
    settings = FunctionSettings(parallel_starts=1)

    async def scenario() -> None:
        pool = Pool(
            lambda _function: cast("Environment", FakeEnvironment()),
            settings=settings,
            policy=ScalingPolicy(settings, saturated=lambda: saturated),
        )
        first = await pool.acquire(function())
        second = asyncio.create_task(pool.acquire(function()))
        for _ in range(5):
            await asyncio.sleep(0)
        assert len(pool.environments) == environments
        pool.release(first)
        assert (await second is first) == saturated
        await pool.close()

    asyncio.run(scenario())
