"""Runs the server's event loop, with an interpreter tuned for its latency."""

import asyncio
import gc
import importlib.util
import sys
from collections.abc import Coroutine
from importlib import import_module
from typing import Any, TypeVar

_SWITCH_S = 0.0005
_OBJECTS_UNTIL_COLLECTION = 20_000

T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, like `asyncio.run`, on uvloop where it is installed."""
    there = importlib.util.find_spec("uvloop") is not None  # it has no build for Windows
    factory = import_module("uvloop").new_event_loop if there else None
    # computing threads yield to the loop after this time, not after ten times as much
    sys.setswitchinterval(_SWITCH_S)
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


def keep_what_is_loaded() -> None:
    """Exclude all current objects, mostly modules, from garbage collection.

    Traversing them takes a tenth of a second, in which no request is handled.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTION, *gc.get_threshold()[1:])
