"""A load that a notebook's loop awaits."""

import asyncio
import threading
from typing import Any

import pandas as pd
import pytest
from orders_server import created, outputs_at, serving

from tracing_lab.errors import EndpointUnreachableError, FireInterruptedError, TrafficError
from tracing_lab.traffic import fire_async


def test_the_callers_loop_goes_on_meanwhile() -> None:
    released = threading.Event()

    def reply(number: int) -> tuple[int, bytes]:
        assert released.wait(20)
        return created(number)

    async def cell(port: int) -> pd.DataFrame:
        load = asyncio.create_task(fire_async(outputs_at(port), orders=3, rate=300))
        await asyncio.sleep(0)
        released.set()  # by the caller's loop, while the load waits for its answers
        return await load

    with serving(reply) as server:
        log = asyncio.run(cell(server.server_port))
    assert list(log["status"]) == [201, 201, 201]
    assert {header.split(";")[0] for _, header, _ in server.requests} == {
        f"Root={trace_id}" for trace_id in log["trace_id"]
    }


def test_progress_is_told_in_the_callers_thread() -> None:
    seen: list[tuple[int, int, threading.Thread]] = []

    def progress(done: int, total: int) -> None:
        seen.append((done, total, threading.current_thread()))

    with serving(created) as server:
        load = fire_async(outputs_at(server.server_port), orders=3, rate=300, progress=progress)
        asyncio.run(load)
    here = threading.current_thread()
    assert seen == [(1, 3, here), (2, 3, here), (3, 3, here)]


async def cancelled(port: int) -> pd.DataFrame:
    """Cancel a load after its second answer; return its log."""
    second = asyncio.Event()

    def progress(done: int, _: int) -> None:
        if done == 2:
            second.set()

    load = asyncio.create_task(
        fire_async(outputs_at(port), orders=1000, rate=50, progress=progress)
    )
    await second.wait()
    load.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await load
    assert load.cancelled()
    cause = caught.value.__cause__
    assert isinstance(cause, FireInterruptedError)
    assert "of 1000 orders were sent" in str(cause)
    return cause.log


def test_a_cancelled_load_has_its_log_and_leaves_no_thread() -> None:
    with serving(created) as server:
        log = asyncio.run(cancelled(server.server_port))
    assert 2 <= len(log) < 1000
    assert (log["status"] == 201).sum() >= 2
    assert "traffic" not in {thread.name for thread in threading.enumerate()}


def test_a_timeout_around_a_load_is_a_timeout() -> None:
    async def cell(port: int) -> None:
        async with asyncio.timeout(0.2):
            await fire_async(outputs_at(port), orders=1000, rate=50)

    with serving(created) as server, pytest.raises(TimeoutError) as caught:
        asyncio.run(cell(server.server_port))
    assert isinstance(caught.value.__cause__, asyncio.CancelledError)
    assert isinstance(caught.value.__cause__.__cause__, FireInterruptedError)


@pytest.mark.parametrize("load", [{"orders": 0}, {"bad_share": 2}, {"arrivals": []}])
def test_bad_loads_are_refused_as_by_fire(load: dict[str, Any]) -> None:
    with pytest.raises(TrafficError):
        asyncio.run(fire_async(outputs_at(1), **load))


def test_nobody_there_is_the_error_of_fire() -> None:
    with serving(created) as server:
        port = server.server_port
    with pytest.raises(EndpointUnreachableError, match=f"127.0.0.1:{port}"):
        asyncio.run(fire_async(outputs_at(port), orders=2, rate=100))
