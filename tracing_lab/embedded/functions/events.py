"""Asynchronous invocation: an accepted event is run until it succeeds or is given up.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

import logging
import math
import time
from dataclasses import replace

from tracing_lab.embedded.model import (
    EmitSegment,
    FunctionSpec,
    InvokeResult,
    Throttled,
)
from tracing_lab.embedded.storage.durable_queue import DurableQueue

from .executor import Executor, Finished
from .failures import EVENT_AGE_EXCEEDED, RETRIES_EXHAUSTED, SUCCESS, EndedEvent, OnEnd
from .queued_event import QueuedEvent, ResolveFunction, event_from_record
from .recording import Request
from .segments import Attempt, Phase, service_segment
from .settings import FunctionSettings

_logger = logging.getLogger(__name__)


class Events:
    """Runs accepted events.

    Parameters
    ----------
    executor
        Runs them.
    queue
        Keeps them until they are done, whatever happens to this process.
    emit
        Takes segment documents.
    settings
        Delays.
    on_end
        Takes events that are given up, and those with a destination that succeed.
    resolve
        Gives the function as it stands at a retry; without it, as it was.
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

    def accept(self, request: Request) -> QueuedEvent:
        """Take an event, which makes its trace partial from here on.

        Parameters
        ----------
        request
            The event.

        Raises
        ------
        OSError
            It could not be written down, so it is not accepted.
        """
        event = QueuedEvent(request, accepted_ns=time.time_ns())
        event.ticket = self._queue.put(event.to_record())
        if request.trace.recorded:
            self._emit(_service_segment(request, end_ns=None))
        return event

    def left_over(self) -> list[QueuedEvent]:
        """Give the events that an earlier server had accepted and not finished.

        Those of functions that were deleted are dropped.
        """
        if self._resolve is None:
            return []
        events = []
        for ticket, record in self._queue.items():
            try:
                events.append(event_from_record(record, ticket, self._resolve))
            except KeyError as error:
                _logger.warning("an event of %s is dropped: there is no such function", error)
                self._queue.remove(ticket)
            except (TypeError, ValueError):
                _logger.exception("an event is dropped: its record %s cannot be read", ticket)
                self._queue.remove(ticket)
        return events

    def load(self, ticket: int, function: FunctionSpec) -> QueuedEvent | None:
        """Return an event from the queue; None if its function was deleted, and it with it.

        Parameters
        ----------
        ticket
            The event's, as `accept` noted it.
        function
            Its function when it was accepted.
        """
        event = event_from_record(self._queue.get(ticket), ticket, lambda *_: function)
        return event if self.refresh(event) else None

    def refresh(self, event: QueuedEvent) -> bool:
        """Bring an event's function up to date; returns False if that was deleted.

        The event is dropped then.
        """
        function = event.request.function
        if self._resolve is not None:
            try:
                function = self._resolve(function.name, function.qualifier)
            except KeyError:
                self._end_segment(event)
                self._queue.remove(event.ticket)
                return False
        if function is not event.request.function:
            event.request = replace(event.request, function=function)
        return True

    async def process(self, event: QueuedEvent) -> bool:
        """Run an event once.

        Parameters
        ----------
        event
            The event.

        Returns
        -------
        bool
            Whether it is to be run again, at its ``due_ns``.
        """
        max_age_s = event.request.function.max_event_age_s
        delay_s = await self._try(event) if event.age_s <= max_age_s else math.inf
        if delay_s is None:
            self._queue.remove(event.ticket)
            return False
        if event.age_s + delay_s > max_age_s:
            await self._give_up(event, EVENT_AGE_EXCEEDED)
            self._queue.remove(event.ticket)
            return False
        event.due_ns = time.time_ns() + round(delay_s * 1e9)
        self._write_down(event)
        return True

    def _write_down(self, event: QueuedEvent) -> None:
        try:
            self._queue.replace(event.ticket, event.to_record())
        except OSError as error:
            _logger.warning("a restart would repeat tries of an event: %s", error)

    async def _try(self, event: QueuedEvent) -> float | None:
        """Run the event once; gives the wait until the next try, None when there is none."""
        patience_s = self._settings.queue_patience_s
        try:
            event.last = await self._executor.execute(event.request, patience_s=patience_s)
        except Throttled:
            event.throttles += 1
            first_s, longest_s = self._settings.throttle_backoff_s
            return min(longest_s, first_s * 2.0 ** min(event.throttles - 1, 30))
        self._note(event, event.last)
        if not event.last.outcome.failed:
            if event.request.function.on_success_arn is not None:
                await self._end(event, SUCCESS)
            return None
        if len(event.attempts) > event.request.function.max_retries:
            await self._give_up(event, RETRIES_EXHAUSTED)
            return None
        delays_s = self._settings.retry_delays_s or (0.0,)
        return delays_s[min(len(event.attempts), len(delays_s)) - 1]

    def _note(self, event: QueuedEvent, finished: Finished) -> None:
        """Send the service segment with all attempts so far.

        It is complete after each attempt, so that a trace settles while a retry is a minute away;
        how AWS handles that is not documented.
        """
        phase = Phase(finished.begun_ns, time.time_ns())
        event.attempts.append(Attempt(phase, failed=finished.outcome.failed))
        if event.request.trace.recorded:
            self._emit(
                _service_segment(event.request, end_ns=event.accepted_ns, attempts=event.attempts)
            )

    async def _give_up(self, event: QueuedEvent, condition: str) -> None:
        self._end_segment(event)
        await self._end(event, condition)

    def _end_segment(self, event: QueuedEvent) -> None:
        """Send the service segment of an event that will not be tried, if it never was."""
        if not event.attempts and event.request.trace.recorded:
            self._emit(_service_segment(event.request, end_ns=event.accepted_ns))

    async def _end(self, event: QueuedEvent, condition: str) -> None:
        if self._on_end is None:
            return
        request = event.request
        await self._on_end(
            EndedEvent(
                request.function,
                request.request_id,
                request.payload,
                condition,
                attempts=len(event.attempts),
                result=None if event.last is None else result_of(request, event.last),
                trace_header=request.trace.upstream,
                ended_ns=time.time_ns(),
            )
        )


def result_of(request: Request, finished: Finished) -> InvokeResult:
    """Give the answer that a synchronous caller gets."""
    return InvokeResult(
        request.request_id,
        finished.outcome.payload,
        function_error="Unhandled" if finished.outcome.failed else None,
        log_tail=finished.log_tail,
    )


def _service_segment(
    request: Request, *, end_ns: int | None, attempts: list[Attempt] | None = None
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
