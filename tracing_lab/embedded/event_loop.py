"""The event loop that the server runs on: uvloop, which is faster, where there is one."""

import asyncio
import importlib.util
from collections.abc import Coroutine
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, as `asyncio.run` does."""
    there = importlib.util.find_spec("uvloop") is not None  # it has no build for Windows
    factory = import_module("uvloop").new_event_loop if there else None
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)
