"""A child process and its output, for asyncio."""

import asyncio
import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from tracing_lab.embedded.functions.isolation.children import Children, end_tree

if sys.platform != "win32":
    import resource

_CHUNK_BYTES = 65536
_LOWEST = 19
_LOWER_PRIORITY = 10  # nice value more: about a tenth of the processor time of others
_OWN_PIPE = os.name == "posix"  # which can be read without waiting; Windows has none such


class Process(asyncio.SubprocessProtocol):
    """A process in a session of its own; stdout and stderr arrive in one pipe.

    Its stdin is a pipe that nothing is written to: it closes when this server ends, however it
    ends, which tells the process to end too.

    Parameters
    ----------
    on_output
        Called with the output, piece by piece.
    on_exit
        Called with the return code when it has ended, after its output.
    children
        Where it is listed while it runs.
    """

    def __init__(
        self,
        *,
        on_output: Callable[[bytes], None],
        on_exit: Callable[[int | None], None],
        children: Children | None = None,
    ) -> None:
        self._children = children or Children()
        self._on_output = on_output
        self._on_exit = on_exit
        self._transport: asyncio.SubprocessTransport | None = None
        self._output: io.FileIO | None = None
        self._exited = asyncio.get_running_loop().create_future()

    async def start(
        self, command: Sequence[str], *, folder: Path, variables: Mapping[str, str]
    ) -> None:
        """Start the program.

        Parameters
        ----------
        command
            Program and arguments.
        folder
            Its working directory.
        variables
            All of its environment variables.
        """
        stdout = self._open_pipe() if _OWN_PIPE else subprocess.PIPE
        try:
            async with self._children.starting:
                await asyncio.get_running_loop().subprocess_exec(
                    lambda: self,
                    *command,
                    stdin=subprocess.PIPE,
                    stdout=stdout,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env=variables,
                    start_new_session=True,
                )
                if self.pid is not None and not self._exited.done():
                    self._children.add(self.pid)
        finally:
            if _OWN_PIPE:
                os.close(stdout)

    def _open_pipe(self) -> int:
        """Start reading from a new pipe, and return the end to write to.

        The loop watches the descriptor only. Given the pipe itself, uvloop closes it twice, and the
        second time it may belong to another thread's new file.
        """
        read_fd, write_fd = os.pipe()
        os.set_blocking(read_fd, False)
        self._output = io.FileIO(read_fd)
        asyncio.get_running_loop().add_reader(read_fd, self._read)
        return write_fd

    def _read(self) -> None:
        """Pass output on; None means that there is none now, no bytes that the pipe was closed."""
        data = None if self._output is None else self._output.read(_CHUNK_BYTES)
        if data:
            self._on_output(data)
        elif data is not None:
            self._close_pipe()

    def _close_pipe(self) -> None:
        if self._output is not None:
            asyncio.get_running_loop().remove_reader(self._output.fileno())
            self._output.close()
            self._output = None

    @property
    def pid(self) -> int | None:
        """Its process id; None before it was started."""
        return None if self._transport is None else self._transport.get_pid()

    def lower_priority(self) -> None:
        """Lower its CPU priority; does nothing on Windows."""
        if self.pid is not None and hasattr(os, "setpriority"):
            with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
                own = os.getpriority(
                    os.PRIO_PROCESS, 0
                )  # no process may raise a priority above its own
                os.setpriority(os.PRIO_PROCESS, self.pid, min(own + _LOWER_PRIORITY, _LOWEST))

    def drain(self) -> None:
        """Pass on at once what the process has written up to now.

        Windows has no non-blocking read of such a pipe; there, output may come a moment later.
        """
        while self._output is not None and (data := self._output.read(_CHUNK_BYTES)):
            self._on_output(data)

    def limit_file_size(self, size_bytes: int) -> None:
        """Limit the size of its files, where the system has such a limit."""
        if self.pid is not None and sys.platform == "linux":
            with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
                resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size_bytes, size_bytes))

    def kill(self) -> None:
        """End it and everything that it started."""
        if self.pid is None:
            return
        if not self._exited.done():
            end_tree(self.pid)
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself
            if hasattr(os, "killpg"):
                os.killpg(self.pid, signal.SIGKILL)
            elif self._transport is not None:
                self._transport.kill()

    async def close(self) -> None:
        """End it, wait for that, and close the pipes."""
        if self._transport is not None:
            self.kill()
            await self._exited
            self._transport.close()
            await self._children.end_orphans()
        self._close_pipe()  # also when the program could not be started
        await asyncio.sleep(0)  # lets the pipes' closing callbacks run

    # --- asyncio's callbacks ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002 - asyncio's signature
        """Pass output on where there is no pipe of our own."""
        self._on_output(data)

    def process_exited(self) -> None:
        """Pass the rest of its output on, then its return code."""
        self.drain()
        if not self._exited.done():
            self._exited.set_result(None)
        if self.pid is not None:
            self._children.discard(self.pid)
        self.kill()  # what it left behind in its process group
        self._on_exit(None if self._transport is None else self._transport.get_returncode())
