"""Waiting until something is so, with an end."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

_T = TypeVar("_T")


def waited(look: Callable[[], _T | None], timeout_s: float = 60.0) -> _T:
    """Return the first result that is not empty."""
    deadline_s = time.monotonic() + timeout_s
    while time.monotonic() < deadline_s:
        if found := look():
            return found
        time.sleep(0.01)
    pytest.fail(f"nothing came within {timeout_s} s")


async def until(condition: Callable[[], object], *, timeout_s: float = 60.0) -> None:
    """Wait for a condition, which may lie outside of asyncio."""
    async with asyncio.timeout(timeout_s):
        while not condition():  # noqa: ASYNC110 - there is nothing to be woken by
            await asyncio.sleep(0.002)
