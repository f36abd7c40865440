"""Asynchronous invocation: an accepted event is run until it succeeds or is given up.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tracing_lab.embedded.model import EmitSegment, FunctionSpec, InvokeResult, Throttled

from .executor import Executor, Finished
from .failures import EVENT_AGE_EXCEEDED, RETRIES_EXHAUSTED, FailedEvent, OnFailure
from .recording import Request
from .segments import Attempt, Phase, service_segment
from .settings import FunctionSettings

ResolveFunction = Callable[[FunctionSpec], FunctionSpec]
"""Give a function as it stands now; KeyError when it was deleted."""


@dataclass
class _Event:
    request: Request
    accepted_ns: int
    attempts: list[Attempt] = field(default_factory=list)
    throttles: int = 0
    last: Finished | None = None

    @property
    def age_s(self) -> float:
        return (time.time_ns() - self.request.arrival_ns) / 1e9


class Events:
    """Runs accepted events.

    Parameters
    ----------
    executor
        Runs them.
    emit
        Takes segment documents.
    settings
        Delays.
    on_failure
        Takes events that are given up.
    resolve
        Gives the function as it stands at a retry.
    """

    def __init__(
        self,
        executor: Executor,
        *,
        emit: EmitSegment,
        settings: FunctionSettings,
        on_failure: OnFailure | None = None,
        resolve: ResolveFunction | None = None,
    ) -> None:
        self._executor = executor
        self._emit = emit
        self._settings = settings
        self._on_failure = on_failure
        self._resolve = resolve or (lambda function: function)

    def accept(self, request: Request) -> int:
        """Note the acceptance: the trace is partial from here on; gives epoch nanoseconds."""
        accepted_ns = time.time_ns()
        if request.trace.recorded:
            self._emit(_service_segment(request, end_ns=None))
        return accepted_ns

    async def process(self, request: Request, *, accepted_ns: int) -> None:
        """Run an event to its end.

        Parameters
        ----------
        request
            The event.
        accepted_ns
            When its caller was answered.
        """
        event = _Event(request, accepted_ns)
        while (delay_s := await self._try(event)) is not None:
            if event.age_s + delay_s > event.request.function.max_event_age_s:
                await self._give_up(event, EVENT_AGE_EXCEEDED)
                return
            await asyncio.sleep(delay_s)
            try:
                current = self._resolve(event.request.function)
            except KeyError:
                return  # the function is gone, and its queue with it
            event.request = replace(event.request, function=current)

    async def _try(self, event: _Event) -> float | None:
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
            return None
        if len(event.attempts) > event.request.function.max_retries:
            await self._give_up(event, RETRIES_EXHAUSTED)
            return None
        delays_s = self._settings.retry_delays_s or (0.0,)
        return delays_s[min(len(event.attempts), len(delays_s)) - 1]

    def _note(self, event: _Event, finished: Finished) -> None:
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

    async def _give_up(self, event: _Event, condition: str) -> None:
        request = event.request
        if not event.attempts and request.trace.recorded:
            self._emit(_service_segment(request, end_ns=event.accepted_ns))
        if self._on_failure is None:
            return
        await self._on_failure(
            FailedEvent(
                request.function,
                request.request_id,
                request.payload,
                condition,
                attempts=len(event.attempts),
                result=None if event.last is None else result_of(request, event.last),
                trace_header=request.trace.upstream,
                failed_ns=time.time_ns(),
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
