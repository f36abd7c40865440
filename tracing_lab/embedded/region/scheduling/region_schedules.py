"""The schedules of one region, wired to its data planes: EventBridge's rules, and Scheduler's."""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tracing_lab.embedded.cloudwatch.metrics import Record
from tracing_lab.embedded.eventbridge.bus import Bus
from tracing_lab.embedded.eventbridge.schedules import RuleSchedules
from tracing_lab.embedded.http.messages import HttpResponse
from tracing_lab.embedded.model import Catalog
from tracing_lab.embedded.protocol.api_call import ApiCall
from tracing_lab.embedded.protocol.requests import request_call
from tracing_lab.embedded.scheduler.delivery import TargetDelivery
from tracing_lab.embedded.scheduler.metrics import counter
from tracing_lab.embedded.scheduler.model import CallTarget, ScheduleSpec
from tracing_lab.embedded.scheduler.service import Schedules
from tracing_lab.embedded.storage.durable_map import DurableMap
from tracing_lab.embedded.storage.durable_queue import DurableQueue

from .role_calls import error_of

_LOGGER = logging.getLogger(__name__)

STATE_FILES = (_RULES, _SCHEDULES, _EXECUTIONS) = (
    "rule_schedules.log",
    "schedules.log",
    "schedule_executions.jsonl",
)
"""Files in a region's folder."""


class ScheduleCatalog(Catalog, Protocol):
    """Reads the resources of the control plane that have schedules."""

    def schedules(self) -> tuple[ScheduleSpec, ...]:
        """Return the enabled schedules of Scheduler; the same object until one changes."""


class Scheduling:
    """Fires the schedules of a region.

    Parameters
    ----------
    folder
        The region's folder.
    catalog
        Has rules and schedules.
    bus
        Delivers the events of rules.
    call
        Calls the targets of schedules.
    control
        Responds to calls of the control plane.
    record
        Records metrics.
    clock
        Epoch seconds.
    """

    def __init__(
        self,
        folder: Path,
        catalog: ScheduleCatalog,
        bus: Bus,
        *,
        call: CallTarget,
        control: Callable[[ApiCall], HttpResponse],
        record: Record,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._catalog = catalog
        self._control = control
        rules = RuleSchedules(catalog, bus.publish, DurableMap[str](folder / _RULES), clock=clock)
        self._schedules = Schedules(
            catalog.schedules,
            TargetDelivery(call, counter(record), clock=clock),
            self._delete,
            begun=DurableMap[str](folder / _SCHEDULES),
            queue=DurableQueue(folder / _EXECUTIONS),
            clock=clock,
        )
        self._timetables = (rules.timetable, self._schedules.timetable)
        self._tasks: list[asyncio.Task[None]] = []

    def __len__(self) -> int:
        """Return how many schedules will be due."""
        return sum(map(len, self._timetables))

    def start(self) -> None:
        """Continue the executions of an earlier server, and begin to fire."""
        resumed = self._schedules.resume()
        if resumed:
            _LOGGER.info("resumed %d executions of schedules", resumed)
        self._tasks = [asyncio.create_task(timetable.run()) for timetable in self._timetables]

    def refresh(self) -> None:
        """Read the schedules again, which a call may have changed."""
        for timetable in self._timetables:
            timetable.refresh()

    def fire_due(self) -> None:
        """Fire all that is due."""
        for timetable in self._timetables:
            timetable.fire_due()

    async def drain(self) -> None:
        """Wait until all executions have ended."""
        await self._schedules.drain()

    async def close(self) -> None:
        """Stop; executions that have not ended are continued by the next server."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._schedules.close()
        for timetable in self._timetables:
            timetable.close()

    async def _delete(self, schedule: ScheduleSpec) -> None:
        members = {"Name": schedule.name, "GroupName": schedule.group}
        region = self._catalog.region
        call = request_call(
            "scheduler", "DeleteSchedule", members, caller="scheduler", region=region
        )
        response = await asyncio.to_thread(self._control, call)
        error = error_of("scheduler", "DeleteSchedule", response)
        if error is not None:
            raise error
        self._schedules.timetable.refresh()
