"""The schedules of a region: what is due is kept until its target is called."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from tracing_lab.embedded.storage.durable_map import DurableMap
from tracing_lab.embedded.storage.durable_queue import DurableQueue
from tracing_lab.embedded.timetable.clock import Occasion, Timed, Timetable

from .delivery import TargetDelivery
from .execution import Execution, new_execution
from .expressions import timed
from .model import ScheduleSpec

_LOGGER = logging.getLogger(__name__)

DeleteSchedule = Callable[[ScheduleSpec], Awaitable[None]]
"""Deletes a schedule."""


class Schedules:
    """Executes the schedules of a region.

    Parameters
    ----------
    read
        Returns the enabled schedules; the same object as long as none has changed.
    delivery
        Calls targets.
    delete
        Deletes a schedule that is completed.
    begun
        Keeps when schedules began.
    queue
        Keeps executions until they have ended.
    clock
        Epoch seconds.
    random_share
        Returns a number from 0 to 1, for flexible time windows.
    """

    def __init__(
        self,
        read: Callable[[], Sequence[ScheduleSpec]],
        delivery: TargetDelivery,
        delete: DeleteSchedule,
        *,
        begun: DurableMap[str],
        queue: DurableQueue,
        clock: Callable[[], float] = time.time,
        random_share: Callable[[], float] = random.random,
    ) -> None:
        self._read_schedules = read
        self._delivery = delivery
        self._delete = delete
        self._queue = queue
        self._random_share = random_share
        self._seen: Sequence[ScheduleSpec] | None = None
        self._schedules: Mapping[str, ScheduleSpec] = {}
        self._timed: Mapping[str, Timed] = {}
        self._running: set[asyncio.Task[None]] = set()
        self.timetable = Timetable(self._read, self._fire, begun, clock=clock)

    def resume(self) -> int:
        """Continue the executions of an earlier server; return their number."""
        kept = self._queue.items()
        for item_id, record in kept:
            try:
                execution = Execution.of_record(record)
            except (KeyError, TypeError, ValueError):
                _LOGGER.exception("an execution is dropped: its record %s is damaged", item_id)
                self._queue.remove(item_id)
                continue
            self._start(execution, item_id)
        return len(kept)

    async def drain(self) -> None:
        """Wait until all executions have ended."""
        while self._running:
            await asyncio.wait(self._running)

    async def close(self) -> None:
        """Stop; executions that have not ended stay in the queue."""
        tasks = tuple(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._queue.close()

    def _read(self) -> Mapping[str, Timed]:
        schedules = self._read_schedules()
        if schedules is not self._seen:
            pairs = ((schedule, timed(schedule)) for schedule in schedules)
            self._timed = {schedule.arn: found for schedule, found in pairs if found is not None}
            self._schedules = {schedule.arn: schedule for schedule in schedules}
            self._seen = schedules
        return self._timed

    def _fire(self, occasion: Occasion) -> None:
        schedule = self._schedules[occasion.arn]
        execution = new_execution(
            schedule, occasion.due_s, share=self._random_share(), is_last=occasion.is_last
        )
        self._start(execution, self._queue.put(execution.record()))

    def _start(self, execution: Execution, item_id: int) -> None:
        task = asyncio.get_running_loop().create_task(self._execute(execution, item_id))
        self._running.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._running.discard)

    async def _execute(self, execution: Execution, item_id: int) -> None:
        """Call a target; a killed server calls it again rather than forget to delete."""
        await self._delivery.deliver(execution)
        schedule = execution.schedule
        is_same = self._schedules.get(schedule.arn) == schedule
        if execution.is_last and schedule.deleted_when_completed and is_same:
            try:
                await self._delete(schedule)
            except Exception:
                _LOGGER.exception("%s is completed and was not deleted", schedule.arn)
        self._queue.remove(item_id)
