"""The interface of the Lambda data plane: synchronous and asynchronous invocation."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from tracing_lab.embedded.http.callers import FunctionProcess
from tracing_lab.embedded.model import (
    MAX_INVOKE_BYTES,
    EmitSegment,
    FunctionSpec,
    Invocation,
    InvokeResult,
    ObserveFunction,
    Throttled,
    WriteLogs,
)
from tracing_lab.embedded.protocol.identifiers import random_uuid
from tracing_lab.embedded.storage.durable_queue import DurableQueue
from tracing_lab.errors import EmbeddedError

from .accepted import AcceptedInvocation
from .backlog import Backlog
from .environments.code_store import CodeStore, remove_tree
from .environments.environment import Environment, EnvironmentContext
from .environments.pool import Pool
from .environments.variables import Grant
from .events import AsyncInvocations
from .executor import Executor
from .failures import OnEnd
from .queue_links import producers_links
from .queued_event import ResolveFunction
from .segments import service_segment
from .settings import FunctionSettings
from .tracing import request_trace

_T = TypeVar("_T")

MAX_REQUEST_BYTES = MAX_INVOKE_BYTES
MAX_EVENT_BYTES = 1024**2
"""Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

QUEUE_FILE = "events.jsonl"
"""Name of the file in ``work_dir`` with pending events."""


class RequestTooLargeError(EmbeddedError):
    """The payload is over Lambda's limit (HTTP 413 RequestEntityTooLargeException)."""


class Functions:
    """Runs Lambda functions in real processes and sends their segments and logs.

    Parameters
    ----------
    work_dir
        For unpacked code and private folders of environments.
    emit
        Sends segment documents.
    prepare
        Stores documents that count only if this process ends before the next one of that id.
    keep
        Makes sent and stored documents durable, before an event counts as finished.
    write_logs
        Writes log events.
    environment
        Returns endpoint, credentials of the role and daemon address for a new environment.
    sample
        Lambda's own sampling decision for an Active function without an upstream decision:
        1 a second and 5 %.
    settings
        Tunables.
    on_end
        Handles events that are given up: sends them to destination or dead-letter queue.
    resolve
        Returns the current function for a retry.
    """

    def __init__(  # noqa: PLR0913 - what surrounds a data plane
        self,
        *,
        work_dir: Path,
        emit: EmitSegment,
        prepare: EmitSegment = lambda _: None,
        keep: Callable[[], None] = lambda: None,
        write_logs: WriteLogs,
        environment: Callable[[FunctionSpec], Grant],
        sample: Callable[[FunctionSpec], bool],
        settings: FunctionSettings | None = None,
        on_end: OnEnd | None = None,
        resolve: ResolveFunction | None = None,
    ) -> None:
        settings = settings or FunctionSettings()
        temp = work_dir / "environments"
        remove_tree(temp)  # left by a server that was killed
        self._code = CodeStore(work_dir / "code", settings.isolation.mounts)
        context = EnvironmentContext(self._code, temp, environment, write_logs, settings)
        self._emit = emit
        self._sample = sample
        self._pool = Pool(lambda function: Environment(function, context), settings=settings)
        self._executor = Executor(self._pool, emit=emit, prepare=prepare, layout=settings.layout)
        self._queue = DurableQueue(work_dir / QUEUE_FILE, before_done=keep)
        self._events = AsyncInvocations(
            self._executor,
            queue=self._queue,
            emit=emit,
            settings=settings,
            on_end=on_end,
            resolve=resolve,
        )
        self._backlog = Backlog(self._events, limit=settings.max_environments, spawn=self._spawn)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The processes of all environments."""
        return tuple(
            environment.pid
            for environment in self._pool.environments
            if environment.pid is not None
        )

    @property
    def processes(self) -> tuple[FunctionProcess, ...]:
        """The processes of all environments, for identifying their calls."""
        return tuple(
            FunctionProcess(environment.pid, environment.function.name, environment.access_key)
            for environment in self._pool.environments
            if environment.pid is not None
        )

    async def invoke(self, invocation: Invocation) -> InvokeResult:
        """Run a function and return its result.

        The run continues if the caller stops waiting.

        Raises
        ------
        Throttled
            The function has no free concurrency.
        RequestTooLargeError
            The payload is over 6 MB.
        EmbeddedError
            This data plane was closed.
        """
        request = self._accepted(invocation, limit_bytes=MAX_REQUEST_BYTES)
        arrival_ns = request.arrival_ns
        for link in producers_links(request.function, request.trace, received_ns=arrival_ns):
            self._emit(link)
        return await asyncio.shield(self._spawn(self._run(request)))

    async def accept(self, invocation: Invocation) -> str:
        """Queue an event for a function and return the request id.

        Raises
        ------
        RequestTooLargeError
            The payload is over 1 MB.
        EmbeddedError
            This data plane was closed.
        OSError
            The event could not be written.
        """
        request = self._accepted(invocation, limit_bytes=MAX_EVENT_BYTES)
        self._backlog.add(self._events.accept(request))
        return request.request_id

    def resume(self) -> set[str]:
        """Continue the events of an earlier server; return the ids of their segments."""
        events = self._events.left_over()
        for event in events:
            self._backlog.add(event)
        return {event.request.trace.service_id for event in events}

    def observe(self, observer: ObserveFunction) -> None:
        """Call an observer with every finished run, retries included."""
        self._executor.observe(observer)

    async def prewarm(self, function: FunctionSpec, *, count: int = 1) -> None:
        """Start environments before there is a request, as provisioned concurrency does.

        Parameters
        ----------
        function
            The function.
        count
            Least number of environments.
        """
        await self._pool.prewarm(function, count=count)

    def forget(self, name: str) -> None:
        """End the environments of a deleted function; current runs may finish."""
        self._pool.forget(name)
        self._code.forget(name)

    async def drain(self) -> None:
        """Wait until there are no runs and no events."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """End all environments and their processes; current runs are aborted.

        Pending events stay in their file.
        """
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._pool.close()
        await asyncio.to_thread(self._code.close)
        self._queue.close()

    def _accepted(self, invocation: Invocation, *, limit_bytes: int) -> AcceptedInvocation:
        if self._closed:
            message = "the Lambda data plane was closed; start the embedded AWS again"
            raise EmbeddedError(message)
        if len(invocation.payload) > limit_bytes:
            message = (
                f"Request must be smaller than {limit_bytes} bytes for the InvokeFunction operation"
            )
            raise RequestTooLargeError(message)
        trace = request_trace(invocation, sample=self._sample)
        return AcceptedInvocation(invocation, random_uuid(), trace, time.time_ns())

    async def _run(self, request: AcceptedInvocation) -> InvokeResult:
        try:
            result = await self._executor.execute(request)
        except Throttled:
            self._send_service_segment(request, status=429, failed=True)
            raise
        self._send_service_segment(request, status=200, failed=result.failed)
        return result

    def _send_service_segment(
        self, request: AcceptedInvocation, *, status: int, failed: bool
    ) -> None:
        if not request.trace.recorded:
            return
        document = service_segment(
            request.function,
            request.trace,
            request_id=request.request_id,
            start_ns=request.arrival_ns,
            end_ns=time.time_ns(),
            status=status,
            failed=failed,
        )
        self._emit(document)

    def _spawn(self, coroutine: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
