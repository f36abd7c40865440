"""Runs one request in an environment, within the function's concurrency."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from tracing_lab.embedded.model import (
    EmitSegment,
    FunctionAttempt,
    FunctionSpec,
    ObserveFunction,
    Throttled,
)

from .environments.environment import Environment
from .environments.pool import Pool
from .recording import Recording, Request
from .runtime.exchange import EnvironmentLostError, InitFailedError
from .runtime.outcome import Ending, Outcome, error_json, exit_message
from .segments import Phase
from .settings import SegmentLayout

_MAX_PLACEMENTS = 3
_RESERVED_IN_USE = "ReservedFunctionConcurrentInvocationLimitExceeded"


class Finished(NamedTuple):
    """A request that was run.

    Parameters
    ----------
    outcome
        How it ended.
    log_tail
        The last 4 KB of its log.
    begun_ns
        When an environment turned to it, cold start included.
    """

    outcome: Outcome
    log_tail: bytes
    begun_ns: int


class Executor:
    """Runs requests.

    Parameters
    ----------
    pool
        The environments.
    emit
        Takes segment documents.
    prepare
        Takes those that count if this process ends before the next of the same id is emitted.
    layout
        Shape of the function segment.
    """

    def __init__(
        self, pool: Pool, *, emit: EmitSegment, prepare: EmitSegment, layout: SegmentLayout
    ) -> None:
        self._pool = pool
        self._record = partial(Recording, emit=emit, prepare=prepare, layout=layout)
        self._running: Counter[str] = Counter()
        self._observers: list[ObserveFunction] = []

    def observe(self, observer: ObserveFunction) -> None:
        """Have every run told to an observer when it has ended."""
        self._observers.append(observer)

    async def execute(self, request: Request, *, patience_s: float = 0.0) -> Finished:
        """Run a request once.

        Parameters
        ----------
        request
            What to run.
        patience_s
            How long to wait for a busy environment before another is started.

        Raises
        ------
        Throttled
            The function has used up its reserved concurrency, or this machine has no place.
        """
        function = request.function
        try:
            with self._slot(function):
                concurrent = self._running[function.name]
                finished = await self._place(request, patience_s=patience_s)
        except Throttled:
            self._tell(FunctionAttempt(function, throttled=True))
            raise
        outcome = finished.outcome
        self._tell(
            FunctionAttempt(
                function,
                failed=outcome.failed,
                duration_ms=outcome.duration_ms,
                concurrent=concurrent,
            )
        )
        return finished

    def _tell(self, attempt: FunctionAttempt) -> None:
        for observer in self._observers:
            observer(attempt)

    async def _place(self, request: Request, *, patience_s: float) -> Finished:
        for _ in range(_MAX_PLACEMENTS):
            environment = await self._pool.acquire(request.function, patience_s=patience_s)
            try:
                return await self._run(request, environment)
            except EnvironmentLostError:
                continue  # it ended between two runs, which is not this request's fault
            finally:
                self._pool.release(environment)
        return _never_placed(request)

    async def _run(self, request: Request, environment: Environment) -> Finished:
        recording = self._record(request, environment)
        try:
            outcome = await environment.run(recording.work())
        except InitFailedError as failure:
            return _init_failure(request, environment, recording, failure)
        tail = recording.finish(outcome)
        begun_ns = outcome.started_ns if recording.init is None else recording.init.start_ns
        return Finished(outcome, tail, max(begun_ns, request.arrival_ns))

    @contextmanager
    def _slot(self, function: FunctionSpec) -> Iterator[None]:
        """Hold one unit of the function's concurrency, over all of its versions."""
        limit = function.reserved_concurrency
        if limit is not None and self._running[function.name] >= limit:
            message = f"reserved concurrency {limit} of function {function.name} is in use"
            raise Throttled(message, reason=_RESERVED_IN_USE)
        self._running[function.name] += 1
        try:
            yield
        finally:
            self._running[function.name] -= 1


def _init_failure(
    request: Request, environment: Environment, recording: Recording, failure: InitFailedError
) -> Finished:
    now_ns = time.time_ns()
    recording.init = Phase(environment.began_ns, now_ns)
    recording.start(now_ns)
    payload = failure.payload or environment.platform_error(
        request.request_id, failure.ending, now_ns=now_ns
    )
    outcome = Outcome(failure.ending, payload, now_ns, now_ns, failure.error_type)
    tail = recording.finish(replace(outcome, ending=Ending.INIT_ERROR))
    return Finished(outcome, tail, max(environment.began_ns, request.arrival_ns))


def _never_placed(request: Request) -> Finished:
    """Give up on a function whose environments end as soon as they are up."""
    now_ns = time.time_ns()
    payload = error_json("Runtime.ExitError", exit_message(request.request_id, None))
    return Finished(Outcome(Ending.EXIT, payload, now_ns, now_ns, "Runtime.ExitError"), b"", now_ns)
