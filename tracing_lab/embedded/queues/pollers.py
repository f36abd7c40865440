"""One task for each event source mapping, as long as it is wanted."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

_LOGGER = logging.getLogger(__name__)

POLL_INTERVAL_S = 0.1

Mapping = TypeVar("Mapping")


class Pollers(Generic[Mapping]):
    """Polls the sources of mappings, which may come and go.

    Parameters
    ----------
    mappings
        Returns the enabled mappings; a mapping that was changed is another one.
    interval_s
        Seconds between two looks at the mappings, and at a source that has nothing.
    """

    def __init__(
        self, mappings: Callable[[], Sequence[Mapping]], interval_s: float = POLL_INTERVAL_S
    ) -> None:
        self._mappings = mappings
        self._interval_s = interval_s
        self._readable = True
        self._pollers: dict[Mapping, asyncio.Task[None]] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            wanted = self._wanted()
            for gone in self._pollers.keys() - wanted:
                self._finish_later(self._pollers.pop(gone))
            for new in wanted - self._pollers.keys():
                self._pollers[new] = asyncio.create_task(self._poll(new))
            await asyncio.sleep(self._interval_s)

    async def close(self) -> None:
        """Stop polling, also in the middle of a run."""
        tasks = [*self._pollers.values(), *self._running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _poll(self, mapping: Mapping) -> None:
        """Poll until the mapping is not wanted any more."""
        raise NotImplementedError

    def _is_polled_here(self, mapping: Mapping) -> bool:
        """Return whether a mapping is wanted and polled by the current task.

        One that goes and comes back has another task, even if the first has not ended yet.
        """
        return self._pollers.get(mapping) is asyncio.current_task()

    def _finish_later(self, task: asyncio.Task[None]) -> None:
        """Keep a task until it ends: the loop itself has only weak references."""
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _wanted(self) -> set[Mapping]:
        """Return the mappings to poll: those of before while they cannot be read."""
        try:
            wanted = set(self._mappings())
        except Exception:
            if self._readable:  # once, not ten times a second
                _LOGGER.exception("the event source mappings cannot be read; they stay as they are")
            self._readable = False
            return set(self._pollers)
        self._readable = True
        return wanted
