"""Schedules accepted events: a limited number per function at a time, in order.

The others wait in the durable queue's file, with little memory each: thousands of events wait when
functions are slower than their events.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.embedded.model import FunctionSpec

from .events import AsyncInvocations
from .queued_event import QueuedEvent

_logger = logging.getLogger(__name__)


@dataclass
class _Lane:
    """The events of one function."""

    running: int = 0
    waiting: deque[tuple[int, FunctionSpec]] = field(default_factory=deque)


class Backlog:
    """Starts events.

    Parameters
    ----------
    events
        Runs them.
    limit
        How many events of one function run at the same time, those included that wait for an
        environment.
    spawn
        Starts a task.
    """

    def __init__(
        self,
        events: AsyncInvocations,
        *,
        limit: int,
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._events, self._limit, self._spawn = events, limit, spawn
        self._lanes: dict[str, _Lane] = {}

    def add(self, event: QueuedEvent) -> None:
        """Run an event when it is due and all earlier ones of its function have been started."""
        lane = self._lanes.setdefault(event.request.function.name, _Lane())
        if event.due_ns:
            self._spawn(self._run_later(event))
        elif lane.running < self._limit:
            self._start(event)
        else:
            lane.waiting.append((event.item_id, event.request.function))

    def _start(self, event: QueuedEvent) -> None:
        lane = self._lanes.setdefault(event.request.function.name, _Lane())
        lane.running += 1
        self._spawn(self._run(event, lane))

    async def _run(self, event: QueuedEvent, lane: _Lane) -> None:
        again = False
        try:
            again = await self._events.process(event)
        except Exception:
            _logger.exception("an event was lost by a defect")
        lane.running -= 1
        self._start_next(lane)
        if not lane.running:
            self._lanes.pop(event.request.function.name, None)
        if again:
            self.add(event)

    def _start_next(self, lane: _Lane) -> None:
        while lane.waiting and lane.running < self._limit:
            event = self._events.load(*lane.waiting.popleft())
            if event is not None:
                self._start(event)

    async def _run_later(self, event: QueuedEvent) -> None:
        await asyncio.sleep(max(0.0, (event.due_ns - time.time_ns()) / 1e9))
        if self._events.refresh(event):
            self._start(event)
