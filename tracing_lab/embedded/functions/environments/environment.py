"""An execution environment: a process with a function's code, reused for many invocations.

Lambda downloads and unpacks code before the init phase, which starts with the process.
Sources: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html and
https://docs.aws.amazon.com/lambda/latest/operatorguide/execution-environments.html
"""

import asyncio
import os
import time
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tracing_lab.embedded.functions.platform_log import stream_name, timeout_line
from tracing_lab.embedded.functions.platform_messages import messages_for
from tracing_lab.embedded.functions.runtime.outcome import (
    Ending,
    RunOutcome,
    error_json,
    exit_message,
    timeout_json,
)
from tracing_lab.embedded.functions.runtime.programs import (
    OWN_TMP_VARIABLE,
    Program,
    UnsupportedRuntimeError,
    program_of,
)
from tracing_lab.embedded.functions.runtime.runtime_api import RuntimeApi
from tracing_lab.embedded.functions.runtime.session import (
    EnvironmentLostError,
    InitFailedError,
    Run,
    RuntimeSession,
)
from tracing_lab.embedded.functions.segments import Phase
from tracing_lab.embedded.functions.settings import FunctionSettings
from tracing_lab.embedded.http.peers import Peer, is_held_by
from tracing_lab.embedded.http.process_tree import descendants
from tracing_lab.embedded.model import FunctionSpec, WriteLogs

from .code_store import Code, CodeStore, CodeTooLargeError, remove_tree
from .exec_wrapper import EXEC_WRAPPER, wrapped
from .log_stream import LogStream
from .memory import MB, MemoryGauge
from .output import MessageSplitter
from .process import Process
from .variables import Grant, Locations, process_variables

_LONG_RUN_S = 0.1  # from here on its memory is checked during a run
_KILLED = -9


@dataclass(frozen=True)
class EnvironmentContext:
    """What all environments of a server share.

    Parameters
    ----------
    code
        Unpacked code.
    temp
        Folder for their private folders.
    grant
        Returns the endpoint and credentials of a new environment.
    write_logs
        Where log events go.
    settings
        Tunables.
    """

    code: CodeStore
    temp: Path
    grant: Callable[[FunctionSpec], Grant]
    write_logs: WriteLogs
    settings: FunctionSettings


