"""The state of an environment's runtime client: its current run and its next one.

The client polls for a run (``next``) and responds; the server side submits runs and gets an
`RunOutcome`. One run at a time, as on Lambda.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tracing_lab.embedded.functions.accepted import AcceptedInvocation
from tracing_lab.embedded.functions.tracing import AttemptTrace

from .outcome import MAX_RESPONSE_BYTES, Ending, RunOutcome, too_large_json


class InvalidStateError(Exception):
    """The runtime client sent a request that is not allowed in its state."""


class InvalidRequestIdError(Exception):
    """The runtime client responded to a request that it does not have."""


class EnvironmentLostError(Exception):
    """The environment ended before the runtime received the run, which may run in another one."""


class InitFailedError(Exception):
    """The environment did not start.

    Parameters
    ----------
    ending
        Init error, exit or timeout.
    error_type
        For example ``Runtime.ImportModuleError``.
    payload
        The error JSON; empty if the runtime did not report one.
    """

    def __init__(self, ending: Ending, *, error_type: str = "", payload: bytes = b"") -> None:
        super().__init__(error_type or ending.value)
        self.ending = ending
        self.error_type = error_type
        self.payload = payload


@dataclass(eq=False)
class Run:
    """One attempt to run an invocation in an environment.

    Parameters
    ----------
    request
        The invocation.
    trace
        The ids of this attempt.
    started
        Called with epoch nanoseconds when the runtime client gets the event.
    settled
        Called once when the environment has finished it: with the epoch nanoseconds at which the
        runtime polled again, or None if it never will.
    started_ns
        When the runtime client got the event.
    """

    request: AcceptedInvocation
    trace: AttemptTrace
    started: Callable[[int], None]
    settled: Callable[[int | None], None]
    outcome: asyncio.Future[RunOutcome] = field(init=False)
    started_ns: int = field(default=0, init=False)
    timer: asyncio.TimerHandle | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self.outcome = asyncio.get_running_loop().create_future()

    @property
    def deadline_ms(self) -> int:
        """The end of the function's timeout, in epoch milliseconds."""
        return self.started_ns // 1_000_000 + round(self.request.function.timeout_s * 1000)

    def end(self, outcome: RunOutcome) -> None:
        """Set the outcome."""
        if self.timer is not None:
            self.timer.cancel()
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def lose(self) -> None:
        """Fail with `EnvironmentLostError`, unless there is an outcome."""
        if not self.outcome.done():
            self.outcome.set_exception(EnvironmentLostError())
            self.outcome.exception()  # its caller may have been cancelled


class RuntimeSession:
    """Passes runs to a runtime client, and outcomes back.

    Parameters
    ----------
    before_first
        Called when the runtime client first polls for a run: its output so far belongs to its
        start.
    """

    def __init__(self, *, before_first: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._before_first = before_first
        self._queued: Run | None = None
        self._running: Run | None = None
        self._unsettled: Run | None = None
        self._asking: asyncio.Future[None] | None = None
        self._ended = False
        self.ready: asyncio.Future[int] = self._loop.create_future()

    @property
    def is_waiting(self) -> bool:
        """Whether the runtime client is waiting for a run."""
        return self._asking is not None

    def submit(self, run: Run) -> asyncio.Future[RunOutcome]:
        """Queue the one next run.

        The future raises `EnvironmentLostError` when the runtime ends before it has the run.
        """
        if self._ended:
            run.lose()
            return run.outcome
        self._queued = run
        if self._asking is not None and not self._asking.done():
            self._asking.set_result(None)
        return run.outcome

    # --- the runtime client's side ---

    async def next(self) -> Run:
        """Wait for a run, and start it.

        Raises
        ------
        InvalidStateError
            A response is still due, or another ``next`` is waiting.
        EnvironmentLostError
            The environment is being ended.
        """
        if self._running is not None or self._asking is not None:
            raise InvalidStateError
        now_ns = time.time_ns()
        self._settle(now_ns)
        if not self.ready.done():
            self._before_first()
            self.ready.set_result(now_ns)
        if self._queued is None:
            await self._wait_for_run()
        if self._queued is None or self._ended:
            raise EnvironmentLostError
        return self._start(self._queued)

    async def _wait_for_run(self) -> None:
        self._asking = self._loop.create_future()
        try:
            await self._asking
        finally:
            self._asking = None

    def _start(self, run: Run) -> Run:
        self._queued, self._running, self._unsettled = None, run, run
        run.started_ns = time.time_ns()
        run.timer = self._loop.call_later(run.request.function.timeout_s, self._time_out, run)
        run.started(run.started_ns)
        return run

    def respond(self, request_id: str, body: bytes) -> None:
        """Accept the handler's response."""
        self._finish(request_id, Ending.SUCCESS, body)

    def reject_response(self, request_id: str, size_bytes: int) -> None:
        """Fail the run because its response was too large."""
        error_type = "Function.ResponseSizeTooLarge"
        self._finish(request_id, Ending.ERROR, too_large_json(size_bytes), error_type=error_type)

    def fail(self, request_id: str, body: bytes, *, error_type: str, cause: Any = None) -> None:
        """Accept the handler's error."""
        if len(body) > MAX_RESPONSE_BYTES:
            self.reject_response(request_id, len(body))
            return
        self._finish(request_id, Ending.ERROR, body, error_type=error_type, cause=cause)

    def init_failed(self, body: bytes, *, error_type: str) -> None:
        """Accept the init error."""
        if self.ready.done():
            raise InvalidStateError
        failure = InitFailedError(Ending.INIT_ERROR, error_type=error_type, payload=body)
        self.ready.set_exception(failure)

    def _finish(
        self,
        request_id: str,
        ending: Ending,
        body: bytes,
        *,
        error_type: str = "",
        cause: Any = None,
    ) -> None:
        run = self._running
        if run is None or run.request.request_id != request_id:
            raise InvalidRequestIdError(request_id)
        self._running = None
        run.end(RunOutcome(ending, body, run.started_ns, time.time_ns(), error_type, cause))

    # --- the server's side ---

    def end(self, ending: Ending, *, error_type: str = "") -> None:
        """Fail everything that is waiting, because the process has ended or is about to."""
        self._ended = True
        if not self.ready.done():
            self.ready.set_exception(InitFailedError(ending, error_type=error_type))
            self.ready.exception()  # its caller may have been cancelled
        if self._running is not None:
            self._abandon(self._running, ending, error_type)
        if self._queued is not None:
            self._queued.lose()
        if self._asking is not None and not self._asking.done():
            self._asking.set_result(None)
        self._settle(None)

    def _time_out(self, run: Run) -> None:
        if self._running is run:
            self.end(Ending.TIMEOUT, error_type="Sandbox.Timedout")

    def _abandon(self, run: Run, ending: Ending, error_type: str) -> None:
        self._running = None
        run.end(RunOutcome(ending, b"", run.started_ns, time.time_ns(), error_type))

    def _settle(self, now_ns: int | None) -> None:
        run, self._unsettled = self._unsettled, None
        if run is not None:
            run.settled(now_ns)
