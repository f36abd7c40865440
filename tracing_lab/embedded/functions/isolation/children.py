"""The processes that this server started, and those that it inherited from functions.

A process that leaves its session and whose parent ends would go to the first process of the
machine and outlive everything. On Linux the server can inherit it instead, and end it.
"""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Iterator

from tracing_lab.embedded.http.process_tree import children, descendants

_LOGGER = logging.getLogger(__name__)
_SET_CHILD_SUBREAPER = 36
_GRACE_S = 2.0
_POLL_S = 0.002


class Children:
    """The first processes of all environments of a server.

    Parameters
    ----------
    inherits
        Whether orphans come to this process, by `inherit_orphans`.
    """

    def __init__(self, *, inherits: bool = False) -> None:
        self._inherits = inherits
        self._known: set[int] = set()
        self.starting = asyncio.Lock()
        """Held from the start of a process until it is known."""

    def add(self, pid: int) -> None:
        """Add a process that is waited for elsewhere."""
        self._known.add(pid)

    def discard(self, pid: int) -> None:
        """Remove a process that has been waited for."""
        self._known.discard(pid)

    async def end_orphans(self) -> None:
        """End the processes that this one has inherited."""
        if not self._inherits:
            return
        async with self.starting:
            deadline_s = asyncio.get_running_loop().time() + _GRACE_S
            while orphans := list(self._orphans()):
                for pid in orphans:
                    end_tree(pid)
                    _reap(pid)
                if asyncio.get_running_loop().time() > deadline_s:
                    _LOGGER.warning("processes %s of functions do not end", orphans)
                    return
                await asyncio.sleep(_POLL_S)

    def _orphans(self) -> Iterator[int]:
        """Yield children that no environment started; the server's own stay in its session."""
        for pid in children(os.getpid()):
            with contextlib.suppress(ProcessLookupError):  # it has been waited for
                if pid not in self._known and os.getsid(pid) != os.getsid(0):
                    yield pid


def end_tree(pid: int) -> None:
    """Kill a process and everything that descends from it."""
    for each in (*descendants(pid), pid):
        with contextlib.suppress(OSError):  # it has ended
            os.kill(each, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)


def inherit_orphans() -> bool:
    """Become the parent of all orphans among the descendants, and return whether that worked."""
    if sys.platform != "linux":
        return False
    return ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0  # type: ignore[no-any-return]


def _reap(pid: int) -> None:
    with contextlib.suppress(ChildProcessError):  # it is reaped already
        os.waitpid(pid, os.WNOHANG)
