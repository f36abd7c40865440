"""The state of one environment between its server side and its runtime client.

The runtime client asks for work (``next``) and answers; the server side submits work and gets an
`Outcome`. One piece of work at a time, as on Lambda.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .outcome import MAX_RESPONSE_BYTES, Ending, Outcome, too_large_json


class InvalidStateError(Exception):
    """The runtime client asked for something that is not its turn."""


class InvalidRequestIdError(Exception):
    """The runtime client answered a request that it does not have."""


class EnvironmentLostError(Exception):
    """The environment ended before the runtime got the work: it may run elsewhere."""


class InitFailedError(Exception):
    """The environment did not come up.

    Parameters
    ----------
    ending
        Init error, exit or timeout.
    error_type
        For example ``Runtime.ImportModuleError``.
    payload
        The error JSON; empty when the runtime could not report one.
    """

    def __init__(self, ending: Ending, *, error_type: str = "", payload: bytes = b"") -> None:
        super().__init__(error_type or ending.value)
        self.ending = ending
        self.error_type = error_type
        self.payload = payload


@dataclass(frozen=True)
class Work:
    """One request for the runtime client.

    Parameters
    ----------
    request_id
        Lambda's id.
    payload
        The event.
    headers
        Of the answer to ``next``, except the deadline.
    timeout_s
        The function's timeout in seconds.
    started
        Called with epoch nanoseconds when the runtime client gets the work.
    settled
        Called once when the environment is done with it: with the epoch nanoseconds at which the
        runtime asked for more, or None when it never will.
    """

    request_id: str
    payload: bytes
    headers: dict[str, str]
    timeout_s: float
    started: Callable[[int], None]
    settled: Callable[[int | None], None]


@dataclass(eq=False)
class _Job:
    work: Work
    outcome: asyncio.Future[Outcome]
    started_ns: int = 0
    timer: asyncio.TimerHandle | None = field(default=None, repr=False)

    def end(self, outcome: Outcome) -> None:
        if self.timer is not None:
            self.timer.cancel()
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def lose(self) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(EnvironmentLostError())
            self.outcome.exception()  # whoever submitted it may have been cancelled


class Exchange:
    """Hands work to a runtime client and outcomes back.

    Parameters
    ----------
    before_first
        Called when the runtime client asks for work for the first time: what it wrote so far
        belongs to its start.
    """

    def __init__(self, *, before_first: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._before_first = before_first
        self._queued: _Job | None = None
        self._running: _Job | None = None
        self._unsettled: Work | None = None
        self._asking: asyncio.Future[None] | None = None
        self._ended = False
        self.ready: asyncio.Future[int] = self._loop.create_future()

    @property
    def asking(self) -> bool:
        """Whether the runtime client waits for work at this moment."""
        return self._asking is not None

    def submit(self, work: Work) -> asyncio.Future[Outcome]:
        """Queue the one next piece of work.

        The future gives `EnvironmentLostError` when the runtime ends before it has the work.
        """
        job = _Job(work, self._loop.create_future())
        if self._ended:
            job.lose()
            return job.outcome
        self._queued = job
        if self._asking is not None and not self._asking.done():
            self._asking.set_result(None)
        return job.outcome

    # --- the runtime client's side ---

    async def next(self) -> tuple[Work, int]:
        """Wait for work; gives it with its deadline in epoch milliseconds.

        Raises
        ------
        InvalidStateError
            An answer is still due, or another ``next`` is waiting.
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
            await self._wait_for_work()
        if self._queued is None or self._ended:
            raise EnvironmentLostError
        return self._start(self._queued)

    async def _wait_for_work(self) -> None:
        self._asking = self._loop.create_future()
        try:
            await self._asking
        finally:
            self._asking = None

    def _start(self, job: _Job) -> tuple[Work, int]:
        work = job.work
        self._queued, self._running, self._unsettled = None, job, work
        job.started_ns = time.time_ns()
        job.timer = self._loop.call_later(work.timeout_s, self._time_out, job)
        work.started(job.started_ns)
        return work, job.started_ns // 1_000_000 + round(work.timeout_s * 1000)

    def respond(self, request_id: str, body: bytes) -> None:
        """Take the handler's answer."""
        self._finish(request_id, Ending.SUCCESS, body)

    def refuse_response(self, request_id: str, size_bytes: int) -> None:
        """Note an answer that was too large to be read."""
        error_type = "Function.ResponseSizeTooLarge"
        self._finish(request_id, Ending.ERROR, too_large_json(size_bytes), error_type=error_type)

    def fail(self, request_id: str, body: bytes, *, error_type: str, cause: Any = None) -> None:
        """Take the handler's error."""
        if len(body) > MAX_RESPONSE_BYTES:
            self.refuse_response(request_id, len(body))
            return
        self._finish(request_id, Ending.ERROR, body, error_type=error_type, cause=cause)

    def init_failed(self, body: bytes, *, error_type: str) -> None:
        """Take the init error."""
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
        job = self._running
        if job is None or job.work.request_id != request_id:
            raise InvalidRequestIdError(request_id)
        self._running = None
        job.end(Outcome(ending, body, job.started_ns, time.time_ns(), error_type, cause))

    # --- the server's side ---

    def end(self, ending: Ending, *, error_type: str = "") -> None:
        """Give everything up that waits, because the process has ended or is about to."""
        self._ended = True
        if not self.ready.done():
            self.ready.set_exception(InitFailedError(ending, error_type=error_type))
            self.ready.exception()  # whoever started it may have been cancelled
        if self._running is not None:
            self._abandon(self._running, ending, error_type)
        if self._queued is not None:
            self._queued.lose()
        if self._asking is not None and not self._asking.done():
            self._asking.set_result(None)
        self._settle(None)

    def _time_out(self, job: _Job) -> None:
        if self._running is job:
            self.end(Ending.TIMEOUT, error_type="Sandbox.Timedout")

    def _abandon(self, job: _Job, ending: Ending, error_type: str) -> None:
        self._running = None
        job.end(Outcome(ending, b"", job.started_ns, time.time_ns(), error_type))

    def _settle(self, now_ns: int | None) -> None:
        work, self._unsettled = self._unsettled, None
        if work is not None:
            work.settled(now_ns)
