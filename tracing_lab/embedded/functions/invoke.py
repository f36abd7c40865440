"""The front of the Lambda data plane: synchronous and asynchronous invocation."""

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

from .backlog import Backlog
from .environments.code_store import CodeStore, remove_tree
from .environments.environment import Environment, Site
from .environments.pool import Pool
from .environments.variables import Grant
from .events import Events, result_of
from .executor import Executor
from .failures import OnEnd
from .queued_event import ResolveFunction
from .recording import Request
from .segments import service_segment
from .settings import FunctionSettings
from .tracing import request_trace

_T = TypeVar("_T")

MAX_REQUEST_BYTES = MAX_INVOKE_BYTES
MAX_EVENT_BYTES = 1024**2
"""Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

QUEUE_FILE = "events.jsonl"
"""Name of the file in ``work_dir`` with the events that are accepted and not done."""


class RequestTooLargeError(EmbeddedError):
    """The payload is over Lambda's limit (HTTP 413 RequestEntityTooLargeException)."""


class Functions:
    """Runs Lambda functions in real processes and sends their segments and logs.

    Parameters
    ----------
    work_dir
        For unpacked code and private folders of environments.
    emit
        Takes segment documents.
    prepare
        Takes those that count if this process ends before the next of the same id is emitted.
    write_logs
        Takes log events.
    environment
        Returns what a new environment gets: endpoint, credentials of its role, daemon address.
    sample
        Lambda's own sampling decision for an Active function without an upstream decision:
        1 a second and 5 %.
    settings
        Tunables.
    on_end
        Takes events that are given up, to send them to destination or dead-letter queue.
    resolve
        Gives a function as it stands at the retry of an event.
    """

    def __init__(  # noqa: PLR0913 - what surrounds a data plane
        self,
        *,
        work_dir: Path,
        emit: EmitSegment,
        prepare: EmitSegment = lambda _: None,
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
        site = Site(self._code, temp, environment, write_logs, settings)
        self._emit = emit
        self._sample = sample
        self._pool = Pool(lambda function: Environment(function, site), settings=settings)
        self._executor = Executor(self._pool, emit=emit, prepare=prepare, layout=settings.layout)
        self._queue = DurableQueue(work_dir / QUEUE_FILE)
        self._events = Events(
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
        return tuple(one.pid for one in self._pool.environments if one.pid is not None)

    @property
    def processes(self) -> tuple[FunctionProcess, ...]:
        """The processes of all environments, with what tells their calls."""
        return tuple(
            FunctionProcess(one.pid, one.function.name, one.access_key)
            for one in self._pool.environments
            if one.pid is not None
        )

    async def invoke(self, invocation: Invocation) -> InvokeResult:
        """Run a function and wait for its answer.

        The run goes on when the caller stops waiting.

        Parameters
        ----------
        invocation
            What to run.

        Raises
        ------
        Throttled
            The function has no free concurrency.
        RequestTooLargeError
            The payload is over 6 MB.
        EmbeddedError
            This data plane was closed.
        """
        request = self._request(invocation, limit_bytes=MAX_REQUEST_BYTES)
        return await asyncio.shield(self._spawn(self._run(request)))

    async def accept(self, invocation: Invocation) -> str:
        """Queue an event for a function; gives the request id.

        Parameters
        ----------
        invocation
            What to run.

        Raises
        ------
        RequestTooLargeError
            The payload is over 1 MB.
        EmbeddedError
            This data plane was closed.
        OSError
            The event could not be written down.
        """
        request = self._request(invocation, limit_bytes=MAX_EVENT_BYTES)
        self._backlog.add(self._events.accept(request))
        return request.request_id

    def resume(self) -> set[str]:
        """Go on with the events of an earlier server; returns the ids of their segments."""
        events = self._events.left_over()
        for event in events:
            self._backlog.add(event)
        return {event.request.trace.service_id for event in events}

    def observe(self, observer: ObserveFunction) -> None:
        """Have every run, retries included, told to an observer when it has ended."""
        self._executor.observe(observer)

    async def prewarm(self, function: FunctionSpec, *, count: int = 1) -> None:
        """Have environments ready before there is a request, as provisioned concurrency does.

        Parameters
        ----------
        function
            What they shall run.
        count
            How many there should be at least.
        """
        await self._pool.prewarm(function, count=count)

    def forget(self, name: str) -> None:
        """End the environments of a function that was deleted; what runs may finish.

        Parameters
        ----------
        name
            The function's name.
        """
        self._pool.forget(name)
        self._code.forget(name)

    async def drain(self) -> None:
        """Wait until nothing runs and no event waits for a retry."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """End all environments; what runs is cut off and no process is left.

        Events that are not done stay in their file.
        """
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._pool.close()
        await asyncio.to_thread(self._code.close)
        self._queue.close()

    def _request(self, invocation: Invocation, *, limit_bytes: int) -> Request:
        if self._closed:
            message = "the Lambda data plane was closed; start the embedded AWS again"
            raise EmbeddedError(message)
        if len(invocation.payload) > limit_bytes:
            message = (
                f"Request must be smaller than {limit_bytes} bytes for the InvokeFunction operation"
            )
            raise RequestTooLargeError(message)
        return Request(
            invocation.function,
            request_id=random_uuid(),
            payload=invocation.payload,
            trace=request_trace(invocation, sample=self._sample),
            arrival_ns=time.time_ns(),
            client_context=invocation.client_context,
        )

    async def _run(self, request: Request) -> InvokeResult:
        try:
            finished = await self._executor.execute(request)
        except Throttled:
            self._send_service_segment(request, status=429, failed=True)
            raise
        self._send_service_segment(request, status=200, failed=finished.outcome.failed)
        return result_of(request, finished)

    def _send_service_segment(self, request: Request, *, status: int, failed: bool) -> None:
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
