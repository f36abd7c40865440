"""Checks the memory of busy environments at intervals."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

_EVERY_S = 0.1


class Watched(Protocol):
    """An environment, as far as its memory is concerned."""

    def check_memory(self) -> None:
        """End it if it uses more memory than it may."""


class MemoryWatch:
    """A timer for all environments of a server.

    Parameters
    ----------
    watched
        Returns the busy environments; the watch pauses while there are none.
    """

    def __init__(self, watched: Callable[[], Iterable[Watched]]) -> None:
        self._watched = watched
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Start checking, as an environment is busy from now on; idempotent."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_EVERY_S, self._check)

    def close(self) -> None:
        """Stop checking."""
        if self._timer is not None:
            self._timer.cancel()

    def _check(self) -> None:
        self._timer = None
        for environment in self._watched():
            self.begin()
            environment.check_memory()
