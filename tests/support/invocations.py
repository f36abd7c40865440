"""Functions that are only invoked: each returns a result, fails, or never ends."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tracing_lab.embedded.model import Invocation, InvokeResult

Invoke = Callable[[Invocation], Awaitable[InvokeResult]]


def answering(payload: Any, **result: Any) -> Invoke:
    async def invoke(_invocation: Invocation) -> InvokeResult:
        return InvokeResult("invoke-id", json.dumps(payload).encode(), **result)

    return invoke


def failing(error: Exception) -> Invoke:
    async def invoke(_invocation: Invocation) -> InvokeResult:
        raise error

    return invoke


async def forever(_invocation: Invocation) -> InvokeResult:
    await asyncio.Event().wait()
    raise AssertionError
