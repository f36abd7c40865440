"""Looks at the memory of busy environments now and then, as long as there are any."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

_EVERY_S = 0.1


class Watched(Protocol):
    """What has memory to be looked at."""

    def check_memory(self) -> None:
        """End it when it has too much."""


class MemoryWatch:
    """A timer for all environments of a server.

    Parameters
    ----------
    watched
        Gives those that there are at the moment; without any, the watch pauses.
    """

    def __init__(self, watched: Callable[[], Iterable[Watched]]) -> None:
        self._watched = watched
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Look from now on; harmless when repeated."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_EVERY_S, self._look)

    def close(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        for one in self._watched():
            self.begin()
            one.check_memory()
