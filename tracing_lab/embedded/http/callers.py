"""Identifies calls of functions by the process at the other end of the connection.

A key can be copied and a header forged; which process holds the other end of a loopback connection
is known by the kernel. It is looked up once per connection.
"""

import os
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from .peers import Peer, is_held_by, is_held_still
from .process_tree import descendants

_T = TypeVar("_T")
_MAX_CACHED = 4096  # connections
_MAX_SCANS = 100  # of the processes, while new ones start


@dataclass(frozen=True)
class FunctionProcess:
    """The first process of a function's environment.

    Parameters
    ----------
    pid
        Its id.
    name
        The function's name.
    access_key
        The only key that it may use.
    """

    pid: int
    name: str
    access_key: str


UNKNOWN_FUNCTION = FunctionProcess(0, "", "")
"""A process that some function started; its environment is unknown."""


class OncePerConnection(Generic[_T]):
    """Caches a decision per connection."""

    def __init__(self, decide: Callable[[Peer], _T]) -> None:
        self._decide = decide
        self._decided: OrderedDict[int, tuple[Peer, _T]] = OrderedDict()

    def __call__(self, peer: Peer) -> _T:
        """Return the decision about a connection, which keeps its `Peer` as long as it lives."""
        known = self._decided.get(id(peer))  # stored below, so the id is not reused
        if known is not None:
            return known[1]
        decision = self._decide(peer)
        self._decided[id(peer)] = (peer, decision)
        if len(self._decided) > _MAX_CACHED:
            self._decided.popitem(last=False)
        return decision


class Callers:
    """Identifies the function process of a call.

    Parameters
    ----------
    processes
        Returns the processes of all current environments.
    descendants
        Returns the processes that descend from one.
    """

    def __init__(
        self,
        processes: Callable[[], Iterable[FunctionProcess]],
        descendants: Callable[[int], list[int]] = descendants,
    ) -> None:
        self._processes = processes
        self._descendants = descendants
        self._of_connection = OncePerConnection(self._look_up)

    def function_of(self, peer: Peer | None) -> FunctionProcess | None:
        """Return the function process that holds a connection, or whose descendant does.

        Parameters
        ----------
        peer
            The other end of a connection; None for a call without one.

        Returns
        -------
        FunctionProcess or None
            None for a process that no function started: the user's. `UNKNOWN_FUNCTION` when it
            descends from this server and its environment is unknown or has ended.
        """
        return None if peer is None else self._of_connection(peer)

    def _look_up(self, peer: Peer) -> FunctionProcess | None:
        checked: set[int] = set()
        for _ in range(_MAX_SCANS):
            # each may have a child by now that has inherited the connection, so until none is new
            started = set(self._descendants(os.getpid())) - checked
            for process in self._processes():
                if is_held_by(peer, (process.pid, *self._descendants(process.pid))):
                    return process
            if is_held_by(peer, started) or not is_held_still(peer):
                return UNKNOWN_FUNCTION
            if not started:
                return None
            checked |= started
        return UNKNOWN_FUNCTION
