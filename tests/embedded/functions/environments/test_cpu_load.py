"""How busy the cores are, from numbers and for real."""

import asyncio
from collections.abc import Callable
from typing import NamedTuple, cast

import pytest

from tracing_lab.embedded.functions import FunctionSettings
from tracing_lab.embedded.functions.environments.cpu_load import CpuLoad
from tracing_lab.embedded.functions.environments.environment import Environment
from tracing_lab.embedded.functions.environments.pool import Pool
from tracing_lab.embedded.model import FunctionSpec


class Times(NamedTuple):
    """Seconds of processor time."""

    user: float
    system: float
    idle: float
    iowait: float
    guest: float


def test_saturation_is_judged_over_the_last_stretch_of_time() -> None:
    # at 0 s, 1 s, 2 s and 3 s of two cores: half idle, then all busy, then waiting for the disk
    readings = [
        Times(10.0, 5.0, 100.0, 0.0, 1.0),
        Times(10.5, 5.5, 101.0, 0.0, 1.0),
        Times(12.0, 5.9, 101.1, 0.0, 2.5),
        Times(12.0, 5.9, 101.1, 2.0, 2.5),
    ]
    now_s = [0.0]
    load = CpuLoad(read=lambda: readings[int(now_s[0])], clock=lambda: now_s[0])
    verdicts = {}
    for moment_s in (0.1, 1.0, 1.1, 2.0, 2.1, 3.0):
        now_s[0] = moment_s
        verdicts[moment_s] = load.saturated()
    assert verdicts == {0.1: False, 1.0: False, 1.1: False, 2.0: True, 2.1: True, 3.0: False}


class FakeEnvironment:
    """An environment that is up at once."""

    failure = None
    alive = True
    asking = True
    idle_since_s = 0.0
    gives_way = False

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
    async def scenario() -> None:
        pool = Pool(
            lambda _function: cast("Environment", FakeEnvironment()),
            settings=FunctionSettings(parallel_starts=1),
            saturated=lambda: saturated,
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
