"""Waiting for functions no longer than a client does."""

import asyncio

import pytest
from invocations import failing, forever
from specs import function_spec

from tracing_lab.embedded.apigateway.integrations.waiting import FunctionCalls, NoResponseError
from tracing_lab.embedded.model import Invocation, InvokeResult

INVOCATION = Invocation(function_spec(), b"{}")


def test_a_function_continues_after_the_timeout() -> None:
    ended = []

    async def run() -> None:
        done = asyncio.Event()

        async def slow(_invocation: Invocation) -> InvokeResult:
            await done.wait()
            ended.append(1)
            return InvokeResult("r", b"1")

        calls = FunctionCalls(slow)
        with pytest.raises(NoResponseError, match=r"within 0.001 s"):
            await calls.result(INVOCATION, timeout_s=0.001)
        done.set()
        await asyncio.sleep(0)

    asyncio.run(run())
    assert ended == [1]


def test_a_timeout_within_the_service_is_another_one() -> None:
    with pytest.raises(TimeoutError):
        asyncio.run(FunctionCalls(failing(TimeoutError())).result(INVOCATION, timeout_s=9))


def test_closing_ends_the_waiting() -> None:
    async def run() -> None:
        calls = FunctionCalls(forever)
        waiting = asyncio.ensure_future(calls.result(INVOCATION))
        await asyncio.sleep(0)
        await calls.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(run())
