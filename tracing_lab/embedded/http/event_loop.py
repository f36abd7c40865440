"""The event loop that the server runs on, and an interpreter that favours it."""

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
    """Run a coroutine to its end, as `asyncio.run` does, on uvloop where there is one."""
    there = importlib.util.find_spec("uvloop") is not None  # it has no build for Windows
    factory = import_module("uvloop").new_event_loop if there else None
    # a thread that computes makes way for the loop after this time, not after ten times as much
    sys.setswitchinterval(_SWITCH_S)
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


def keep_what_is_loaded() -> None:
    """Have the garbage collector leave alone what exists now, which is modules for the most part.

    Looking through all of them takes it a tenth of a second, in which nobody is answered.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS_UNTIL_COLLECTION, *gc.get_threshold()[1:])
