"""Asynchronous invocation: runs accepted events until they succeed or are given up.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

import logging
import math
import time

from tracing_lab.embedded.model import (
    EmitSegment,
    FunctionSpec,
    InvokeResult,
    Throttled,
)
from tracing_lab.embedded.storage.durable_queue import DurableQueue

from .accepted import AcceptedInvocation
from .executor import Executor
from .failures import EVENT_AGE_EXCEEDED, RETRIES_EXHAUSTED, SUCCESS, EndedEvent, OnEnd
from .queued_event import QueuedEvent, ResolveFunction, event_from_record
from .segments import Attempt, Phase, service_segment
from .settings import FunctionSettings

_logger = logging.getLogger(__name__)


class AsyncInvocations:
    """Runs accepted events.

    Parameters
    ----------
    executor
        Runs them.
    queue
        Durable queue of pending events.
    emit
        Sends segment documents.
    settings
        Delays.
    on_end
        Handles events that are given up, and successful ones with a destination.
    resolve
        Returns the current function for a retry; by default the function as it was.
    """

    def __init__(
        self,
        executor: Executor,
        *,
        queue: DurableQueue,
        emit: EmitSegment,
        settings: FunctionSettings,
        on_end: OnEnd | None = None,
        resolve: ResolveFunction | None = None,
    ) -> None:
        self._executor = executor
        self._queue = queue
        self._emit = emit
        self._settings = settings
        self._on_end = on_end
        self._resolve = resolve

    def accept(self, request: AcceptedInvocation) -> QueuedEvent:
        """Accept an event; its trace is partial from now on.

        Raises
        ------
        OSError
            The event could not be written, and is not accepted.
        """
        event = QueuedEvent(request, accepted_ns=time.time_ns())
        event.item_id = self._queue.put(event.to_record())
        if request.trace.recorded:
            self._emit(_service_segment(request, end_ns=None))
        return event

    def left_over(self) -> list[QueuedEvent]:
        """Return the pending events of an earlier server.

        Those of functions that were deleted are dropped.
        """
        if self._resolve is None:
            return []
        events = []
        for item_id, record in self._queue.items():
            try:
                events.append(event_from_record(record, item_id, self._resolve))
            except KeyError as error:
                _logger.warning("an event of %s is dropped: there is no such function", error)
                self._queue.remove(item_id)
            except (TypeError, ValueError):
                _logger.exception("an event is dropped: its record %s cannot be read", item_id)
                self._queue.remove(item_id)
        return events

    def load(self, item_id: int, function: FunctionSpec) -> QueuedEvent | None:
        """Return an event from the queue; None if its function was deleted, which drops the event.

        Parameters
        ----------
        item_id
            Its id from `accept`.
        function
            Its function at acceptance.
        """
        event = event_from_record(self._queue.get(item_id), item_id, lambda *_: function)
        return event if self.refresh(event) else None

    def refresh(self, event: QueuedEvent) -> bool:
        """Update the function of an event; return False if it was deleted.

        The event of a deleted function is dropped.
        """
        function = event.request.function
        if self._resolve is not None:
            try:
                function = self._resolve(function.name, function.qualifier)
            except KeyError:
                self._end_segment(event)
                self._queue.remove(event.item_id)
                return False
        if function is not event.request.function:
            event.request = event.request.with_function(function)
        return True

    async def process(self, event: QueuedEvent) -> bool:
        """Run an event once; return whether it is to be run again, at its ``due_ns``."""
        max_age_s = event.request.function.max_event_age_s
        delay_s = await self._try(event) if event.age_s <= max_age_s else math.inf
        if delay_s is None:
            self._queue.remove(event.item_id)
            return False
        if event.age_s + delay_s > max_age_s:
            await self._give_up(event, EVENT_AGE_EXCEEDED)
            self._queue.remove(event.item_id)
            return False
        event.due_ns = time.time_ns() + round(delay_s * 1e9)
        self._write_down(event)
        return True

    def _write_down(self, event: QueuedEvent) -> None:
        try:
            self._queue.replace(event.item_id, event.to_record())
        except OSError as error:
            _logger.warning("a restart would repeat attempts of an event: %s", error)

    async def _try(self, event: QueuedEvent) -> float | None:
        """Run the event once; return the delay until the next attempt, None if there is none."""
        try:
            event.last = await self._executor.execute(event.request, for_event=True)
        except Throttled:
            event.throttles += 1
            first_s, longest_s = self._settings.throttle_backoff_s
            return min(longest_s, first_s * 2.0 ** min(event.throttles - 1, 30))
        self._note(event, event.last)
        if not event.last.failed:
            if event.request.function.on_success_arn is not None:
                await self._end(event, SUCCESS)
            return None
        if len(event.attempts) > event.request.function.max_retries:
            await self._give_up(event, RETRIES_EXHAUSTED)
            return None
        delays_s = self._settings.retry_delays_s or (0.0,)
        return delays_s[min(len(event.attempts), len(delays_s)) - 1]

    def _note(self, event: QueuedEvent, result: InvokeResult) -> None:
        """Send the service segment with all attempts so far.

        It is complete after each attempt, so that a trace settles while a retry is a minute away;
        how AWS handles that is not documented.
        """
        phase = Phase(result.begun_ns, time.time_ns())
        event.attempts.append(Attempt(phase, failed=result.failed))
        if event.request.trace.recorded:
            self._emit(
                _service_segment(event.request, end_ns=event.accepted_ns, attempts=event.attempts)
            )

    async def _give_up(self, event: QueuedEvent, condition: str) -> None:
        self._end_segment(event)
        await self._end(event, condition)

    def _end_segment(self, event: QueuedEvent) -> None:
        """Send the service segment of an event that was never attempted."""
        if not event.attempts and event.request.trace.recorded:
            self._emit(_service_segment(event.request, end_ns=event.accepted_ns))

    async def _end(self, event: QueuedEvent, condition: str) -> None:
        if self._on_end is None:
            return
        await self._on_end(
            EndedEvent(
                event.request,
                condition,
                attempts=len(event.attempts),
                result=event.last,
                ended_ns=time.time_ns(),
            )
        )


def _service_segment(
    request: AcceptedInvocation, *, end_ns: int | None, attempts: list[Attempt] | None = None
) -> dict[str, object]:
    return service_segment(
        request.function,
        request.trace,
        request_id=request.request_id,
        start_ns=request.arrival_ns,
        end_ns=end_ns,
        status=202,
        attempts=attempts or (),
    )