class Environment:
    """A process for one function that serves one invocation at a time.

    Parameters
    ----------
    function
        What it runs.
    context
        What it shares with others.
    """

    def __init__(self, function: FunctionSpec, context: EnvironmentContext) -> None:
        self.function = function
        self.id = uuid.uuid4().hex
        self.idle_since_s = 0.0
        self.has_low_priority = False
        self.failure: InitFailedError | None = None
        self.began_ns = self.init_began_ns = time.time_ns()
        self._made_s = time.monotonic()
        self.return_code: int | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._context = context
        self._closing: asyncio.Task[None] | None = None
        self._booted = asyncio.Event()
        self._init: Phase | None = None
        self._memory = MemoryGauge(function.memory_mb)
        self._busy_since_s = time.monotonic()
        self._spent = False
        self._temp = context.temp / self.id
        self.log = self._log_stream()
        self.messages = messages_for(function)
        self._splitter = MessageSplitter()
        self._grant = Grant({})
        self._code: Code | None = None
        isolation = context.settings.isolation
        self._mounts = isolation.mounts
        self._process = Process(
            on_output=self._on_output, on_exit=self._on_exit, children=isolation.children
        )
        self._session = RuntimeSession(before_first=self._process.drain)
        self._api = RuntimeApi(self._session, may_call=self._is_own)

    def _log_stream(self) -> LogStream:
        name = stream_name(self.function.version, self.id, now=datetime.now(UTC))
        settings = self._context.settings
        group = self.function.log_group
        return LogStream(
            self._context.write_logs, group=group, name=name, flush_s=settings.log_flush_s
        )

    @property
    def alive(self) -> bool:
        """Whether it can serve another invocation."""
        return not self.ended.done() and not self._spent and self.failure is None

    @property
    def age_s(self) -> float:
        """How long ago it was made."""
        return time.monotonic() - self._made_s

    @property
    def is_polling(self) -> bool:
        """Whether its runtime has asked for the next invocation."""
        return self._session.is_waiting

    @property
    def pid(self) -> int | None:
        """The id of its process; None before that was started."""
        return self._process.pid

    @property
    def access_key(self) -> str:
        """The key of its credentials; empty before it has any."""
        return self._grant.access_key

    def memory_mb(self) -> int | None:
        """Return the most memory measured so far, in MB; None where that is not known."""
        return self._memory.used_mb

    def check_memory(self) -> None:
        """End it if it has been busy for long and uses more memory than its function may."""
        long = time.monotonic() - self._busy_since_s >= _LONG_RUN_S
        if long and not self.is_polling and self._memory.during_run(self._process.pid):
            self._process.kill()

    def pop_init(self, arrival_ns: int) -> Phase | None:
        """Return the init phase once, to the first invocation if that had to wait for it.

        An environment that was ready before the request arrived had no cold start for it.
        """
        init, self._init = self._init, None
        return init if init is not None and init.end_ns >= arrival_ns else None

    async def start(self) -> None:
        """Start the process and wait for its runtime; ``failure`` is set if that did not work."""
        try:
            ready_ns = await self._boot_in_time()
            self._init = Phase(self.init_began_ns, ready_ns)
        except TimeoutError:
            self.failure = InitFailedError(Ending.TIMEOUT, error_type="Sandbox.Timedout")
        except InitFailedError as failure:
            self.failure = failure
        except (
            zipfile.BadZipFile,
            CodeTooLargeError,
            UnsupportedRuntimeError,
            OSError,
        ) as error:
            kind = "Runtime.InvalidEntrypoint"
            payload = error_json(kind, str(error))
            self.failure = InitFailedError(Ending.INIT_ERROR, error_type=kind, payload=payload)
        self._process.drain()

    async def _boot_in_time(self) -> int:
        try:
            await self._boot()  # short, and must not be cut off: it would leave things behind
        finally:
            self._booted.set()
        async with asyncio.timeout(self._context.settings.init_timeout_s + self.function.timeout_s):
            return await self._session.ready

    async def _boot(self) -> None:
        function = self.function
        program, code, has_limit = await asyncio.to_thread(self._prepare)
        locations = Locations(
            task_root=code.task_root,
            layers=code.layers,
            temp=self._temp,
            programs=program.interpreter.parent,
            runtime_api=await self._api.listen(),
            log_stream=self.log.name,
        )
        self._grant = self._context.grant(function)
        variables = process_variables(
            function, locations, extra=self._grant.variables, host=os.environ
        )
        if self._mounts.can_replace_tmp(code.task_root, *program.files):
            variables[OWN_TMP_VARIABLE] = str(self._temp)
        command, wrapper = program.command, function.environment.get(EXEC_WRAPPER)
        if wrapper:
            command, variables = await asyncio.to_thread(
                wrapped, program, wrapper, variables, locations
            )
        self.init_began_ns = time.time_ns()
        real = replace(function, runtime=program.runtime)
        self.log.append(self.messages.init_started(real))
        await self._process.start(command, folder=code.task_root, variables=variables)
        if not has_limit:
            self._process.limit_file_size(function.ephemeral_mb * MB)
        if self.has_low_priority:
            self._process.lower_priority()

    def _prepare(self) -> tuple[Program, Code, bool]:
        """Find the program, unpack code and layers, make the private folder. Blocks for a while."""
        function = self.function
        program = program_of(function, settings=self._context.settings, host=os.environ)
        self._code = self._context.code.acquire(function)
        self._temp.mkdir(mode=0o700, parents=True)
        has_limit = self._mounts.limit_size(self._temp, size_mb=function.ephemeral_mb)
        return program, self._code, has_limit

    def _is_own(self, peer: Peer) -> bool:
        """Return whether one of its processes has a connection's other end."""
        pid = self._process.pid
        return pid is not None and is_held_by(peer, (pid, *descendants(pid)))

    async def run(self, run: Run) -> RunOutcome:
        """Run an invocation in the runtime, and return its outcome.

        Raises
        ------
        EnvironmentLostError
            It ended before the runtime got the run.
        InitFailedError
            It never came up.
        """
        if self.failure is not None:
            raise self.failure
        self._busy_since_s = time.monotonic()
        try:
            outcome = await self._session.submit(run)
        except EnvironmentLostError:
            self._spent = True
            raise
        self._process.drain()
        self.log.append(self._splitter.flush())
        if outcome.ending in {Ending.TIMEOUT, Ending.EXIT}:
            return self._cut_off(run, outcome)
        duration_ns = outcome.ended_ns - outcome.started_ns
        if self._memory.after_run(self.pid, duration_ns=duration_ns, now_ns=time.monotonic_ns()):
            self.return_code = _KILLED  # the kernel would have done it in the middle of the run
            return self._cut_off(run, replace(outcome, ending=Ending.EXIT, cause=None))
        return outcome

    def _cut_off(self, run: Run, outcome: RunOutcome) -> RunOutcome:
        self._spent = True  # it takes a moment until the process has ended
        self._process.kill()
        request_id, now_ns = run.request.request_id, outcome.ended_ns
        payload = self.platform_error(request_id, outcome.ending, now_ns=now_ns)
        if self._memory.exceeded and outcome.ending is Ending.EXIT:
            outcome = replace(outcome, error_type="Runtime.OutOfMemory")
        return replace(outcome, payload=payload)

    def platform_error(self, request_id: str, ending: Ending, *, now_ns: int) -> bytes:
        """Log that a run was cut off by timeout or exit, and return the error as JSON."""
        if ending is Ending.TIMEOUT:
            timeout_s = self.function.timeout_s
            line = timeout_line(request_id, timeout_s, now_ns=now_ns)
            self.log.append(self.messages.cut_off(line))
            return timeout_json(self.function.runtime, request_id, timeout_s, now_ns=now_ns)
        message = exit_message(request_id, self.return_code)
        self.log.append(self.messages.cut_off(f"{message}\nRuntime.ExitError\n"))
        return error_json("Runtime.ExitError", message)

    async def close(self) -> None:
        """End the process and remove everything of it; idempotent."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())
        await self._closing

    async def _close(self) -> None:
        self._session.end(Ending.EXIT)
        await self._booted.wait()
        await self._process.close()
        await self._api.close()
        self._grant.revoke()
        self.log.append(self._splitter.flush())
        self.log.flush()
        if not self.ended.done():
            self.ended.set_result(None)
        await asyncio.to_thread(self._clean_up)

    def _clean_up(self) -> None:
        self._mounts.release(self._temp)
        remove_tree(self._temp)
        if self._code is not None:
            self._context.code.release(self._code)

    def _on_output(self, data: bytes) -> None:
        self.log.append(self._splitter.feed(data))

    def _on_exit(self, return_code: int | None) -> None:
        self.return_code = return_code
        self._session.end(Ending.EXIT, error_type="Runtime.ExitError")
        if not self.ended.done():
            self.ended.set_result(None)
