"""One execution environment: a process with a function's code, reused for run after run.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
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
from tracing_lab.embedded.functions.runtime.exchange import (
    EnvironmentLostError,
    Exchange,
    InitFailedError,
    Work,
)
from tracing_lab.embedded.functions.runtime.outcome import (
    Ending,
    Outcome,
    error_json,
    exit_message,
    timeout_json,
)
from tracing_lab.embedded.functions.runtime.programs import (
    Program,
    UnsupportedRuntimeError,
    program_of,
)
from tracing_lab.embedded.functions.runtime.runtime_api import RuntimeApi
from tracing_lab.embedded.functions.segments import Phase
from tracing_lab.embedded.functions.settings import FunctionSettings
from tracing_lab.embedded.http.peers import Peer, is_held_by
from tracing_lab.embedded.http.process_tree import descendants
from tracing_lab.embedded.model import FunctionSpec, WriteLogs

from .code_store import Code, CodeStore, CodeTooLargeError, remove_tree
from .log_stream import LogStream
from .memory import MB, MemoryGauge
from .output import MessageSplitter
from .process import Process
from .variables import Grant, Places, process_variables

_LONG_RUN_S = 0.1  # from here on its memory is looked at while it runs
_KILLED = -9


@dataclass(frozen=True)
class Site:
    """What all environments of a server share.

    Parameters
    ----------
    code
        Unpacked code.
    temp
        Folder for their private folders.
    grant
        Returns what a new environment gets.
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
    """A process for one function that does one piece of work at a time.

    Parameters
    ----------
    function
        What it runs.
    site
        What it shares with others.
    """

    def __init__(self, function: FunctionSpec, site: Site) -> None:
        self.function = function
        self.id = uuid.uuid4().hex
        self.idle_since_s = 0.0
        self.gives_way = False  # started for an event, whose sender does not wait for the answer
        self.failure: InitFailedError | None = None
        self.began_ns = time.time_ns()
        self.return_code: int | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._site = site
        self._closing: asyncio.Task[None] | None = None
        self._booted = asyncio.Event()
        self._init: Phase | None = None
        self._memory = MemoryGauge(function.memory_mb)
        self._busy_since_s = time.monotonic()
        self._spent = False
        self._temp = site.temp / self.id
        self.log = self._log_stream()
        self.messages = messages_for(function)
        self._splitter = MessageSplitter()
        self._grant = Grant({})
        self._code: Code | None = None
        isolation = site.settings.isolation
        self._mounts = isolation.mounts
        self._process = Process(
            on_output=self._on_output, on_exit=self._on_exit, children=isolation.children
        )
        self._exchange = Exchange(before_first=self._process.drain)
        self._api = RuntimeApi(self._exchange, may_call=self._is_own)

    def _log_stream(self) -> LogStream:
        name = stream_name(self.function.version, self.id, now=datetime.now(UTC))
        settings = self._site.settings
        group = self.function.log_group
        return LogStream(
            self._site.write_logs, group=group, name=name, flush_s=settings.log_flush_s
        )

    @property
    def alive(self) -> bool:
        """Whether it can take work."""
        return not self.ended.done() and not self._spent and self.failure is None

    @property
    def asking(self) -> bool:
        """Whether its runtime waits for work already."""
        return self._exchange.asking

    @property
    def pid(self) -> int | None:
        """The id of its process; None before that was started."""
        return self._process.pid

    @property
    def access_key(self) -> str:
        """The key of its credentials; empty before it has any."""
        return self._grant.access_key

    def memory_mb(self) -> int | None:
        """Give the most memory seen in use so far, in MB; None where that is not known."""
        return self._memory.used_mb

    def check_memory(self) -> None:
        """End it when it is busy for long and has taken more memory than its function may."""
        long = time.monotonic() - self._busy_since_s >= _LONG_RUN_S
        if long and not self.asking and self._memory.during_run(self._process.pid):
            self._process.kill()

    def take_init(self, arrival_ns: int) -> Phase | None:
        """Give the init phase to the first run, if that had to wait for it.

        An environment that was ready before the request came had no cold start for it.
        """
        init, self._init = self._init, None
        return init if init is not None and init.end_ns >= arrival_ns else None

    async def start(self) -> None:
        """Bring it up; whether that worked is in ``failure``."""
        self.log.append(self.messages.init_started(self.function))
        try:
            self._init = Phase(self.began_ns, await self._boot_in_time())
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
        limit_s = self._site.settings.init_timeout_s + self.function.timeout_s
        deadline_s = asyncio.get_running_loop().time() + limit_s
        try:
            await self._boot()  # short, and must not be cut off: it would leave things behind
        finally:
            self._booted.set()
        async with asyncio.timeout_at(deadline_s):
            return await self._exchange.ready

    async def _boot(self) -> None:
        function = self.function
        program, code, has_limit = await asyncio.to_thread(self._prepare)
        places = Places(
            task_root=code.task_root,
            layers=code.layers,
            temp=self._temp,
            programs=program.interpreter.parent,
            runtime_api=await self._api.listen(),
            log_stream=self.log.name,
        )
        self._grant = self._site.grant(function)
        variables = process_variables(
            function, places, extra=self._grant.variables, host=os.environ
        )
        await self._process.start(program.command, folder=code.task_root, variables=variables)
        if not has_limit:
            self._process.limit_file_size(function.ephemeral_mb * MB)
        if self.gives_way:
            self._process.lower_priority()

    def _prepare(self) -> tuple[Program, Code, bool]:
        """Do what takes a while: find the program, unpack code and layers, make the folder."""
        function = self.function
        program = program_of(function, settings=self._site.settings, host=os.environ)
        self._code = self._site.code.check_out(function)
        self._temp.mkdir(mode=0o700, parents=True)
        has_limit = self._mounts.limit_size(self._temp, size_mb=function.ephemeral_mb)
        return program, self._code, has_limit

    def _is_own(self, peer: Peer) -> bool:
        """Return whether one of its processes has a connection's other end."""
        pid = self._process.pid
        return pid is not None and is_held_by(peer, (pid, *descendants(pid)))

    async def run(self, work: Work) -> Outcome:
        """Let the runtime do a piece of work.

        Raises
        ------
        EnvironmentLostError
            It ended before the runtime got the work.
        InitFailedError
            It never came up.
        """
        if self.failure is not None:
            raise self.failure
        self._busy_since_s = time.monotonic()
        try:
            outcome = await self._exchange.submit(work)
        except EnvironmentLostError:
            self._spent = True
            raise
        self._process.drain()
        self.log.append(self._splitter.flush())
        if outcome.ending in {Ending.TIMEOUT, Ending.EXIT}:
            return self._given_up(work, outcome)
        duration_ns = outcome.ended_ns - outcome.started_ns
        if self._memory.after_run(self.pid, duration_ns=duration_ns, now_ns=time.monotonic_ns()):
            self.return_code = _KILLED  # the kernel would have done it in the middle of the run
            return self._given_up(work, replace(outcome, ending=Ending.EXIT, cause=None))
        return outcome

    def _given_up(self, work: Work, outcome: Outcome) -> Outcome:
        self._spent = True  # it takes a moment until the process has ended
        self._process.kill()
        payload = self.platform_error(work.request_id, outcome.ending, now_ns=outcome.ended_ns)
        if self._memory.exceeded and outcome.ending is Ending.EXIT:
            outcome = replace(outcome, error_type="Runtime.OutOfMemory")
        return replace(outcome, payload=payload)

    def platform_error(self, request_id: str, ending: Ending, *, now_ns: int) -> bytes:
        """Tell in the log and as error JSON that a run was cut off by timeout or exit."""
        if ending is Ending.TIMEOUT:
            timeout_s = self.function.timeout_s
            line = timeout_line(request_id, timeout_s, now_ns=now_ns)
            self.log.append(self.messages.cut_off(line))
            return timeout_json(self.function.runtime, request_id, timeout_s, now_ns=now_ns)
        message = exit_message(request_id, self.return_code)
        self.log.append(self.messages.cut_off(f"{message}\nRuntime.ExitError\n"))
        return error_json("Runtime.ExitError", message)

    async def close(self) -> None:
        """End the process and leave nothing behind; harmless when repeated."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close())
        await self._closing

    async def _close(self) -> None:
        self._exchange.end(Ending.EXIT)
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
            self._site.code.give_back(self._code)

    def _on_output(self, data: bytes) -> None:
        self.log.append(self._splitter.feed(data))

    def _on_exit(self, return_code: int | None) -> None:
        self.return_code = return_code
        self._exchange.end(Ending.EXIT, error_type="Runtime.ExitError")
        if not self.ended.done():
            self.ended.set_result(None)
