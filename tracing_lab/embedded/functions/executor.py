"""Runs requests in environments, within the function's concurrency."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from tracing_lab.embedded.model import (
    EmitSegment,
    FunctionAttempt,
    FunctionSpec,
    InvokeResult,
    ObserveFunction,
    Throttled,
)

from .accepted import AcceptedInvocation
from .environments.environment import Environment
from .environments.pool import Pool
from .recording import Recording
from .runtime.outcome import Ending, RunOutcome, error_json, exit_message
from .runtime.session import EnvironmentLostError, InitFailedError
from .segments import Phase
from .settings import SegmentLayout

_MAX_PLACEMENTS = 3
_RESERVED_IN_USE = "ReservedFunctionConcurrentInvocationLimitExceeded"


class Executor:
    """Runs requests.

    Parameters
    ----------
    pool
        The environments.
    emit
        Sends segment documents.
    prepare
        Stores documents that count only if this process ends before the next one of that id.
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
        """Call an observer with every finished run."""
        self._observers.append(observer)

    async def execute(
        self, request: AcceptedInvocation, *, for_event: bool = False
    ) -> InvokeResult:
        """Run a request once.

        Parameters
        ----------
        request
            What to run.
        for_event
            Whether it is an event, for whose response no caller waits.

        Raises
        ------
        Throttled
            The function's reserved concurrency or this machine's capacity is used up.
        """
        function = request.function
        try:
            with self._slot(function):
                concurrent = self._running[function.name]
                result = await self._place(request, for_event=for_event)
        except Throttled:
            self._notify(FunctionAttempt(function, throttled=True))
            raise
        self._notify(
            FunctionAttempt(
                function,
                failed=result.failed,
                duration_ms=result.duration_ms,
                concurrent=concurrent,
            )
        )
        return result

    def _notify(self, attempt: FunctionAttempt) -> None:
        for observer in self._observers:
            observer(attempt)

    async def _place(self, request: AcceptedInvocation, *, for_event: bool) -> InvokeResult:
        for _ in range(_MAX_PLACEMENTS):
            environment = await self._pool.acquire(request.function, for_event=for_event)
            try:
                return await self._run(request, environment)
            except EnvironmentLostError:
                continue  # it ended between two runs, unrelated to this request
            finally:
                self._pool.release(environment)
        return _failed_placement(request)

    async def _run(self, request: AcceptedInvocation, environment: Environment) -> InvokeResult:
        recording = self._record(request, environment)
        try:
            outcome = await environment.run(recording.run())
        except InitFailedError as failure:
            return _init_failure(request, environment, recording, failure)
        return recording.finish(outcome)

    @contextmanager
    def _slot(self, function: FunctionSpec) -> Iterator[None]:
        """Reserve one unit of the function's concurrency, over all of its versions."""
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
    request: AcceptedInvocation,
    environment: Environment,
    recording: Recording,
    failure: InitFailedError,
) -> InvokeResult:
    now_ns = time.time_ns()
    recording.init = Phase(environment.init_began_ns, now_ns)
    recording.start(now_ns)
    payload = failure.payload or environment.platform_error(
        request.request_id, failure.ending, now_ns=now_ns
    )
    outcome = RunOutcome(Ending.INIT_ERROR, payload, now_ns, now_ns, failure.error_type)
    return recording.finish(outcome)


def _failed_placement(request: AcceptedInvocation) -> InvokeResult:
    """Return the result for a function whose environments end right after their start."""
    payload = error_json("Runtime.ExitError", exit_message(request.request_id, None))
    return InvokeResult(request.request_id, payload, "Unhandled", begun_ns=time.time_ns())
